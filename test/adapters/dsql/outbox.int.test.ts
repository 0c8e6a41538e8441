import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlOutbox,
  query,
  statement,
} from '../../../src/adapters/dsql/index.ts';
import { outboxContract } from '../../contracts/outbox.ts';
import { outboxModelCheck } from '../../contracts/outbox-model.ts';
import { outboxWindows } from '../../contracts/outbox-subject.ts';
import { refusesWrong } from '../../contracts/suite.ts';
import { wrongOutboxes } from '../../contracts/wrong/outbox.ts';
import { anEvent, counterSchema as schema } from '../../support/counter.ts';
import { migrateCounters } from '../../support/counter-database.ts';
import { refusingDeletionsOver } from '../../support/deletion-limit.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { poolOf } from '../../support/dsql-adapter.ts';
import { advanceOutbox, dsqlOutboxSubject, emptyOutbox } from '../../support/dsql-outbox.ts';

let dsql: TestDsql;
let superuser: pg.Client;
let pool: ConnectionPool;
/** Sends one statement at a time. */
let serial: ConnectionPool;
/** Of a database that counts the bytes of deleted rows. */
let strict: ConnectionPool;
/** Processes that run at once, in both Regions: a connection each, or they would only queue. */
let processes: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  pool = poolOf(dsql, { size: 4 });
  serial = poolOf(dsql, { serial: true });
  strict = poolOf(dsql, { open: refusingDeletionsOver(20) });
  processes = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((one) => one.warmUp()));
  await migrateCounters(pool);
});

afterAll(async () => {
  await Promise.all([pool, serial, strict, ...processes].map((one) => one.close()));
  await dsql.stop();
});

const write = (sql: string, ...parameters: readonly unknown[]) =>
  query(pool, statement(sql, ...parameters), { writes: true });

const outboxOn = (connections: ConnectionPool) =>
  createDsqlOutbox(connections, { schema, ...outboxWindows });

const subjectOn = (connections: ConnectionPool) =>
  dsqlOutboxSubject(superuser, connections, processes);

outboxContract('DSQL', () => subjectOn(pool));

outboxContract('DSQL, statement by statement', () => subjectOn(serial));

refusesWrong('an outbox on DSQL must not do', wrongOutboxes, outboxContract, () => subjectOn(pool));

outboxModelCheck('the outbox on DSQL', 10, () => subjectOn(pool));

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
  beforeEach(() => emptyOutbox(superuser));

  it('deletes in smaller pieces where DSQL refuses the size of a transaction', async () => {
    await outboxOn(pool).markPublished(await inserted(130));
    await advanceOutbox(superuser, outboxWindows.replayWindowMs);
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
      await advanceOutbox(superuser, outboxWindows.graceMs);
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
