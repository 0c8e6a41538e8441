import {
  accept,
  type ConsumerContext,
  type EventEnvelope,
  InvalidInput,
  type Json,
  type Outcome,
  type WorkRunner,
} from '../kernel/index.ts';
import type { LedgerEvent } from './events.ts';
import type { Transaction } from './ledger.ts';
import { type Money, parseAmount } from './money.ts';

/** An event of the ledger as it arrives. */
export type LedgerEnvelope = {
  [Type in LedgerEvent['type']]: EventEnvelope<Type, Extract<LedgerEvent, { type: Type }>['data']>;
}[LedgerEvent['type']];

/** The numbers that one event adds to the totals of its Region. */
export type TotalsIncrement = {
  readonly region: string;
  readonly kind: Transaction['kind'];
  /** 0 … 15: spreads the additions over rows, so that no row is hot. */
  readonly shard: number;
  readonly amount: Money;
};

/** The kind of transaction that each event counts as. */
const kindOf: Readonly<Record<LedgerEvent['type'], Transaction['kind']>> = {
  TransactionRecorded: 'deposit',
  TransferCompleted: 'transfer',
};

/** The projection's change. Nothing is read: an addition needs no knowledge of the sum. */
export type TotalsState = { readonly increments: readonly TotalsIncrement[] };

/** 0 … 15, by the first digit of a random id; 0 for an id that a person made up. */
const totalsShard = (eventId: string): number => Number.parseInt(eventId.charAt(0), 16) || 0;

/**
 * The increment of an event.
 *
 * @throws {InvalidInput} when its amount is none: an event that is not added must not count as
 * handled
 */
export const incrementOf = (event: LedgerEnvelope): TotalsIncrement => {
  const { amount, currency } = event.data;
  const parsed = parseAmount(amount, currency);
  if (!parsed.ok) {
    const issues = [{ field: 'data.amount', message: parsed.message }];
    throw new InvalidInput(`Event ${event.id} has no amount that can be added`, { issues });
  }
  return {
    region: event.originregion,
    kind: kindOf[event.type],
    shard: totalsShard(event.id),
    amount: parsed.money,
  };
};

/** The consumer that keeps the totals. */
export const projectTotals =
  (totals: WorkRunner<never, TotalsState>) =>
  async (event: LedgerEnvelope, context: ConsumerContext): Promise<Outcome<Json>> => {
    const state = { increments: [incrementOf(event)] };
    return totals.run({
      ...context,
      decide: () => accept({ state, events: [], result: null }),
    });
  };
