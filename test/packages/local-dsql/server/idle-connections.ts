import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';

/** Logins at once in a Region, which takes its turn with the other. */
const batchSize = 50;

/** Of these the fastest counts: other tests may hold the processor while one is awaited. */
const answersCount = 5;

let dsql: TestDsql;

/** So many connections, a multiple of a hundred. */
export const describeIdleConnections = (count: number): void => {
  describe(`${count} connections`, () => {
    beforeAll(async () => {
      dsql = await testDsql();
    });
    afterAll(() => dsql.stop());

    it('may be idle, cost PostgreSQL next to nothing and delay nobody', async () => {
      const clients: pg.Client[] = [];
      const opening = performance.now();
      while (clients.length < count) {
        for (const at of [undefined, dsql.peer]) {
          const logins = Array.from({ length: batchSize }, () => dsql.adminConnection(at));
          clients.push(...(await Promise.all(logins)));
        }
      }
      expect(clients).toHaveLength(count);
      const openingMs = performance.now() - opening;
      const answerMs: number[] = [];
      for (let time = 0; time < answersCount; time += 1) {
        const asked = performance.now();
        const { rows } = await (clients.at(-1) as pg.Client).query(
          `SELECT count(*)::int AS backends FROM pg_stat_activity WHERE usename = 'admin'`,
        );
        answerMs.push(performance.now() - asked);
        // Each of those that log in at once takes one: fifty in each Region, and few besides.
        expect(rows[0].backends).toBeLessThan(110);
      }
      // In terms of how slow the machine is now: far less than all logins together.
      expect(Math.min(...answerMs)).toBeLessThan(openingMs / 2);
      await Promise.all(clients.map((client) => client.end()));
    }, 300_000);
  });
};
