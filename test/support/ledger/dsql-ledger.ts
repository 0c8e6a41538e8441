import { Kysely } from 'kysely';
import { type ConnectionPool, DsqlDialect } from '../../../src/adapters/dsql/index.ts';
import {
  createAuditRepository,
  createLedgerQueries,
  createLedgerRepository,
  createTotalsRepository,
  type LedgerTables,
  ledgerSchema as schema,
} from '../../../src/adapters/ledger/index.ts';
import type { LedgerSubject } from '../../contracts/ledger/repository.ts';
import { newRetrier, unitOfWorkOn } from '../dsql-adapter.ts';

/** The ledger on DSQL, written by one pool and read by another. */
export const dsqlLedgerSubject = (
  writer: ConnectionPool,
  reader: ConnectionPool,
): LedgerSubject => {
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
