import { setTimeout as delay } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { Migrator as KyselyMigrator } from 'kysely/migration';
import {
  type ConnectionPool,
  createDsqlCommandRecords,
  createDsqlExpiredRecords,
  createDsqlIdempotencyStore,
  createDsqlOutbox,
  createIdempotencyRecords,
  createIndexAsync,
  createMigrator,
  DsqlDialect,
  type DsqlRepository,
  frameworkMigrations,
  grantDatabaseRole,
  pipeline,
  revokeDatabaseRole,
  waitForIndex,
} from '../../../src/adapters/dsql/index.ts';
import { missingFrameworkTables } from '../../../src/adapters/dsql/records/framework-tables.ts';
import {
  createDsqlOrderedEvents,
  orderedInsert,
} from '../../../src/adapters/dsql/records/ordering/ordered-events.ts';
import { createOutboxInspection } from '../../../src/adapters/dsql/records/outbox/outbox-inspection.ts';
import { createTraceInspection } from '../../../src/adapters/dsql/records/trace-inspection.ts';
import { tryCluster } from '../../../src/adapters/dsql/records/verification/cluster-trials.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../src/adapters/memory/index.ts';
import { systemClock, systemIds, systemRandom } from '../../../src/adapters/system/index.ts';
import { accept, createCleanup, createRelay, type Once } from '../../../src/domain/kernel/index.ts';
import { anEvent, counterMigrations, enveloped, counterSchema as schema } from '../counter.ts';
import type { TestDsql } from '../dsql.ts';
import { migrate, newRetrier, poolOf, transactionsOn, unitOfWorkOn } from '../dsql-adapter.ts';
import { type RecordedStatement, recordStatements } from './recorder.ts';

const region = 'us-east-1';
const soon = (): number => Date.now() + 20_000;
const key = (): string => crypto.randomUUID();
const inMemory = () => ({ logger: createMemoryLogger(), metrics: createMemoryMetrics() });
const time = { clock: systemClock, random: systemRandom, ids: systemIds };

type Tables = { 'counting.counters': { readonly name: string; readonly value: string } };

type World = {
  readonly dsql: TestDsql;
  readonly pool: ConnectionPool;
  readonly db: Kysely<Tables>;
  /** Changes rows as nobody but a test would, unrecorded. */
  readonly superuser: (text: string) => Promise<unknown>;
};

/** Migrations of a service, one of each kind that the migrator treats in its own way. */
const serviceMigrations = [
  ...counterMigrations,
  { id: 'data', ddl: `INSERT INTO ${schema}.counters VALUES ('a', 1), ('b', 1)` },
  { id: 'numbers', ddl: `CREATE SEQUENCE ${schema}.numbers CACHE 1` },
  {
    id: 'check',
    ddl: `ALTER TABLE ${schema}.counters ADD CONSTRAINT positive CHECK (value > 0) NOT VALID`,
  },
  { id: 'validate', ddl: `ALTER TABLE ASYNC ${schema}.counters VALIDATE CONSTRAINT positive` },
];

/** A refused definition is forgotten; an index that cannot be built is dropped. */
const failingMigrations = [
  { id: 'refused', ddl: `CREATE TABLE ${schema}.refused (amount money)` },
  {
    id: 'unbuildable',
    ddl: `CREATE UNIQUE INDEX ASYNC unbuildable ON ${schema}.counters (value)`,
  },
];

/** Sent by the framework, and not its own. */
const ofService = new Set([...serviceMigrations, ...failingMigrations].map(({ ddl }) => ddl));

const ofMigrations = async ({ pool, superuser }: World): Promise<void> => {
  const all = [...frameworkMigrations(schema), ...serviceMigrations];
  await migrate(pool, schema, all);
  const parts = { connections: pool, schema, owner: 'one', retrier: newRetrier(), ...inMemory() };
  for (const one of failingMigrations) {
    const failing = createMigrator({ ...parts, migrations: [...all, one] });
    await failing.run(soon()).catch(() => undefined);
  }
  // A journal of before statements were noted, and another migrator that holds the lease for a
  // moment.
  await superuser(`DELETE FROM ${schema}.migration_statement WHERE migration <> 'data'`);
  await superuser(`INSERT INTO ${schema}.migration_lock VALUES (1, 'other', now() + interval '1 second')
    ON CONFLICT (id) DO UPDATE SET owner = 'other', lease_until = excluded.lease_until`);
  await migrate(pool, schema, all);
  await createMigrator({ ...parts, migrations: all }).status(soon());
};

