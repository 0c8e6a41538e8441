import { afterAll, beforeAll } from 'vitest';
import { commandRecordsContract } from '../../../../src/testing/contracts/idempotency/command-records.ts';
import { idempotencyStoreContract } from '../../../../src/testing/contracts/idempotency/idempotency-store.ts';
import { inboxContract } from '../../../../src/testing/contracts/inbox.ts';
import { keepsAnyResponse } from '../../../contracts/idempotency-responses.ts';
import { describeSuite } from '../../../contracts/suite.ts';
import { type DsqlRecords, startDsqlRecords } from '../../../support/dsql-records.ts';

let dsql: DsqlRecords;

beforeAll(async () => {
  dsql = await startDsqlRecords();
});

afterAll(() => dsql.stop());

const storeSubject = () => dsql.storeSubject();
const recordsSubject = () => dsql.recordsSubject();

describeSuite('idempotency store: DSQL', idempotencyStoreContract(storeSubject));

keepsAnyResponse('the store on DSQL', storeSubject);

describeSuite(
  'records of units of work: DSQL, from both Regions',
  commandRecordsContract(recordsSubject),
);

describeSuite('inbox: DSQL, from both Regions', inboxContract(recordsSubject));
