import { afterAll, beforeAll } from 'vitest';
import { commandRecordsContract } from '../../../../src/testing/contracts/idempotency/command-records.ts';
import { idempotencyStoreContract } from '../../../../src/testing/contracts/idempotency/idempotency-store.ts';
import { inboxContract } from '../../../../src/testing/contracts/inbox.ts';
import { refusesWrong } from '../../../contracts/suite.ts';
import { wrongCommandRecords } from '../../../contracts/wrong/command-records.ts';
import { wrongIdempotencyStores } from '../../../contracts/wrong/idempotency-store.ts';
import { wrongInboxes } from '../../../contracts/wrong/inbox.ts';
import { type DsqlRecords, startDsqlRecords } from '../../../support/dsql-records.ts';

let dsql: DsqlRecords;

beforeAll(async () => {
  dsql = await startDsqlRecords();
});

afterAll(() => dsql.stop());

const storeSubject = () => dsql.storeSubject();
const recordsSubject = () => dsql.recordsSubject();

// `npm test` has the contracts refuse the same implementations in memory.
refusesWrong(
  'holds leases wrongly, on DSQL',
  wrongIdempotencyStores,
  idempotencyStoreContract,
  storeSubject,
);

refusesWrong(
  'keeps records wrongly, on DSQL',
  wrongCommandRecords,
  commandRecordsContract,
  recordsSubject,
);

refusesWrong('forgets events wrongly, on DSQL', wrongInboxes, inboxContract, recordsSubject);
