import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { type Anomaly, anomalies } from '../../../support/history.ts';
import { runBank, runListAppend, seeded } from '../../../support/workloads.ts';

const clientsCount = 8;

/** A proof takes a quarter of a minute; the machine may have much more to do. */
const timeoutMs = 240_000;

/** Others conflict: how many depends on which meet. */
const shareCommittedMin = 1 / 15;

/** Write skew may occur, and need not: which transactions meet is a matter of time. */
const allowed: Anomaly = 'G2-item';

let dsql: TestDsql;
let clients: readonly pg.Client[];
const seed = Date.now() % 1_000_000;

/** So many transactions of each kind; `npm run isolation` runs 20,000. */
export const describeIsolation = (transactions: number): void => {
  describe(`${transactions} transactions over both Regions (seed ${seed})`, () => {
    beforeAll(async () => {
      dsql = await testDsql();
      clients = await Promise.all(
        Array.from({ length: clientsCount }, (_, at) =>
          dsql.adminConnection(at % 2 === 0 ? undefined : dsql.peer),
        ),
      );
    });

    afterAll(() => dsql.stop());

    it('show nothing that snapshot isolation forbids', { timeout: timeoutMs }, async () => {
      const history = await runListAppend({ clients, transactions, random: seeded(seed) });
      const committed = history.filter(({ outcome }) => outcome === 'committed').length;
      expect(committed).toBeGreaterThan(shareCommittedMin * transactions);
      const forbidden = [...anomalies(history)].filter((anomaly) => anomaly !== allowed);
      expect(forbidden).toEqual([]);
    });

    it('neither make money nor lose any', { timeout: timeoutMs }, async () => {
      const { committed, wrongSums } = await runBank({
        clients,
        transactions,
        random: seeded(seed),
      });
      expect(committed).toBeGreaterThan(shareCommittedMin * transactions);
      expect(wrongSums).toEqual([]);
    });
  });
};
