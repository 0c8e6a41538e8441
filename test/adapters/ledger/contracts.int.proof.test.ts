import { afterAll, beforeAll } from 'vitest';
import type { ConnectionPool } from '../../../src/adapters/dsql/index.ts';
import { ledgerSchema as schema } from '../../../src/adapters/ledger/index.ts';
import { ledgerRepositoryContract } from '../../contracts/ledger/repository.ts';
import { refusesWrong } from '../../contracts/suite.ts';
import { wrongLedgers } from '../../contracts/wrong/ledger/repository.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, poolOf } from '../../support/dsql-adapter.ts';
import { dsqlLedgerSubject } from '../../support/ledger/dsql-ledger.ts';
import { deployedMigrations } from '../../support/ledger/migrations.ts';

let dsql: TestDsql;
let writer: ConnectionPool;
let reader: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  writer = poolOf(dsql);
  reader = poolOf(dsql, { at: dsql.peer });
  await migrate(writer, schema, deployedMigrations);
});

afterAll(async () => {
  await Promise.all([writer.close(), reader.close()]);
  await dsql.stop();
});

// `npm test` has the contract refuse the same ledgers in memory.
refusesWrong('ledger on DSQL', wrongLedgers, ledgerRepositoryContract, async () =>
  dsqlLedgerSubject(writer, reader),
);
