import { afterAll, beforeAll } from 'vitest';
import type { ConnectionPool } from '../../../src/adapters/dsql/index.ts';
import { ledgerSchema as schema } from '../../../src/adapters/ledger/index.ts';
import { ledgerRepositoryContract } from '../../contracts/ledger/repository.ts';
import { describeSuite } from '../../contracts/suite.ts';
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

describeSuite(
  'ledger repository: DSQL, written in one Region and read in the other',
  ledgerRepositoryContract(async () => dsqlLedgerSubject(writer, reader)),
);
