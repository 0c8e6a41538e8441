import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlOutbox,
  query,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { outboxStatements } from '../../../../src/adapters/dsql/records/outbox-statements.ts';
import { outboxContract } from '../../../../src/testing/contracts/outbox/outbox-contract.ts';
import {
  anEventIn,
  claimOf,
  failureOf,
  largeNote,
  outboxWindows,
  purgeOf,
  shards,
  soon,
} from '../../../../src/testing/contracts/outbox/outbox-subject.ts';
import { outboxModelCheck } from '../../../contracts/outbox-model.ts';
import { describeSuite, refusesWrong } from '../../../contracts/suite.ts';
import { wrongOutboxes } from '../../../contracts/wrong/outbox.ts';
import { counterSchema as schema } from '../../../support/counter.ts';
import { migrateCounters } from '../../../support/counter-database.ts';
import { refusing, refusingDeletionsOver } from '../../../support/deletion-limit.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';
import { advanceOutbox, dsqlOutboxSubject, emptyOutbox } from '../../../support/dsql-outbox.ts';
import { faultyPool } from '../../../support/faulty-connection.ts';

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

describeSuite(
  'outbox: DSQL',
  outboxContract(() => subjectOn(pool)),
);

describeSuite(
  'outbox: DSQL, statement by statement',
  outboxContract(() => subjectOn(serial)),
);

refusesWrong('an outbox on DSQL must not do', wrongOutboxes, outboxContract, () => subjectOn(pool));

outboxModelCheck('the outbox on DSQL', 10, () => subjectOn(pool));

const inserted = async (count: number) => {
  const events = Array.from({ length: count }, () => anEventIn());
  for (const one of outboxOn(pool).insert(events)) await query(pool, one, { writes: true });
  return events.map(({ id }) => id);
};

