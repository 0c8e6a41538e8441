import {
  type ConnectionPool,
  createDsqlCommandRecords,
  createDsqlExpiredRecords,
  createDsqlIdempotencyStore,
  createIdempotencyRecords,
  frameworkMigrations,
} from '../../src/adapters/dsql/index.ts';
import { recordShardCount } from '../../src/domain/kernel/outbox/expired-records.ts';
import type {
  CommandRecordsSide,
  CommandRecordsSubject,
} from '../../src/testing/contracts/idempotency/command-records.ts';
import type { IdempotencyStoreSubject } from '../../src/testing/contracts/idempotency/store-trial.ts';
import { dsqlCounters, counterSchema as schema } from './counter.ts';
import { counterValue, testCounters } from './counter-database.ts';
import { migrate, newRetrier, poolOf, unitOfWorkOn } from './dsql-adapter.ts';
import { advanceRecords } from './record-clock.ts';

/** Another service in the same database. */
const otherSchema = 'billing';

const storeOn = (pool: ConnectionPool, inSchema = schema) =>
  createDsqlIdempotencyStore(pool, { schema: inSchema });

const sideOn = (connections: ConnectionPool, inSchema = schema): CommandRecordsSide => {
  const kept = createIdempotencyRecords(inSchema);
  return {
    records: createDsqlCommandRecords({ connections, records: kept, retrier: newRetrier() }),
    unitOfWork: unitOfWorkOn(connections, dsqlCounters, inSchema, kept).unitOfWork,
  };
};

const purgeOn = async (pool: ConnectionPool): Promise<void> => {
  const records = createDsqlExpiredRecords(pool, { schema });
  const deadline = Date.now() + 10_000;
  for (const kind of ['idempotency', 'inbox'] as const) {
    for (let shard = 0; shard < recordShardCount; shard += 1) {
      await records.purge({ kind, shard, rowsMax: 1_000, deadline });
    }
  }
};

export type DsqlRecords = {
  readonly storeSubject: () => Promise<IdempotencyStoreSubject>;
  readonly recordsSubject: () => Promise<CommandRecordsSubject>;
  readonly stop: () => Promise<void>;
};

/** A store and the records of units of work on a DSQL of their own, from both Regions. */
export const startDsqlRecords = async (): Promise<DsqlRecords> => {
  const dsql = await testCounters();
  const superuser = await dsql.superuserConnection();
  const primary = poolOf(dsql, { size: 4 });
  const secondary = poolOf(dsql, { size: 4, at: dsql.peer });
  // Processes that run at once, in both Regions: a connection each, or they would only queue.
  const processes = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((pool) => pool.warmUp()));
  await migrate(primary, otherSchema, frameworkMigrations(otherSchema));
  const advance = (ms: number): Promise<void> => advanceRecords(superuser, schema, ms);
  return {
    storeSubject: async () => ({
      store: storeOn(primary),
      contenders: processes.map((pool) => storeOn(pool)),
      elsewhere: storeOn(primary, otherSchema),
      advance,
    }),
    recordsSubject: async () => ({
      ...sideOn(primary),
      other: sideOn(secondary),
      elsewhere: sideOn(primary, otherSchema),
      store: storeOn(primary),
      value: (name) => counterValue(secondary, name),
      advance,
      purge: () => purgeOn(primary),
    }),
    stop: async () => {
      await Promise.all([primary, secondary, ...processes].map((pool) => pool.close()));
      await dsql.stop();
    },
  };
};
