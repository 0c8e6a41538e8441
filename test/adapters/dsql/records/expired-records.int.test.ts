import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlExpiredRecords,
  createDsqlIdempotencyStore,
  frameworkMigrations,
  query,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { recordKey, recordShard } from '../../../../src/adapters/dsql/transaction/record-key.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { systemClock, systemRandom } from '../../../../src/adapters/system/index.ts';
import { Conflict, createCleanup, type RecordKind } from '../../../../src/domain/kernel/index.ts';
import { recordShardCount } from '../../../../src/domain/kernel/outbox/expired-records.ts';
import {
  counterMigrations,
  counterWork,
  dsqlCounters,
  counterSchema as schema,
  setTo,
} from '../../../support/counter.ts';
import { migrateCounters } from '../../../support/counter-database.ts';
import { refusingDeletionsOver } from '../../../support/deletion-limit.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, poolOf, unitOfWorkOn } from '../../../support/dsql-adapter.ts';
import { advanceRecords } from '../../../support/record-clock.ts';

/** A service that was deployed before records had shards. */
const oldMigrations = frameworkMigrations(schema).filter(({ id }) => id < 'antipode-0006');

let dsql: TestDsql;
let superuser: pg.Client;
let primary: ConnectionPool;
let secondary: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  primary = poolOf(dsql, { size: 2 });
  secondary = poolOf(dsql, { at: dsql.peer });
  await migrate(primary, schema, [...oldMigrations, ...counterMigrations]);
  await insertOldRows();
  await migrateCounters(primary);
});

afterAll(async () => {
  await Promise.all([primary.close(), secondary.close()]);
  await dsql.stop();
});

const write = (sql: string) => query(primary, statement(sql), { writes: true });

const oldKeys = Array.from({ length: 9 }, (_, index) => `('old ${index}')`).join(', ');

/** As the code of before wrote them. */
const insertOldRows = async (): Promise<void> => {
  await write(
    `INSERT INTO ${schema}.idempotency (key, status, fingerprint, response, expires_at)
      SELECT key, 'COMPLETED', '', 'null', now() - interval '1 day' FROM (VALUES ${oldKeys}) AS old (key)
      UNION ALL SELECT 'new', 'COMPLETED', '', 'null', now() + interval '1 day'`,
  );
  await write(
    `INSERT INTO ${schema}.inbox (event_id, consumer, handled_at)
      SELECT key, 'sum', now() - interval '31 days' FROM (VALUES ${oldKeys}) AS old (key)
      UNION ALL SELECT 'new', 'sum', now()`,
  );
};

/** More rows than fit into a transaction of DSQL: expired for the most part. */
const fill = (table: 'idempotency' | 'inbox', expired: number, inForce: number) => {
  const age = `CASE WHEN i <= ${expired} THEN interval '-31 days' ELSE interval '31 days' END`;
  const shard = `i % ${recordShardCount}`;
  return superuser.query(
    table === 'idempotency'
      ? `INSERT INTO ${schema}.idempotency (key, status, fingerprint, response, expires_at, shard)
          SELECT md5(i::text), 'COMPLETED', '', repeat('x', 100), now() + ${age}, ${shard} FROM generate_series(1, ${expired + inForce}) AS i`
      : `INSERT INTO ${schema}.inbox (event_id, consumer, handled_at, shard)
          SELECT md5(i::text), 'sum', now() + ${age}, ${shard} FROM generate_series(1, ${expired + inForce}) AS i`,
  );
};

const counts = async () => {
  const { rows } = await superuser.query<{ idempotency: number; inbox: number }>(
    `SELECT (SELECT count(*)::int FROM ${schema}.idempotency) AS idempotency,
      (SELECT count(*)::int FROM ${schema}.inbox) AS inbox`,
  );
  return rows[0];
};

const cleanupOn = (connections: ConnectionPool) => {
  const logger = createMemoryLogger();
  const cleanup = createCleanup({
    records: createDsqlExpiredRecords(connections, { schema }),
    clock: systemClock,
    random: systemRandom,
    logger,
    metrics: createMemoryMetrics(),
  });
  return { logger, run: () => cleanup.run(Date.now() + 30_000) };
};

