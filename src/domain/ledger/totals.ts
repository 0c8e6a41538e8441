import {
  accept,
  type EventEnvelope,
  type Json,
  type Outcome,
  outboxShard,
  type RunContext,
  type WorkRunner,
} from '../kernel/index.ts';
import type { LedgerEvent } from './events.ts';
import type { Transaction } from './ledger.ts';
import { type Money, parseAmount } from './money.ts';

/** An event of the ledger as it arrives. */
export type LedgerEnvelope = {
  [Type in LedgerEvent['type']]: EventEnvelope<Type, Extract<LedgerEvent, { type: Type }>['data']>;
}[LedgerEvent['type']];

/** What one event adds to the totals of its Region. */
export type TotalsIncrement = {
  readonly region: string;
  readonly kind: Transaction['kind'];
  /** 0 … 15: spreads the additions over rows, so that no row is hot. */
  readonly shard: number;
  readonly amount: Money;
};

/** The projection's change, if any. Nothing is read: an addition needs no knowledge of the sum. */
export type TotalsState = { readonly increments: readonly TotalsIncrement[] };

/** Exact: the amount was written by `formatAmount`. */
const amountOf = ({ data }: LedgerEnvelope): Money | undefined => {
  const parsed = parseAmount(data.amount, data.currency);
  return parsed.ok ? parsed.money : undefined;
};

/** The increment of an event; none when its amount is not one, which its schema does not let through. */
export const incrementsOf = (event: LedgerEnvelope): readonly TotalsIncrement[] => {
  const amount = amountOf(event);
  if (!amount) return [];
  const kind = event.type === 'TransferCompleted' ? 'transfer' : 'deposit';
  return [{ region: event.originregion, kind, shard: outboxShard(event.id), amount }];
};

/** The consumer that keeps the totals. */
export const projectTotals =
  (totals: WorkRunner<never, TotalsState>) =>
  (event: LedgerEnvelope, context: RunContext): Promise<Outcome<Json>> =>
    totals.run({
      ...context,
      once: { kind: 'event', consumer: 'project-totals', eventId: event.id },
      decide: () =>
        accept({ state: { increments: incrementsOf(event) }, events: [], result: null }),
    });
