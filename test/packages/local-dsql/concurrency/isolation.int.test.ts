import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { type Anomaly, anomalies } from '../../../support/history.ts';
import { runBank, runListAppend, seeded } from '../../../support/workloads.ts';

/** `npm run isolation` runs 20,000. */
const transactions = 1500;
const clientsCount = 8;

/** Write skew may occur, and need not: which transactions meet is a matter of time. */
const allowed: Anomaly = 'G2-item';

let dsql: TestDsql;
let clients: readonly pg.Client[];
const seed = Date.now() % 1_000_000;

beforeAll(async () => {
  dsql = await testDsql();
  clients = await Promise.all(
    Array.from({ length: clientsCount }, (_, at) =>
      dsql.adminConnection(at % 2 === 0 ? undefined : dsql.peer),
    ),
  );
});

afterAll(() => dsql.stop());

describe(`many transactions over both Regions (seed ${seed})`, () => {
  it('show nothing that snapshot isolation forbids', { timeout: 60_000 }, async () => {
    const history = await runListAppend({ clients, transactions, random: seeded(seed) });
    expect(history.filter(({ outcome }) => outcome === 'committed').length).toBeGreaterThan(100);
    const forbidden = [...anomalies(history)].filter((anomaly) => anomaly !== allowed);
    expect(forbidden).toEqual([]);
  });

  it('neither make money nor lose any', { timeout: 60_000 }, async () => {
    const { committed, wrongSums } = await runBank({ clients, transactions, random: seeded(seed) });
    expect(committed).toBeGreaterThan(100);
    expect(wrongSums).toEqual([]);
  });
});
