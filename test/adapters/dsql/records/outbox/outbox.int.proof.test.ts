import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import type { ConnectionPool } from '../../../../../src/adapters/dsql/index.ts';
import { outboxContract } from '../../../../../src/testing/contracts/outbox/outbox-contract.ts';
import { refusesWrong } from '../../../../contracts/suite.ts';
import { wrongOutboxes } from '../../../../contracts/wrong/outbox.ts';
import { migrateCounters } from '../../../../support/counter-database.ts';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { poolOf } from '../../../../support/dsql-adapter.ts';
import { dsqlOutboxSubject } from '../../../../support/dsql-outbox.ts';

let dsql: TestDsql;
let superuser: pg.Client;
let pool: ConnectionPool;
/** Processes that run at once, in both Regions: a connection each, or they would only queue. */
let processes: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  pool = poolOf(dsql, { size: 4 });
  processes = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((one) => one.warmUp()));
  await migrateCounters(pool);
});

afterAll(async () => {
  await Promise.all([pool, ...processes].map((one) => one.close()));
  await dsql.stop();
});

// `npm test` has the contract refuse the same outboxes in memory.
refusesWrong('an outbox on DSQL must not do', wrongOutboxes, outboxContract, () =>
  dsqlOutboxSubject(superuser, pool, processes),
);
