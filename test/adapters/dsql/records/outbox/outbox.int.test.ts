import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlOutbox,
  query,
  statement,
} from '../../../../../src/adapters/dsql/index.ts';
import { outboxStatements } from '../../../../../src/adapters/dsql/records/outbox/outbox-statements.ts';
import { outboxWriteStatements } from '../../../../../src/adapters/dsql/records/outbox/outbox-write-statements.ts';
import type { Outbox } from '../../../../../src/domain/kernel/index.ts';
import { outboxContract } from '../../../../../src/testing/contracts/outbox/outbox-contract.ts';
import {
  anEventIn,
  claimOf,
  failureOf,
  largeNote,
  origin,
  outboxWindows,
  purgeOf,
  shards,
  soon,
} from '../../../../../src/testing/contracts/outbox/outbox-subject.ts';
import { briefOutboxCases } from '../../../../contracts/outbox-brief.ts';
import { outboxModelCheck } from '../../../../contracts/outbox-model.ts';
import { casesNamed, describeSuite } from '../../../../contracts/suite.ts';
import { counterSchema as schema } from '../../../../support/counter.ts';
import { testCounters } from '../../../../support/counter-database.ts';
import { refusing, refusingDeletionsOver } from '../../../../support/deletion-limit.ts';
import type { TestDsql } from '../../../../support/dsql.ts';
import { poolOf } from '../../../../support/dsql-adapter.ts';
import { advanceOutbox, dsqlOutboxSubject, emptyOutbox } from '../../../../support/dsql-outbox.ts';
import { faultyPool } from '../../../../support/faulty-connection.ts';

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
  dsql = await testCounters();
  superuser = await dsql.superuserConnection();
  pool = poolOf(dsql, { size: 4 });
  serial = poolOf(dsql, { serial: true });
  strict = poolOf(dsql, { open: refusingDeletionsOver(20) });
  processes = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((one) => one.warmUp()));
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
  casesNamed(
    outboxContract(() => subjectOn(serial)),
    briefOutboxCases,
  ),
);

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
    ['one of another event', JSON.stringify(anEventIn())],
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

  /** Rows in the fourth part that an owner holds. */
  const claimed = async (count: number, leaseMs = 60_000) => {
    const owner = crypto.randomUUID();
    const ids = await inserted(count);
    await advanceOutbox(superuser, outboxWindows.graceMs);
    await outboxOn(pool).claim(claimOf({ owner, leaseMs, rowsMax: count }));
    return { owner, ids };
  };

  it('settles rows in pieces of a hundred where one transaction would be too large', async () => {
    const { owner, ids } = await claimed(250);
    const { pool: watched, named } = naming(ids, 100);
    await outboxOn(watched).settle(owner, ids, []);
    await watched.close();
    const pieces = [ids.slice(0, 100), ids.slice(100, 200), ids.slice(200)];
    expect(named).toEqual([ids, ...pieces]);
    expect(await outboxOn(pool).status()).toMatchObject({ pending: { count: 0 } });
  });

  it('claims, and settles what belongs together, in one transaction of two flights', async () => {
    const [failing = '', ...published] = await inserted(3);
    await advanceOutbox(superuser, outboxWindows.graceMs);
    const { pool: watched, flights } = faultyPool(dsql);
    const outbox = outboxOn(watched);
    await outbox.markPublished([]);
    await outbox.markPublished(idsIn(3, 2));
    await outbox.markPublished([...idsIn(3, 2), ...idsIn(4, 2)]);
    const owner = crypto.randomUUID();
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, published, [failureOf(failing)]);
    await watched.close();
    expect(flights()).toEqual([
      'UPDATE',
      'BEGIN UPDATE UPDATE COMMIT',
      'BEGIN SELECT SELECT',
      'INSERT COMMIT',
      'BEGIN SELECT',
      'UPDATE UPDATE INSERT COMMIT',
    ]);
  });

  it('settles an event whose id is in capitals', async () => {
    const event = anEventIn(10);
    const loud = { ...event, id: event.id.toUpperCase() };
    for (const one of outboxOn(pool).insert([loud])) await query(pool, one, { writes: true });
    await advanceOutbox(superuser, outboxWindows.graceMs);
    const owner = crypto.randomUUID();
    await outboxOn(pool).claim(claimOf({ owner, shard: 10 }));
    await outboxOn(pool).settle(owner, [loud.id], []);
    expect(await outboxOn(pool).status()).toMatchObject({ pending: { count: 0 } });
  });

  it('claims a hundred rows at once where as many as it may would fill the memory', async () => {
    const outbox = outboxOn(pool);
    const owner = crypto.randomUUID();
    const claimed: number[] = [];
    for (const note of [largeNote(), '']) {
      for (let left = 3; left > 0; left -= 1) {
        const events = Array.from({ length: 50 }, () => anEventIn(3, { data: { note } }));
        for (const one of outbox.insert(events)) await query(pool, one, { writes: true });
      }
      await advanceOutbox(superuser, outboxWindows.graceMs);
      for (let rows = 1; rows > 0; claimed.push(rows)) {
        const ids = (await outbox.claim(claimOf({ owner, rowsMax: 500 }))).map(
          ({ event }) => event.id,
        );
        await outbox.settle(owner, ids, []);
        rows = ids.length;
      }
    }
    // Large ones, then small ones.
    expect(claimed).toEqual([100, 50, 0, 150, 0]);
  });

  it('writes no row of the outbox for a claim', async () => {
    const versions = () => write(`SELECT id, xmin FROM ${schema}.outbox ORDER BY id`);
    await inserted(3);
    await advanceOutbox(superuser, outboxWindows.graceMs);
    const before = (await versions()).rows;
    const claim = claimOf({ owner: crypto.randomUUID() });
    expect(await outboxOn(pool).claim(claim)).toHaveLength(3);
    expect((await versions()).rows).toEqual(before);
  });

  it('settles again when another relay has changed the lane meanwhile', async () => {
    const { owner, ids } = await claimed(2);
    const { pool: watched, flights } = faultyPool(dsql, (flight) =>
      flight === 1 ? 'conflict' : undefined,
    );
    await outboxOn(watched).settle(owner, ids, []);
    await watched.close();
    expect(flights()).toHaveLength(4);
    expect(await outboxOn(pool).status()).toMatchObject({ pending: { count: 0 } });
  });

  it('counts the attempt of a relay that has died, in pieces of a hundred rows', async () => {
    const { ids } = await claimed(250, 0);
    const { pool: watched, named } = naming(ids, 100);
    const rows = await outboxOn(watched).claim(
      claimOf({ owner: crypto.randomUUID(), rowsMax: 250 }),
    );
    await watched.close();
    expect(named.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(rows.map(({ attempts }) => attempts)).toEqual(ids.map(() => 2));
  });

  it.each([
    'x',
    'null',
    '[1, null, {}, {"owner": "a", "endsInMs": 1, "ids": [1]}, {"owner": "a", "endsInMs": 1, "ids": "x"}]',
    '[{"owner": "a", "endsInMs": -1e300, "ids": "AAAAAAAAAAAAAAAAAAAAAA=="}]',
    '[{"owner": "a", "endsInMs": "60000", "ids": "AAAAAAAAAAAAAAAAAAAAAA=="}]',
  ])('gives rows out again where a person has made %s of the claims of a lane', async (text) => {
    const { owner, ids } = await claimed(2);
    await write(`UPDATE ${schema}.outbox_lane SET claims = $1`, text);
    await outboxOn(pool).settle(owner, ids, []);
    const rows = await outboxOn(pool).claim(claimOf({ owner: crypto.randomUUID() }));
    expect(rows.map(({ event }) => event.id).toSorted()).toEqual(ids.toSorted());
  });

  it('gives rows out again where a person has made a lease one of centuries', async () => {
    const { ids } = await claimed(2);
    const claims = `replace(claims, '"endsInMs":60000', '"endsInMs":1e15')`;
    await write(`UPDATE ${schema}.outbox_lane SET claims = ${claims}`);
    const rows = await outboxOn(pool).claim(claimOf({ owner: crypto.randomUUID() }));
    expect(rows.map(({ event }) => event.id).toSorted()).toEqual(ids.toSorted());
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
    const { id } = anEventIn();
    const reads = [
      () => outbox.due(shards, soon()),
      () => outbox.expired(origin, shards, soon()),
      () => outbox.status(),
    ];
    for (const read of reads) {
      await expect(read()).rejects.toMatchObject({ kind: 'Unavailable' });
    }
    const writes = [
      () => outbox.markPublished([id]),
      () => outbox.purge(purgeOf()),
      () => outbox.redrive([id]),
    ];
    for (const one of writes) {
      await expect(one()).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
    }
    await lost.pool.close();
  });

  it.each([
    ['is claimed', (outbox: Outbox, owner: string) => outbox.claim(claimOf({ owner }))],
    [
      'is settled',
      (outbox: Outbox, owner: string, ids: readonly string[]) => outbox.settle(owner, ids, []),
    ],
  ])(
    'says that a row may have changed when the answer is lost with which it %s',
    async (_, work) => {
      const { owner, ids } = await claimed(1);
      await inserted(1);
      await advanceOutbox(superuser, outboxWindows.graceMs);
      const lost = (at: number) => (flight: number) => (flight === at ? 'lost answer' : undefined);
      for (const [at, kind] of [
        [0, 'Unavailable'],
        [1, 'OutcomeUnknown'],
      ] as const) {
        const { pool: faulty } = faultyPool(dsql, lost(at));
        await expect(work(outboxOn(faulty), owner, ids)).rejects.toMatchObject({ kind });
        await faulty.close();
      }
    },
  );

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
    await outbox.expired(origin, [3], deadline);
    await outbox.purge(purgeOf({ deadline }));
    expect(deadlines.splice(0)).toEqual([deadline, deadline, deadline, deadline]);
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
  const writing = outboxWriteStatements(schema);
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
  const insertNow = [writing.insertOne, 3, id, '{}', originregion, 'now', 0] as const;

  it('take a wait as over in the moment in which it ends', async () => {
    const due = await inOneMoment(insertNow, [sql.due, 3]);
    expect(due?.rows[0]).toMatchObject({ is_due: true });
    for (const text of [sql.dueRows(1), sql.dueKeys(1)]) {
      const claimed = await inOneMoment(insertNow, [text, 3, originregion]);
      expect(claimed?.rows).toMatchObject([{ id }]);
    }
    const byAge = [sql.dueKeysByAge(1), 3, originregion, 0] as const;
    expect((await inOneMoment(insertNow, byAge))?.rows).toEqual([{ id, is_old: true }]);
    const mark = [writing.markPublished(1), 3, 0, id] as const;
    for (const text of [sql.expired, sql.purge(1)]) {
      const ended = await inOneMoment(insertNow, mark, [text, 3, originregion]);
      expect(ended?.rowCount).toBe(1);
    }
  });

  it.each([
    ['due', sql.due],
    ['dueRows', sql.dueRows(25)],
    ['dueKeys', sql.dueKeys(25)],
    ['dueKeysByAge', sql.dueKeysByAge(25)],
    ['expired', sql.expired],
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
