import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { type ConnectionPool, grantDatabaseRole } from '../../../../../src/adapters/dsql/index.ts';
import { outboxContract } from '../../../../../src/testing/contracts/outbox/outbox-contract.ts';
import { describeSuite, refusesWrong } from '../../../../contracts/suite.ts';
import { wrongOutboxes } from '../../../../contracts/wrong/outbox.ts';
import { counterSchema as schema } from '../../../../support/counter.ts';
import { testCounters } from '../../../../support/counter-database.ts';
import type { TestDsql } from '../../../../support/dsql.ts';
import { newRetrier, poolOf } from '../../../../support/dsql-adapter.ts';
import { dsqlOutboxSubject } from '../../../../support/dsql-outbox.ts';

let dsql: TestDsql;
let superuser: pg.Client;
let pool: ConnectionPool;
/** Processes that run at once, in both Regions: a connection each, or they would only queue. */
let processes: readonly ConnectionPool[];
/** Sends one statement at a time. */
let serial: ConnectionPool;
/** The role of a service, and its processes. */
const role = 'counting_app';
let ofRole: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testCounters();
  superuser = await dsql.superuserConnection();
  pool = poolOf(dsql, { size: 4 });
  processes = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((one) => one.warmUp()));
  serial = poolOf(dsql, { serial: true });
  const grant = { role, schema, iamRoleArns: [dsql.principalArn] };
  await grantDatabaseRole(pool, newRetrier(), grant, Date.now() + 20_000);
  ofRole = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, { user: role, ...(index % 2 === 0 ? {} : { at: dsql.peer }) }),
  );
});

afterAll(async () => {
  await Promise.all([pool, serial, ...ofRole, ...processes].map((one) => one.close()));
  await dsql.stop();
});

// `npm test` runs a few cases of these two.
describeSuite(
  'outbox: DSQL, statement by statement',
  outboxContract(() => dsqlOutboxSubject(superuser, serial, processes)),
);

describeSuite(
  "outbox: DSQL, under a service's role",
  outboxContract(() => dsqlOutboxSubject(superuser, ofRole[0] ?? pool, ofRole)),
);

// `npm test` has the contract refuse the same outboxes in memory.
refusesWrong('an outbox on DSQL must not do', wrongOutboxes, outboxContract, () =>
  dsqlOutboxSubject(superuser, pool, processes),
);
