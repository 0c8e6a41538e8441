import { afterAll, beforeAll } from 'vitest';
import {
  type ConnectionPool,
  createDsqlOutbox,
  query,
  statement,
} from '../../../src/adapters/dsql/index.ts';
import { outboxModelCheck } from '../../contracts/outbox-model.ts';
import { modelGraceMinutes, modelReplayMinutes } from '../../contracts/outbox-model-steps.ts';
import { counterSchema as schema } from '../../support/counter.ts';
import { migrateCounters } from '../../support/counter-database.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { poolOf } from '../../support/dsql-adapter.ts';

let dsql: TestDsql;
let pool: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  pool = poolOf(dsql, { size: 2 });
  await migrateCounters(pool);
});

afterAll(async () => {
  await pool.close();
  await dsql.stop();
});

const write = (sql: string, ...parameters: readonly unknown[]) =>
  query(pool, statement(sql, ...parameters), { writes: true });

const times = ['occurred_at', 'due_at', 'published_at', 'dead_at'];

outboxModelCheck('the outbox on DSQL', 40, async () => {
  await write(`DELETE FROM ${schema}.outbox`);
  const outbox = createDsqlOutbox(pool, {
    schema,
    graceMs: modelGraceMinutes * 60_000,
    replayWindowMs: modelReplayMinutes * 60_000,
  });
  const aged = times.map((column) => `${column} = ${column} - $1 * interval '1 millisecond'`);
  return {
    outbox,
    now: Date.now,
    advance: async (ms) => {
      await write(`UPDATE ${schema}.outbox SET ${aged.join(', ')}`, ms);
    },
    insert: async (events) => {
      for (const one of outbox.insert(events)) await query(pool, one, { writes: true });
    },
  };
});