const ofDatabaseRole = async ({ dsql, pool }: World): Promise<void> => {
  const role = { role: 'counter_app', iamRoleArns: [dsql.principalArn] };
  await grantDatabaseRole(pool, newRetrier(), { ...role, schema }, soon());
  await revokeDatabaseRole(pool, newRetrier(), role, soon());
  await missingFrameworkTables(pool, newRetrier(), schema, soon());
};

/** Neither reads nor writes: the statements are the framework's alone. */
const nothing: DsqlRepository<true, true> = {
  empty: true,
  load: () => [],
  toState: () => true,
  save: () => [],
};

const ofUnitOfWork = async ({ pool }: World): Promise<void> => {
  const { unitOfWork } = unitOfWorkOn(pool, nothing, schema);
  const run = (once: Once, load?: true) =>
    unitOfWork.execute({
      once,
      ...(load ? { load } : {}),
      decide: () => accept({ state: true, events: [], result: null }),
      envelop: enveloped,
      deadline: soon(),
    });
  const command: Once = { kind: 'command', key: key(), fingerprint: '' };
  await run(command);
  await run(command, true);
  const event: Once = { kind: 'event', consumer: 'test', eventId: key() };
  await run(event);
  await run(event, true);
  const orderedEvents = createDsqlOrderedEvents({
    connections: pool,
    schema,
    retrier: newRetrier(),
  });
  const waiting = anEvent();
  for (const one of orderedInsert(schema, () => ['test'])([waiting])) {
    await pool.use((connection) => connection.flight([one], soon()), soon());
  }
  const { id: eventId, subject, aggregateversion: version } = waiting;
  const ordered = {
    kind: 'event',
    consumer: 'test',
    eventId,
    order: { subject, version },
  } as const;
  await orderedEvents.before(ordered, 16, soon());
  await run(ordered);
  await run({ ...ordered, eventId: key() }, true);
  await orderedEvents.remove(ordered, soon());
  const kept = createIdempotencyRecords(schema);
  const records = createDsqlCommandRecords({
    connections: pool,
    records: kept,
    retrier: newRetrier(),
  });
  await records.find(command, soon());
};

const ofOutbox = async ({ pool }: World): Promise<void> => {
  const outbox = createDsqlOutbox(pool, { schema, graceMs: 0, replayWindowMs: 0 });
  const insert = async (count: number): Promise<readonly string[]> => {
    const events = Array.from({ length: count }, () => anEvent());
    const scheduled = [{ event: anEvent(), notBefore: Date.now() }];
    for (const one of outbox.insert(events, scheduled)) {
      await pool.use((connection) => connection.flight([one], soon()), soon());
    }
    return events.map(({ id }) => id);
  };
  await insert(127);
  const dead = await insert(3);
  await outbox.markPublished([...(await insert(1)), ...(await insert(2))]);
  const [shard] = [Number.parseInt(dead[0]?.charAt(0) ?? '0', 16)];
  const claim = { shard, origin: region, leaseMs: 0, rowsMax: 500 };
  await outbox.claim({ ...claim, owner: key(), ageMsMin: 0 });
  const owner = key();
  const claimed = await outbox.claim({ ...claim, owner });
  const failed = claimed.slice(0, 2).map(({ event }, index) => ({
    eventId: event.id,
    reason: 'failed',
    retryInMs: index === 0 ? undefined : 0,
  }));
  await outbox.settle(owner, [], failed);
  await outbox.redrive(dead);
  const relay = createRelay({
    ...{ ...time, ...inMemory(), outbox, region, takeoverAgeMs: 60_000 },
    shards: [shard],
    publisher: { publish: async (events) => events.map(() => ({ ok: true })) },
  });
  await relay.run(soon());
  // All sizes of a list of keys, of which a claim settles one.
  for (let size = 1; size <= 512; size *= 2) {
    const ids = Array.from({ length: size }, () => `0${key().slice(1)}`);
    await outbox.settle(owner, ids, []);
    await outbox.redrive(ids);
    await outbox.markPublished(ids);
  }
  const records = createDsqlExpiredRecords(pool, { schema });
  await createCleanup({ ...time, ...inMemory(), records }).run(soon());
  // A cleanup deletes nothing where it finds nothing.
  for (const kind of ['idempotency', 'inbox', 'ordered'] as const) {
    for (const shard of [0, 1]) {
      await records.purge({ kind, shard, rowsMax: 1_000, deadline: soon() });
    }
  }
};

