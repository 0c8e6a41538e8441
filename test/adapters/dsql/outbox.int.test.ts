import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlOutbox,
  query,
  statement,
} from '../../../src/adapters/dsql/index.ts';
import { anEvent, counterSchema as schema } from '../../support/counter.ts';
import { migrateCounters } from '../../support/counter-database.ts';
import { refusingDeletionsOver } from '../../support/deletion-limit.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { poolOf } from '../../support/dsql-adapter.ts';

let dsql: TestDsql;
let pool: ConnectionPool;
/** Of a database that counts the bytes of deleted rows. */
let strict: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  pool = poolOf(dsql);
  strict = poolOf(dsql, { open: refusingDeletionsOver(20) });
  await migrateCounters(pool);
});

afterAll(async () => {
  await Promise.all([pool.close(), strict.close()]);
  await dsql.stop();
});

const write = (sql: string, ...parameters: readonly unknown[]) =>
  query(pool, statement(sql, ...parameters), { writes: true });

const outboxOn = (connections: ConnectionPool) =>
  createDsqlOutbox(connections, { schema, graceMs: 0, replayWindowMs: 0 });

const shard = 5;
const lane = { shard, origin: 'us-east-1' };
const anEventThere = () => ({
  ...anEvent(),
  id: `${shard}${crypto.randomUUID().slice(1)}`,
});

const inserted = async (count: number) => {
  const events = Array.from({ length: count }, anEventThere);
  for (const one of outboxOn(pool).insert(events)) await query(pool, one, { writes: true });
  return events.map(({ id }) => id);
};

describe('the outbox on DSQL', () => {
  beforeEach(() => write(`DELETE FROM ${schema}.outbox`));

  it('deletes in smaller pieces where DSQL refuses the size of a transaction', async () => {
    await outboxOn(pool).markPublished(await inserted(130));
    const purge = (rowsMax: number) =>
      outboxOn(strict).purge({ ...lane, rowsMax, deadline: Date.now() + 10_000 });
    expect(await purge(100)).toBe(100);
    expect(await purge(100)).toBe(30);
    expect(await purge(100)).toBe(0);
  });

  it('marks events as published in pieces where one transaction would be too large', async () => {
    const outbox = outboxOn(pool);
    const data = { note: 'x'.repeat(60_000) };
    const ids: string[] = [];
    for (const part of [5, 6, 7]) {
      const events = Array.from({ length: 80 }, () => ({
        ...anEvent(),
        id: `${part}${crypto.randomUUID().slice(1)}`,
        data,
      }));
      for (const one of outbox.insert(events)) await query(pool, one, { writes: true });
      ids.push(...events.map(({ id }) => id));
    }
    await outbox.markPublished(ids);
    expect(await outbox.status()).toMatchObject({ pending: { count: 0 } });
  });

  it.each([
    ['no JSON', 'x'],
    ['not an object', 'null'],
    ['no envelope', '{}'],
  ])(
    'gives up a row whose envelope a person has made %s, and hands out the others',
    async (_, envelope) => {
      const [broken = '', good = ''] = await inserted(2);
      await write(`UPDATE ${schema}.outbox SET envelope = $1 WHERE id = $2`, envelope, broken);
      const outbox = outboxOn(pool);
      const claim = { ...lane, owner: crypto.randomUUID(), leaseMs: 0, rowsMax: 10 };
      expect((await outbox.claim(claim)).map(({ event }) => event.id)).toEqual([good]);
      expect(await outbox.status()).toMatchObject({ pending: { count: 1 }, dead: { count: 1 } });
      const reason = await write(`SELECT last_error FROM ${schema}.outbox WHERE id = $1`, broken);
      expect(reason.rows).toEqual([{ last_error: expect.stringContaining('envelope') }]);
    },
  );
});
