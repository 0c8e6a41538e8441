import { expect, onTestFinished, test } from 'vitest';
import { counterSchema as schema } from './counter.ts';
import { testCounters } from './counter-database.ts';

const startCounters = async () => {
  const dsql = await testCounters();
  onTestFinished(dsql.stop);
  return dsql.adminConnection();
};

test('clusters with the tables of the counters share no row, and the next one is empty', async () => {
  const one = await startCounters();
  const other = await startCounters();
  await one.query(`INSERT INTO ${schema}.counters VALUES ('mine', 1)`);
  const count = `SELECT count(*)::int AS rows FROM ${schema}.counters`;
  expect((await one.query(count)).rows).toEqual([{ rows: 1 }]);
  expect((await other.query(count)).rows).toEqual([{ rows: 0 }]);
  expect((await (await startCounters()).query(count)).rows).toEqual([{ rows: 0 }]);
});
