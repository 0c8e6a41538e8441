import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import {
  type ConnectionPool,
  createDsqlCommandRecords,
  createDsqlExpiredRecords,
  createDsqlIdempotencyStore,
  createIdempotencyRecords,
  frameworkMigrations,
} from '../../../../src/adapters/dsql/index.ts';
import { recordShardCount } from '../../../../src/domain/kernel/outbox/expired-records.ts';
import {
  type CommandRecordsSide,
  type CommandRecordsSubject,
  commandRecordsContract,
} from '../../../../src/testing/contracts/idempotency/command-records.ts';
import { idempotencyStoreContract } from '../../../../src/testing/contracts/idempotency/idempotency-store.ts';
import type { IdempotencyStoreSubject } from '../../../../src/testing/contracts/idempotency/store-trial.ts';
import { inboxContract } from '../../../../src/testing/contracts/inbox.ts';
import { keepsAnyResponse } from '../../../contracts/idempotency-responses.ts';
import { describeSuite, refusesWrong } from '../../../contracts/suite.ts';
import { wrongCommandRecords } from '../../../contracts/wrong/command-records.ts';
import { wrongIdempotencyStores } from '../../../contracts/wrong/idempotency-store.ts';
import { wrongInboxes } from '../../../contracts/wrong/inbox.ts';
import { dsqlCounters, counterSchema as schema } from '../../../support/counter.ts';
import { counterValue, migrateCounters } from '../../../support/counter-database.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, newRetrier, poolOf, unitOfWorkOn } from '../../../support/dsql-adapter.ts';
import { advanceRecords } from '../../../support/record-clock.ts';

/** Another service in the same database. */
const otherSchema = 'billing';

let dsql: TestDsql;
let superuser: pg.Client;
let primary: ConnectionPool;
let secondary: ConnectionPool;
/** Processes that run at once, in both Regions: a connection each, or they would only queue. */
let processes: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  primary = poolOf(dsql, { size: 4 });
  secondary = poolOf(dsql, { size: 4, at: dsql.peer });
  processes = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((pool) => pool.warmUp()));
  await migrateCounters(primary);
  await migrate(primary, otherSchema, frameworkMigrations(otherSchema));
});

afterAll(async () => {
  await Promise.all([primary, secondary, ...processes].map((pool) => pool.close()));
  await dsql.stop();
});

const advance = (ms: number): Promise<void> => advanceRecords(superuser, schema, ms);

const storeOn = (pool: ConnectionPool, inSchema = schema) =>
  createDsqlIdempotencyStore(pool, { schema: inSchema });

const storeSubject = async (): Promise<IdempotencyStoreSubject> => ({
  store: storeOn(primary),
  contenders: processes.map((pool) => storeOn(pool)),
  elsewhere: storeOn(primary, otherSchema),
  advance,
});

describeSuite('idempotency store: DSQL', idempotencyStoreContract(storeSubject));

keepsAnyResponse('the store on DSQL', storeSubject);

refusesWrong(
  'holds leases wrongly, on DSQL',
  wrongIdempotencyStores,
  idempotencyStoreContract,
  storeSubject,
);

const sideOn = (connections: ConnectionPool, inSchema = schema): CommandRecordsSide => {
  const kept = createIdempotencyRecords(inSchema);
  return {
    records: createDsqlCommandRecords({ connections, records: kept, retrier: newRetrier() }),
    unitOfWork: unitOfWorkOn(connections, dsqlCounters, inSchema, kept).unitOfWork,
  };
};

const purge = async (): Promise<void> => {
  const records = createDsqlExpiredRecords(primary, { schema });
  const deadline = Date.now() + 10_000;
  for (const kind of ['idempotency', 'inbox'] as const) {
    for (let shard = 0; shard < recordShardCount; shard += 1) {
      await records.purge({ kind, shard, rowsMax: 1_000, deadline });
    }
  }
};

const recordsSubject = async (): Promise<CommandRecordsSubject> => ({
  ...sideOn(primary),
  other: sideOn(secondary),
  elsewhere: sideOn(primary, otherSchema),
  store: storeOn(primary),
  value: (name) => counterValue(secondary, name),
  advance,
  purge,
});

describeSuite(
  'records of units of work: DSQL, from both Regions',
  commandRecordsContract(recordsSubject),
);

refusesWrong(
  'keeps records wrongly, on DSQL',
  wrongCommandRecords,
  commandRecordsContract,
  recordsSubject,
);

describeSuite('inbox: DSQL, from both Regions', inboxContract(recordsSubject));

refusesWrong('forgets events wrongly, on DSQL', wrongInboxes, inboxContract, recordsSubject);