const ofInspection = async ({ pool }: World): Promise<void> => {
  const { oldest, byId, deadIds, publishedSince, now } = createOutboxInspection(pool, { schema });
  for (const state of ['dead', 'pending', 'published'] as const) await oldest(state, 10);
  await byId(key());
  for (let shard = 0; shard < 16; shard += 1) {
    for await (const rows of publishedSince(shard, region, new Date(0))) {
      if (rows.length > 100) throw new Error('a page has more rows than it may have');
    }
  }
  await deadIds(0, await now(), 100);
  const { handled, isCommitted } = createTraceInspection(pool, { schema });
  await handled([key(), key()]);
  await isCommitted(key());
};

const ofVerification = async ({ pool }: World): Promise<void> => {
  await tryCluster(pool, { schema, newEvent: anEvent, deadline: soon() });
};

const ofLeases = async ({ pool }: World): Promise<void> => {
  const store = createDsqlIdempotencyStore(pool, { schema });
  const request = { key: key(), fingerprint: '', leaseMs: 60_000 };
  const lease = await store.acquire(request);
  await store.acquire(request);
  const fence = lease.status === 'acquired' ? lease.fence : '';
  const result = { key: request.key, fence, response: 'null', retentionMs: 1_000 };
  await store.complete(result);
  await store.complete(result);
  await store.release(request.key, fence);
};

const ofKysely = async ({ pool, db, superuser }: World): Promise<void> => {
  await db.introspection.getTables();
  await db.introspection.getSchemas();
  const one = db.selectFrom('counting.counters').select('name').limit(1);
  await pipeline(db, [one, one]);
  await db.transaction().execute((tx) => one.executeTakeFirst().then(() => tx.isTransaction));
  await db
    .transaction()
    .setAccessMode('read only')
    .execute((tx) => tx.selectFrom('counting.counters').select('name').limit(1).execute());
  await db
    .transaction()
    .execute(async (tx) => {
      await tx.selectFrom('counting.counters').select('name').limit(1).execute();
      throw new Error('roll back');
    })
    .catch(() => undefined);
  await transactionsOn(pool).run(async (tx) => tx.read(one));
  const leaseMs = 1_000;
  const dialect = new DsqlDialect({ connections: pool, migrationLeaseMs: leaseMs });
  const migrating = new Kysely<unknown>({ dialect });
  const names = { name: 'by_kysely', schema };
  const build = () =>
    createIndexAsync(
      migrating,
      migrating.schema
        .createIndex(names.name)
        .ifNotExists()
        .on(`${schema}.counters`)
        .column('value'),
    );
  const migrator = new KyselyMigrator({
    db: migrating,
    provider: { getMigrations: async () => ({ a: { up: () => delay(leaseMs) } }) },
    migrationTableSchema: schema,
  });
  await migrator.migrateToLatest();
  await build();
  await waitForIndex(migrating, { schema, index: names.name });
  // As a failed build leaves an index: it is dropped, and built again.
  await superuser(`WITH failed AS (UPDATE pg_index SET indisvalid = false
      WHERE indexrelid = '${schema}.${names.name}'::regclass RETURNING indexrelid)
    UPDATE sys.jobs SET status = 'failed' FROM failed WHERE object_id = failed.indexrelid`);
  await build();
  // The name says no schema: the search path is asked for one, and has no such table.
  const unqualified = migrating.schema.createIndex('nowhere').on('counters').column('value');
  await createIndexAsync(migrating, unqualified).catch(() => undefined);
};

/**
 * Has every part of the framework do its work on a database, and returns the statements that were
 * sent. A text that is in the sources and is not sent here is found by `sqlLiterals`.
 */
export const frameworkStatements = async (
  dsql: TestDsql,
): Promise<readonly RecordedStatement[]> => {
  const recorder = recordStatements();
  const pool = poolOf(dsql, { size: 3, open: recorder.open });
  const superuser = await dsql.superuserConnection();
  const db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections: pool }) });
  const world: World = { dsql, pool, db, superuser: (text) => superuser.query(text) };
  const parts = {
    ofMigrations,
    ofDatabaseRole,
    ofUnitOfWork,
    ofOutbox,
    ofInspection,
    ofVerification,
    ofLeases,
    ofKysely,
  };
  for (const [part, work] of Object.entries(parts)) {
    recorder.name(part);
    await work(world);
  }
  await pool.close();
  return recorder.sent().filter(({ sql }) => !ofService.has(sql));
};
