import type { Clock, EventEnvelope, Once, OrderedEvents } from '../../domain/kernel/index.ts';
import {
  addedEvents,
  EventTooEarly,
  type OrderedConsumersOf,
  type OrderedOnce,
} from '../../domain/kernel/work/ordered-events.ts';
import type { MemoryDatabase, MemoryTransaction } from './database.ts';
import { type MemoryRecord, orderedTable } from './records.ts';

type OrderedRow = MemoryRecord & {
  readonly consumer: string;
  readonly event: EventEnvelope;
  readonly place: number;
};

const keyOf = (consumer: string, eventId: string): string => JSON.stringify([eventId, consumer]);

const keyOfOnce = ({ consumer, eventId }: OrderedOnce): string => keyOf(consumer, eventId);

const compare = (one: OrderedRow, other: OrderedRow): number =>
  one.event.aggregateversion - other.event.aggregateversion || one.place - other.place;

/** The events of a subject that wait for one consumer, in their order. */
const waitingFor = (
  transaction: MemoryTransaction,
  { consumer, order }: OrderedOnce,
): readonly OrderedRow[] =>
  transaction
    .all<OrderedRow>(orderedTable)
    .filter((row) => row.consumer === consumer && row.event.subject === order.subject)
    .toSorted(compare);

/**
 * Lets an event with an order wait no longer.
 *
 * @throws {EventTooEarly} when earlier events of the subject wait
 */
export const takeInOrder = (transaction: MemoryTransaction, once: Once): void => {
  if (once.kind !== 'event' || once.order === undefined) return;
  const { order } = once;
  const ordered: OrderedOnce = { ...once, order };
  const key = keyOfOnce(ordered);
  const own = transaction.get<OrderedRow>(orderedTable, key);
  const [first] = waitingFor(transaction, ordered);
  const isEarly =
    first && (own ? compare(first, own) < 0 : first.event.aggregateversion < order.version);
  if (isEarly) throw new EventTooEarly(ordered);
  if (own) transaction.remove(orderedTable, key);
};

/**
 * The events that wait for ordered consumers, in memory; `insert` is for the unit of work, in whose
 * transaction they are added.
 */
export const createMemoryOrderedEvents = (
  database: MemoryDatabase,
  /** How long an event may wait, for a cleanup to give it up; for ever when it is absent. */
  retention?: { readonly clock: Clock; readonly retentionMs: number },
): OrderedEvents & {
  /** Adds a waiting event for each ordered consumer of it. */
  readonly insert: (
    transaction: MemoryTransaction,
    consumersOf: OrderedConsumersOf,
    events: readonly EventEnvelope[],
  ) => void;
} => ({
  insert: (transaction, consumersOf, events) => {
    const expiresAt = retention
      ? retention.clock.now() + retention.retentionMs
      : Number.POSITIVE_INFINITY;
    for (const { consumer, event, place } of addedEvents(consumersOf, events)) {
      const key = keyOf(consumer, event.id);
      const row: OrderedRow = { key, consumer, event, place, expiresAt };
      transaction.put(orderedTable, key, row);
    }
  },
  before: async (once, eventsMax) => {
    const waiting = await database.transact((transaction) => waitingFor(transaction, once));
    const rows = waiting.filter(({ event }) => event.aggregateversion <= once.order.version);
    const own = rows.findIndex(({ event }) => event.id === once.eventId);
    return rows
      .slice(0, own === -1 ? rows.length : own)
      .slice(0, eventsMax)
      .map(({ event }) => ({
        once: {
          kind: 'event',
          consumer: once.consumer,
          eventId: event.id,
          order: { subject: event.subject, version: event.aggregateversion },
        },
        wire: JSON.parse(JSON.stringify(event)) as unknown,
      }));
  },
  remove: (once) =>
    database.transact((transaction) => {
      const key = keyOfOnce(once);
      if (transaction.get(orderedTable, key)) transaction.remove(orderedTable, key);
    }),
});
