import type { MemoryRepository } from '../../../src/adapters/memory/index.ts';
import {
  accept,
  type ConsumerContext,
  type DomainEvent,
  type EventEnvelope,
  type Json,
  type Outcome,
} from '../../../src/domain/kernel/index.ts';
import type { SimulatedParts, Wire } from '../../../src/testing/simulation/index.ts';
import type { BankEvent, Movement, ReviewEvent } from './events.ts';

type Consume = Wire<(event: never, run: ConsumerContext) => Promise<Outcome<Json>>>;
type MovementEnvelope = EventEnvelope<'Debited' | 'Credited', Movement>;

const signed = ({ type, data }: MovementEnvelope): number =>
  type === 'Debited' ? -data.amount : data.amount;

/** A line of an account's statement. */
export type Line = { readonly version: number; readonly amount: number; readonly transfer: string };

/** The statement of an account: its lines in the order in which the consumer has handled them. */
export type Statement = { readonly account: string; readonly lines: readonly Line[] };

const statementsRepository: MemoryRepository<string, Statement | undefined> = {
  empty: undefined,
  load: (transaction, account) => transaction.get<Statement>('statements', account),
  save: (transaction, statement) => {
    if (statement) transaction.put('statements', statement.account, statement);
    return undefined;
  },
};

/** An ordered consumer: it appends to a list, so a wrong order stays. */
export const statements: Consume = ({ runner }: SimulatedParts) => {
  const work = runner<string, Statement | undefined, never>(statementsRepository);
  return (event: MovementEnvelope, run) =>
    work.run({
      ...run,
      load: event.subject,
      decide: (known) => {
        const { transfer } = event.data;
        const line = { version: event.aggregateversion, amount: signed(event), transfer };
        const lines = [...(known?.lines ?? []), line];
        return accept({ state: { account: event.subject, lines }, events: [], result: null });
      },
    });
};

/** The sum of one part of all movements. */
export type Total = { readonly shard: string; readonly amount: number; readonly count: number };

const totalsRepository: MemoryRepository<string, Total> = {
  empty: { shard: '', amount: 0, count: 0 },
  load: (transaction, shard) =>
    transaction.get<Total>('totals', shard) ?? { shard, amount: 0, count: 0 },
  save: (transaction, total) => transaction.put('totals', total.shard, total) as undefined,
};

/** A consumer behind a queue, whose rows are hot. */
export const totals: Consume = ({ runner }) => {
  const work = runner<string, Total, never>(totalsRepository);
  return (event: MovementEnvelope, run) =>
    work.run({
      ...run,
      load: event.id.charAt(0) < '8' ? 'low' : 'high',
      decide: ({ shard, amount, count }) =>
        accept({
          state: { shard, amount: amount + signed(event), count: count + 1 },
          events: [],
          result: null,
        }),
    });
};

/** An event that has come over from the other Region. */
export type Arrival = { readonly id: string; readonly amount: number };

const auditRepository: MemoryRepository<never, Arrival> = {
  empty: { id: '', amount: 0 },
  load: () => ({ id: '', amount: 0 }),
  save: (transaction, arrival) => transaction.put('arrivals', arrival.id, arrival) as undefined,
};

/** A consumer of the other Region's events, which reads nothing. */
export const audit: Consume = ({ runner }) => {
  const work = runner<never, Arrival, never>(auditRepository);
  return (event: MovementEnvelope, run) =>
    work.run({
      ...run,
      decide: () =>
        accept({ state: { id: event.id, amount: signed(event) }, events: [], result: null }),
    });
};

/** The state of a process manager: a transfer is settled, or is reviewed when its time is up. */
export type ReviewState = {
  readonly transfer: string;
  readonly status: 'open' | 'settled' | 'reviewed';
  /** Whether something had settled it when the status was decided. */
  readonly isSettled: boolean;
};

const reviewsRepository: MemoryRepository<string, ReviewState | undefined> = {
  empty: undefined,
  load: (transaction, transfer) => transaction.get<ReviewState>('reviews', transfer),
  save: (transaction, review) => {
    if (review) transaction.put('reviews', review.transfer, review);
    return undefined;
  },
};

/** How long a transfer may take before it is reviewed. Milliseconds. */
const reviewMs = 40_000;

const reviewEvent = (
  type: ReviewEvent['type'],
  transfer: string,
  version: number,
): Omit<ReviewEvent, 'notBefore'> => ({
  type,
  schemaVersion: 1,
  subject: `review ${transfer}`,
  aggregateVersion: version,
  data: { transfer },
});

/** The step of the process manager for an event. */
export const reviewStep = (
  known: ReviewState | undefined,
  event: BankEvent,
  now: number,
): { readonly state: ReviewState | undefined; readonly events: readonly DomainEvent[] } => {
  const { transfer } = event.data;
  const none = { state: known, events: [] };
  if (event.type === 'ReviewDue') {
    if (known?.status !== 'open') return none;
    const events = [reviewEvent('TransferReviewed', transfer, 2)];
    return { state: { ...known, status: 'reviewed' }, events };
  }
  if (event.type === 'ReviewAsked') {
    if (known) return none;
    const due = { ...reviewEvent('ReviewDue', transfer, 1), notBefore: now + reviewMs };
    return { state: { transfer, status: 'open', isSettled: false }, events: [due] };
  }
  if (event.type !== 'ReviewSettled' || known?.status === 'reviewed') return none;
  return { state: { transfer, status: 'settled', isSettled: true }, events: [] };
};

/** A process manager, which publishes and has a timeout. */
export const reviews: Consume = ({ runner }) => {
  const work = runner<string, ReviewState | undefined, DomainEvent>(reviewsRepository);
  return (event: BankEvent, run) =>
    work.run({
      ...run,
      load: event.data.transfer,
      decide: (known) => accept({ ...reviewStep(known, event, run.now), result: null }),
    });
};
