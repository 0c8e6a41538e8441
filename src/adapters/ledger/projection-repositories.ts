import { type Kysely, sql } from 'kysely';
import { type AuditState, formatAmount, type TotalsState } from '../../domain/ledger/index.ts';
import { type DsqlRepository, template } from '../dsql/index.ts';
import type { ArrivalRow, LedgerTables } from './tables.ts';

type TotalKey = { shard: number; region: string; kind: string; currency: string; amount: string };

/** The totals on DSQL: additions to sharded rows, never a read. */
export const createTotalsRepository = (
  db: Kysely<LedgerTables>,
): DsqlRepository<never, TotalsState> => {
  const add = template<TotalKey>(({ shard, region, kind, currency, amount }) =>
    db
      .insertInto('ledger.totals')
      .values({ shard, region, kind, currency, amount, count: '1', as_of: sql<Date>`now()` })
      .onConflict((conflict) =>
        conflict.columns(['shard', 'region', 'kind', 'currency']).doUpdateSet({
          count: sql<string>`totals.count + excluded.count`,
          amount: sql<string>`totals.amount + excluded.amount`,
          as_of: sql<Date>`excluded.as_of`,
        }),
      ),
  );
  return {
    empty: { increments: [] },
    load: () => [],
    toState: () => ({ increments: [] }),
    save: ({ increments }) =>
      increments.map(({ shard, region, kind, amount }) =>
        add({ shard, region, kind, currency: amount.currency, amount: formatAmount(amount) }),
      ),
  };
};

/** The record of what arrived from the other Region, on DSQL. */
export const createAuditRepository = (
  db: Kysely<LedgerTables>,
): DsqlRepository<never, AuditState> => {
  const insertArrival = template<ArrivalRow>((row) =>
    db.insertInto('ledger.arrivals').values({
      event_id: row.event_id,
      event_type: row.event_type,
      origin_region: row.origin_region,
      arrival_region: row.arrival_region,
      occurred_at: row.occurred_at,
      arrived_at: row.arrived_at,
    }),
  );
  return {
    empty: { arrivals: [] },
    load: () => [],
    toState: () => ({ arrivals: [] }),
    save: ({ arrivals }) =>
      arrivals.map((arrival) =>
        insertArrival({
          event_id: arrival.eventId,
          event_type: arrival.eventType,
          origin_region: arrival.originRegion,
          arrival_region: arrival.arrivalRegion,
          occurred_at: new Date(arrival.occurredAt),
          arrived_at: new Date(arrival.arrivedAt),
        }),
      ),
  };
};