describe('the outbox on DSQL', () => {
  beforeEach(() => emptyOutbox(superuser));

  it('deletes in smaller pieces where DSQL refuses the size of a transaction', async () => {
    await outboxOn(pool).markPublished(await inserted(130));
    await advanceOutbox(superuser, outboxWindows.replayWindowMs);
    const purge = (rowsMax: number) => outboxOn(strict).purge(purgeOf({ rowsMax }));
    expect(await purge(100)).toBe(100);
    expect(await purge(100)).toBe(30);
    expect(await purge(100)).toBe(0);
  });

  it('marks events as published in pieces where one transaction would be too large', async () => {
    const outbox = outboxOn(pool);
    const ids: string[] = [];
    for (const part of [5, 6, 7]) {
      const events = Array.from({ length: 60 }, () =>
        anEventIn(part, { data: { note: largeNote() } }),
      );
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
      const claim = claimOf({ owner: crypto.randomUUID() });
      expect((await outbox.claim(claim)).map(({ event }) => event.id)).toEqual([good]);
      expect(await outbox.status()).toMatchObject({ pending: { count: 1 }, dead: { count: 1 } });
      const reason = await write(`SELECT last_error FROM ${schema}.outbox WHERE id = $1`, broken);
      expect(reason.rows).toEqual([{ last_error: expect.stringContaining('envelope') }]);
    },
  );

  it('writes up to 64 events by one statement', async () => {
    const statementsFor = (count: number) =>
      outboxOn(pool).insert(Array.from({ length: count }, () => anEventIn())).length;
    expect([1, 64, 65, 128].map(statementsFor)).toEqual([1, 1, 2, 2]);
  });

  /** A pool, and which of these events each statement names; it refuses more than `idsMax`. */
  const naming = (ids: readonly string[], idsMax = ids.length) => {
    const named: (readonly string[])[] = [];
    const known = new Set<unknown>(ids);
    const open = refusing(({ parameters = [] }) => {
      const those = new Set(parameters.filter((one) => known.has(one)));
      if (those.size > 0) named.push([...those].map(String));
      return those.size > idsMax;
    });
    return { pool: poolOf(dsql, { open }), named };
  };

  const idsIn = (shard: number, count: number) =>
    Array.from({ length: count }, () => anEventIn(shard).id);

  it('names up to 512 events of a part by one statement', async () => {
    const ids = idsIn(3, 513);
    const { pool: watched, named } = naming(ids);
    await outboxOn(watched).markPublished(ids);
    await watched.close();
    expect(named).toEqual([ids.slice(0, 512), ids.slice(512)]);
  });

  it('settles rows in pieces of a hundred where one transaction would be too large', async () => {
    const ids = idsIn(3, 250);
    const { pool: watched, named } = naming(ids, 100);
    await outboxOn(watched).settle(crypto.randomUUID(), ids, []);
    await watched.close();
    const pieces = [ids.slice(0, 100), ids.slice(100, 200), ids.slice(200)];
    expect(named).toEqual([ids, ...pieces]);
  });

  it('settles what belongs together in one transaction', async () => {
    const { pool: watched, flights } = faultyPool(dsql);
    const outbox = outboxOn(watched);
    await outbox.markPublished([]);
    await outbox.markPublished(idsIn(3, 2));
    await outbox.markPublished([...idsIn(3, 2), ...idsIn(4, 2)]);
    await outbox.settle(crypto.randomUUID(), idsIn(3, 2), [failureOf(anEventIn().id)]);
    await watched.close();
    expect(flights()).toEqual([
      'UPDATE',
      'BEGIN UPDATE UPDATE COMMIT',
      'BEGIN UPDATE UPDATE COMMIT',
    ]);
  });

  it.each([
    ['is tried again', 60_000],
    ['is dead', undefined],
  ])('stores 500 characters of the reason why a row %s', async (_, retryInMs) => {
    const [id = ''] = await inserted(1);
    await advanceOutbox(superuser, outboxWindows.graceMs);
    const owner = crypto.randomUUID();
    await outboxOn(pool).claim(claimOf({ owner }));
    const reason = 'busy '.repeat(200);
    await outboxOn(pool).settle(owner, [], [{ eventId: id, reason, retryInMs }]);
    const { rows } = await write(`SELECT last_error FROM ${schema}.outbox`);
    expect(rows).toEqual([{ last_error: reason.slice(0, 500) }]);
  });

  it('takes the age of rows that have failed, or are first in their lane, and reads no others', async () => {
    const aged = (minutes: number) => ({
      time: new Date(Date.now() - minutes * 60_000).toISOString(),
    });
    const outbox = outboxOn(pool);
    for (const minutes of [10, 20]) {
      for (const one of outbox.insert([anEventIn(3, aged(minutes))])) {
        await query(pool, one, { writes: true });
      }
    }
    const { oldestAgeMs } = await outbox.status();
    expect(oldestAgeMs).toBeGreaterThanOrEqual(10 * 60_000);
    expect(oldestAgeMs).toBeLessThan(20 * 60_000);
  });

  it('says whether a statement whose answer is lost may have taken effect', async () => {
    const lost = faultyPool(dsql, () => 'lost answer');
    const outbox = outboxOn(lost.pool);
    const [id, owner] = [anEventIn().id, crypto.randomUUID()];
    for (const read of [outbox.due(shards, soon()), outbox.status()]) {
      await expect(read).rejects.toMatchObject({ kind: 'Unavailable' });
    }
    const writes = [
      () => outbox.claim(claimOf({ owner })),
      () => outbox.settle(owner, [id], []),
      () => outbox.settle(owner, [id], [failureOf(id)]),
      () => outbox.markPublished([id]),
      () => outbox.purge(purgeOf()),
      () => outbox.redrive([id]),
    ];
    for (const one of writes) {
      await expect(one()).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
    }
    await lost.pool.close();
  });

  it('keeps to a deadline, of ten seconds unless it is told one', async () => {
    const deadlines: (number | undefined)[] = [];
    const watched: ConnectionPool = {
      ...pool,
      use: (work, deadline) => {
        deadlines.push(deadline);
        return pool.use(work, deadline);
      },
    };
    const outbox = outboxOn(watched);
    const deadline = soon() + 1_234;
    await outbox.due([3], deadline);
    await outbox.status(deadline);
    await outbox.purge(purgeOf({ deadline }));
    expect(deadlines.splice(0)).toEqual([deadline, deadline, deadline]);
    const begin = Date.now();
    await outbox.status();
    await outbox.markPublished([anEventIn(1).id, anEventIn(2).id]);
    await outbox.markPublished([anEventIn().id]);
    const end = Date.now();
    expect(deadlines).toHaveLength(3);
    for (const one of deadlines) {
      expect(one).toBeGreaterThanOrEqual(begin + 10_000);
      expect(one).toBeLessThanOrEqual(end + 10_000);
    }
  });

  it('deletes the rows first that have been published for longest', async () => {
    const ids = await inserted(2);
    for (const id of ids) {
      await outboxOn(pool).markPublished([id]);
      await advanceOutbox(superuser, outboxWindows.replayWindowMs);
    }
    expect(await outboxOn(pool).purge(purgeOf({ rowsMax: 1 }))).toBe(1);
    const { rows } = await write(`SELECT id FROM ${schema}.outbox`);
    expect(rows).toEqual([{ id: ids[1] }]);
  });
});

describe('the statements of the outbox', () => {
  const sql = outboxStatements(schema);
  const owner = crypto.randomUUID();
  const { id, originregion } = anEventIn(3);

  /** In one transaction, whose clock stands still. */
  const inOneMoment = async (...statements: readonly (readonly [string, ...unknown[]])[]) => {
    await superuser.query('BEGIN');
    const results: pg.QueryResult[] = [];
    for (const [text, ...parameters] of statements) {
      results.push(await superuser.query(text, parameters));
    }
    await superuser.query('ROLLBACK');
    return results.at(-1);
  };
  const insertNow = [sql.insertOne, 3, id, '{}', originregion, 'now', 0] as const;

  it('take a wait as over in the moment in which it ends', async () => {
    const due = await inOneMoment(insertNow, [sql.due, 3]);
    expect(due?.rows[0]).toMatchObject({ is_due: true });
    const claims = [
      [sql.claim(1), 3, originregion, owner, 0],
      [sql.claimOld(1), 3, originregion, owner, 0, 0],
    ] as const;
    for (const claim of claims) expect((await inOneMoment(insertNow, claim))?.rowCount).toBe(1);
    const mark = [sql.markPublished(1), 3, 0, id] as const;
    const purged = await inOneMoment(insertNow, mark, [sql.purge(1), 3, originregion]);
    expect(purged?.rowCount).toBe(1);
  });

  it.each([
    ['due', sql.due],
    ['claim', sql.claim(25)],
    ['claimOld', sql.claimOld(25)],
    ['purge', sql.purge(25)],
    ['status', sql.status],
  ])('find rows in the order of an index: %s', async (_, text) => {
    const off = ['seqscan', 'bitmapscan', 'sort', 'incremental_sort'];
    await superuser.query('BEGIN');
    for (const one of off) await superuser.query(`SET LOCAL enable_${one} = off`);
    const { rows } = await superuser.query(`EXPLAIN (GENERIC_PLAN) ${text}`);
    await superuser.query('ROLLBACK');
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Index');
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  });
});
