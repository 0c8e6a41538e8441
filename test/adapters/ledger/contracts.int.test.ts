import { Kysely } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import { type ConnectionPool, DsqlDialect } from '../../../src/adapters/dsql/index.ts';
import {
  createAuditRepository,
  createLedgerQueries,
  createLedgerRepository,
  createTotalsRepository,
  type LedgerTables,
  ledgerMigrations,
  ledgerSchema as schema,
} from '../../../src/adapters/ledger/index.ts';
import { ledgerRepositoryContract } from '../../contracts/ledger/repository.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, newRetrier, poolOf, unitOfWorkOn } from '../../support/dsql-adapter.ts';

let dsql: TestDsql;
let writer: ConnectionPool;
let reader: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  writer = poolOf(dsql);
  reader = poolOf(dsql, { at: dsql.peer });
  await migrate(writer, schema, ledgerMigrations);
});

afterAll(async () => {
  await Promise.all([writer.close(), reader.close()]);
  await dsql.stop();
});

ledgerRepositoryContract('DSQL, written in one Region and read in the other', async () => {
  const db = new Kysely<LedgerTables>({ dialect: new DsqlDialect({ connections: writer }) });
  return {
    ledger: unitOfWorkOn(writer, createLedgerRepository(db), schema).unitOfWork,
    totals: unitOfWorkOn(writer, createTotalsRepository(db), schema).unitOfWork,
    audit: unitOfWorkOn(writer, createAuditRepository(db), schema).unitOfWork,
    queries: createLedgerQueries({ connections: reader, db, retrier: newRetrier() }),
  };
});
