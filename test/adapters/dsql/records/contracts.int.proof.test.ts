import { afterAll, beforeAll } from 'vitest';
import type { ConnectionPool } from '../../../../src/adapters/dsql/index.ts';
import { unitOfWorkContract } from '../../../../src/testing/contracts/unit-of-work/unit-of-work.ts';
import { expiredRecordsContract } from '../../../contracts/expired-records.ts';
import { refusesWrong } from '../../../contracts/suite.ts';
import { wrongExpiredRecords } from '../../../contracts/wrong/expired-records.ts';
import { wrongUnitsOfWork } from '../../../contracts/wrong/unit-of-work.ts';
import { testCounters } from '../../../support/counter-database.ts';
import { dsqlCounterSubject } from '../../../support/counter-subject.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';
import { dsqlExpiredRecordsSubject } from '../../../support/dsql-expired-records.ts';

let dsql: TestDsql;
let primary: ConnectionPool;
let secondary: ConnectionPool;
/** Processes that run at once, in both Regions: a connection each, or they would only queue. */
let processes: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testCounters();
  primary = poolOf(dsql, { size: 4 });
  secondary = poolOf(dsql, { size: 4, at: dsql.peer });
  processes = Array.from({ length: 4 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((pool) => pool.warmUp()));
});

afterAll(async () => {
  await Promise.all([primary, secondary, ...processes].map((pool) => pool.close()));
  await dsql.stop();
});

// `npm test` has the contracts refuse the same implementations in memory.
refusesWrong('unit of work on DSQL', wrongUnitsOfWork, unitOfWorkContract, async () =>
  dsqlCounterSubject(primary, secondary),
);

refusesWrong('records on DSQL must not do', wrongExpiredRecords, expiredRecordsContract, () =>
  dsqlExpiredRecordsSubject(primary, processes),
);