/** Deletes one batch; the records of events are kept for a minute. */
const purge = (kind: RecordKind, shard: number, rowsMax: number): Promise<number> =>
  createDsqlExpiredRecords(primary, { schema, inboxRetentionMs: 60_000 }).purge({
    kind,
    shard,
    rowsMax,
    deadline: Date.now() + 10_000,
  });

describe('the cleanup of a service that was there before it', () => {
  it('deletes rows that were written without a shard, and only what has expired of them', async () => {
    expect(await cleanupOn(primary).run()).toEqual({ idempotency: 9, inbox: 9, ordered: 0 });
    const left = await write(
      `SELECT key FROM ${schema}.idempotency UNION ALL SELECT event_id FROM ${schema}.inbox`,
    );
    expect(left.rows).toEqual([{ key: 'new' }, { key: 'new' }]);
  });
});

describe('the cleanup', () => {
  beforeEach(async () => {
    await superuser.query(`TRUNCATE ${schema}.idempotency, ${schema}.inbox`);
  });

  it('deletes more than a transaction takes, batch by batch, and nothing that is in force', async () => {
    await fill('idempotency', 7_000, 100);
    await fill('inbox', 5_000, 100);
    expect(await cleanupOn(primary).run()).toEqual({
      idempotency: 7_000,
      inbox: 5_000,
      ordered: 0,
    });
    expect(await counts()).toEqual({ idempotency: 100, inbox: 100 });
  });

  it('deletes in smaller pieces where DSQL refuses the size of a transaction', async () => {
    const strict = poolOf(dsql, { open: refusingDeletionsOver(20) });
    await fill('idempotency', 500, 10);
    await fill('inbox', 400, 10);
    expect(await cleanupOn(strict).run()).toEqual({ idempotency: 500, inbox: 400, ordered: 0 });
    expect(await counts()).toEqual({ idempotency: 10, inbox: 10 });
    await strict.close();
  });

  it('is shared by two Regions that run it at once', async () => {
    await fill('idempotency', 7_000, 100);
    await fill('inbox', 5_000, 100);
    const [here, there] = await Promise.all([cleanupOn(primary).run(), cleanupOn(secondary).run()]);
    const { idempotency, inbox } = (await counts()) ?? { idempotency: 0, inbox: 0 };
    expect(here.idempotency + there.idempotency + idempotency).toBe(7_100);
    expect(here.inbox + there.inbox + inbox).toBe(5_100);
    await cleanupOn(secondary).run();
    expect(await counts()).toEqual({ idempotency: 100, inbox: 100 });
  });

  it('frees the key of a command whose time is over, and no other', async () => {
    const key = crypto.randomUUID();
    const { unitOfWork } = unitOfWorkOn(primary, dsqlCounters, schema);
    const execute = async (value: number) =>
      (await unitOfWork.execute(counterWork(setTo('a', value), { key }))).status;
    expect(await execute(1)).toBe('committed');
    await cleanupOn(primary).run();
    expect(await execute(1)).toBe('replayed');
    await superuser.query(`UPDATE ${schema}.idempotency SET expires_at = now()`);
    await cleanupOn(primary).run();
    expect(await execute(1)).toBe('committed');
  });

  it('takes nothing from a lease that is taken again while it cleans up', async () => {
    const store = createDsqlIdempotencyStore(secondary, { schema });
    const request = { key: crypto.randomUUID(), fingerprint: '', leaseMs: 60_000 };
    const shard = recordShard(recordKey('lease', request.key));
    for (let round = 0; round < 20; round += 1) {
      await store.acquire(request);
      await advanceRecords(superuser, schema, request.leaseMs);
      const [lease] = await Promise.all([
        store.acquire(request),
        purge('idempotency', shard, 10).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Conflict);
        }),
      ]);
      expect(lease.status).toBe('acquired');
      expect(await store.find(request.key)).toMatchObject({ status: 'in-progress' });
      await superuser.query(`TRUNCATE ${schema}.idempotency`);
    }
  });
});

