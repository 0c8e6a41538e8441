import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { anomalies } from '../../support/history.ts';
import { runBank, runListAppend, seeded } from '../../support/workloads.ts';

/** `npm run isolation` runs 20,000. */
const transactions = 1500;
const clientsCount = 8;

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
  it('show write skew and nothing else', { timeout: 60_000 }, async () => {
    const history = await runListAppend({ clients, transactions, random: seeded(seed) });
    expect(history.filter(({ outcome }) => outcome === 'committed').length).toBeGreaterThan(100);
    expect([...anomalies(history)]).toEqual(['G2-item']);
  });

  it('neither make money nor lose any', { timeout: 60_000 }, async () => {
    const { committed, wrongSums } = await runBank({ clients, transactions, random: seeded(seed) });
    expect(committed).toBeGreaterThan(100);
    expect(wrongSums).toEqual([]);
  });
});
