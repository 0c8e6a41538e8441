import { afterAll, beforeAll } from 'vitest';
import type { ConnectionPool } from '../../../../src/adapters/dsql/index.ts';
import { unitOfWorkContract } from '../../../../src/testing/contracts/unit-of-work/unit-of-work.ts';
import { expiredRecordsContract } from '../../../contracts/expired-records.ts';
import { describeSuite, refusesWrong } from '../../../contracts/suite.ts';
import { type TransactionsSubject, transactionsContract } from '../../../contracts/transactions.ts';
import { wrongTransactions } from '../../../contracts/wrong/transactions.ts';
import { testCounters } from '../../../support/counter-database.ts';
import { dsqlCounterSubject } from '../../../support/counter-subject.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { poolOf, transactionsOn } from '../../../support/dsql-adapter.ts';
import { dsqlExpiredRecordsSubject } from '../../../support/dsql-expired-records.ts';

let dsql: TestDsql;
let primary: ConnectionPool;
let secondary: ConnectionPool;
/** Sends one statement at a time. */
let serial: ConnectionPool;
/** The same, with a BEGIN that names no isolation level. */
let plain: ConnectionPool;
/** Processes that run at once, in both Regions: a connection each, or they would only queue. */
let processes: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testCounters();
  primary = poolOf(dsql, { size: 4 });
  secondary = poolOf(dsql, { size: 4, at: dsql.peer });
  serial = poolOf(dsql, { serial: true });
  plain = poolOf(dsql, { serial: true, plainBegin: true });
  processes = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((pool) => pool.warmUp()));
});

afterAll(async () => {
  await Promise.all([primary, secondary, serial, plain, ...processes].map((pool) => pool.close()));
  await dsql.stop();
});

describeSuite(
  'unit of work: DSQL, from both Regions',
  unitOfWorkContract(async () => dsqlCounterSubject(primary, secondary)),
);

describeSuite(
  'unit of work: DSQL, statement by statement with a plain BEGIN',
  unitOfWorkContract(async () => dsqlCounterSubject(plain, secondary)),
);

const transactionsSubject = async (): Promise<TransactionsSubject> => ({
  transactions: transactionsOn(primary),
  other: transactionsOn(secondary),
});

describeSuite('transactions: DSQL, from both Regions', transactionsContract(transactionsSubject));
refusesWrong('transactions on DSQL', wrongTransactions, transactionsContract, transactionsSubject);

describeSuite(
  'transactions: DSQL, statement by statement with a plain BEGIN',
  transactionsContract(async () => ({
    transactions: transactionsOn(plain),
    other: transactionsOn(secondary),
  })),
);

describeSuite(
  'expired records: DSQL',
  expiredRecordsContract(() => dsqlExpiredRecordsSubject(primary, processes)),
);