describe('the deletion of one batch', () => {
  /** A record whose time was over so many seconds ago. */
  const insert = async (
    kind: RecordKind,
    key: string,
    seconds: number,
    { shard = 1 as number | null, consumer = 'sum' } = {},
  ): Promise<void> => {
    const row =
      kind === 'inbox'
        ? `(event_id, consumer, handled_at, shard) VALUES ($1, '${consumer}', now() - interval '1 minute' - $2 * interval '1 second', $3)`
        : `(key, status, fingerprint, response, expires_at, shard) VALUES ($1, 'COMPLETED', '', 'null', now() - $2 * interval '1 second', $3)`;
    await superuser.query(`INSERT INTO ${schema}.${kind} ${row}`, [key, seconds, shard]);
  };
  const keysOf = async (kind: RecordKind): Promise<readonly string[]> => {
    const column = kind === 'inbox' ? 'event_id' : 'key';
    const { rows } = await superuser.query<{ key: string }>(
      `SELECT ${column} AS key FROM ${schema}.${kind} ORDER BY 1`,
    );
    return rows.map(({ key }) => key);
  };
  beforeEach(async () => {
    await superuser.query(`TRUNCATE ${schema}.idempotency, ${schema}.inbox`);
  });

  for (const kind of ['idempotency', 'inbox'] as const) {
    it(`takes from ${kind} alone when it is asked for that`, async () => {
      await insert('idempotency', 'a', 10);
      await insert('inbox', 'a', 10);
      expect(await purge(kind, 1, 10)).toBe(1);
      expect(await counts()).toEqual({ idempotency: 1, inbox: 1, [kind]: 0 });
    });

    it(`takes what has expired from ${kind}, and nothing that is in force`, async () => {
      await insert(kind, 'expired', 1);
      await insert(kind, 'in force', -30);
      expect(await purge(kind, 1, 10)).toBe(1);
      expect(await keysOf(kind)).toEqual(['in force']);
    });

    it.each([1, 0])(
      `takes the oldest of ${kind} first, also where they have no shard (shard %i)`,
      async (shard) => {
        const stored = { shard: shard === 0 ? null : shard };
        await insert(kind, 'middle', 20, stored);
        await insert(kind, 'oldest', 30, stored);
        await insert(kind, 'youngest', 10, stored);
        expect(await purge(kind, shard, 1)).toBe(1);
        expect(await keysOf(kind)).toEqual(['middle', 'youngest']);
        expect(await purge(kind, shard, 1)).toBe(1);
        expect(await keysOf(kind)).toEqual(['youngest']);
      },
    );

    it(`names the first shard where a row of ${kind} has none`, async () => {
      const records = createDsqlExpiredRecords(primary, { schema, inboxRetentionMs: 60_000 });
      const expired = () => records.expired(Date.now() + 10_000);
      await insert(kind, 'in force', -30, { shard: null });
      expect(await expired()).toEqual([]);
      await insert(kind, 'none', 10, { shard: null });
      expect(await expired()).toEqual([{ kind, shard: 0 }]);
      await insert(kind, 'zero', 10, { shard: 0 });
      await insert(kind, 'two', 10, { shard: 2 });
      expect(await expired()).toEqual([
        { kind, shard: 0 },
        { kind, shard: 2 },
      ]);
    });

    it(`leaves the other shards of ${kind} alone, and rows without one to the first`, async () => {
      await insert(kind, 'zero', 10, { shard: 0 });
      await insert(kind, 'one', 10, { shard: 1 });
      await insert(kind, 'two', 10, { shard: 2 });
      await insert(kind, 'none', 10, { shard: null });
      expect(await purge(kind, 1, 10)).toBe(1);
      expect(await keysOf(kind)).toEqual(['none', 'two', 'zero']);
      expect(await purge(kind, 0, 10)).toBe(2);
      expect(await keysOf(kind)).toEqual(['two']);
    });
  }

  it('takes the record of the consumer whose time is over, and not of another one', async () => {
    await insert('inbox', 'a', 10, { consumer: 'first' });
    await insert('inbox', 'a', -30, { consumer: 'second' });
    await insert('inbox', 'b', -30, { consumer: 'first' });
    expect(await purge('inbox', 1, 10)).toBe(1);
    const { rows } = await superuser.query(
      `SELECT event_id, consumer FROM ${schema}.inbox ORDER BY 1, 2`,
    );
    expect(rows).toEqual([
      { event_id: 'a', consumer: 'second' },
      { event_id: 'b', consumer: 'first' },
    ]);
  });
});
