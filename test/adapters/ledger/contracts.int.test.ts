import { Kysely } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import { type ConnectionPool, DsqlDialect } from '../../../src/adapters/dsql/index.ts';
import {
  createAuditRepository,
  createLedgerQueries,
  createLedgerRepository,
  createTotalsRepository,
  type LedgerTables,
  ledgerSchema as schema,
} from '../../../src/adapters/ledger/index.ts';
import { type LedgerSubject, ledgerRepositoryContract } from '../../contracts/ledger/repository.ts';
import { describeSuite, refusesWrong } from '../../contracts/suite.ts';
import { wrongLedgers } from '../../contracts/wrong/ledger/repository.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, newRetrier, poolOf, unitOfWorkOn } from '../../support/dsql-adapter.ts';
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

const createSubject = async (): Promise<LedgerSubject> => {
  const db = new Kysely<LedgerTables>({ dialect: new DsqlDialect({ connections: writer }) });
  const asRead = new Kysely<LedgerTables>({ dialect: new DsqlDialect({ connections: reader }) });
  return {
    ledger: unitOfWorkOn(writer, createLedgerRepository(db), schema).unitOfWork,
    totals: unitOfWorkOn(writer, createTotalsRepository(db), schema).unitOfWork,
    audit: unitOfWorkOn(writer, createAuditRepository(db), schema).unitOfWork,
    queries: createLedgerQueries({ connections: reader, db, retrier: newRetrier() }),
    arrivals: async (eventId) => {
      const rows = await asRead
        .selectFrom('ledger.arrivals')
        .selectAll()
        .where('event_id', '=', eventId)
        .execute();
      return rows.map((row) => ({
        eventId: row.event_id,
        eventType: row.event_type,
        originRegion: row.origin_region,
        arrivalRegion: row.arrival_region,
        occurredAt: row.occurred_at.getTime(),
        arrivedAt: row.arrived_at.getTime(),
      }));
    },
  };
};

describeSuite(
  'ledger repository: DSQL, written in one Region and read in the other',
  ledgerRepositoryContract(createSubject),
);
refusesWrong('ledger on DSQL', wrongLedgers, ledgerRepositoryContract, createSubject);
