import { randomUUID } from 'node:crypto';
import {
  accept,
  type Decision,
  type DomainEvent,
  handleInOrder,
  type OrderedEvents,
  type OrderedOnce,
  refuse,
  type UnitOfWork,
} from '../../../domain/kernel/index.ts';
import {
  type CounterQuery,
  type CounterState,
  type CounterWork,
  counterName,
  counterWork,
  envelopeOf,
} from '../counter.ts';
import { expectLike } from '../expectations.ts';

/** A Region's unit of work on counters, and its view of the events that wait. */
export type OrderedSide = {
  /** It lets each event wait for the consumers that `orderedConsumersOf` names. */
  readonly unitOfWork: UnitOfWork<CounterQuery, CounterState>;
  readonly orderedEvents: OrderedEvents;
};

/** The events that wait for ordered consumers in one database, which are tried. */
export type OrderedEventsSubject = OrderedSide & {
  /** The same database, as the other Region sees it. */
  readonly other: OrderedSide;
  /** The value of a counter, read by itself; `undefined` when there is none. */
  readonly value: (name: string) => Promise<number | undefined>;
  /** Lets time pass by the clock of the records, in milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
  /** Deletes what has outlived its retention, which is `inboxRetentionMs` for the inbox. */
  readonly purge: () => Promise<void>;
};

/** The ordered consumers of a subject: `sum` listens to `Added`, `audit` also to `Noted`. */
export const orderedConsumersOf = (type: string): readonly string[] =>
  ({ Added: ['sum', 'audit'], Noted: ['audit'] })[type] ?? [];

/** An event that has been committed. */
export type Committed = { readonly id: string; readonly type: string; readonly version: number };

type Emitted = {
  readonly type?: 'Added' | 'Noted' | 'Ignored';
  readonly version: number;
  readonly subject?: string;
  readonly notBefore?: number;
};

/** A subject, with an aggregate that no other case has. */
export const orderedTrialOf = (subject: OrderedEventsSubject) => {
  const aggregate = counterName();
  const seen = counterName();

  const emitted = ({ type = 'Added', version, subject: of = aggregate, ...rest }: Emitted) => ({
    type,
    schemaVersion: 1,
    subject: of,
    aggregateVersion: version,
    data: { name: of, value: version },
    ...rest,
  });

  /** Commits these events in one decision. */
  const commit = async (...events: readonly Emitted[]): Promise<readonly Committed[]> => {
    const committed: Committed[] = [];
    const decide = () =>
      accept<CounterState, { value: number }, DomainEvent>({
        state: { counters: {} },
        events: events.map(emitted),
        result: { value: 0 },
      });
    const outcome = await subject.unitOfWork.execute({
      ...counterWork(decide as CounterWork['decide']),
      envelop: (event) => {
        const envelope = envelopeOf(event);
        committed.push({ id: envelope.id, type: event.type, version: event.aggregateVersion });
        return envelope;
      },
    });
    expectLike(outcome, { status: 'committed' });
    return committed;
  };

  const onceOf = (
    { id, version }: Committed,
    { consumer = 'sum', of = aggregate }: { consumer?: string; of?: string } = {},
  ): OrderedOnce => ({
    kind: 'event',
    consumer,
    eventId: id,
    order: { subject: of, version },
  });

  /** Sets a counter without reading it. */
  const handleBlindly = (once: OrderedOnce, side: OrderedSide = subject) => {
    const { version: value } = once.order;
    const state = { counters: { [seen]: value } };
    const decide = () =>
      accept<CounterState, { value: number }, never>({ state, events: [], result: { value } });
    return side.unitOfWork.execute({ ...counterWork(decide), once });
  };

  /** Sets a counter from a version to the next one, and refuses every other version. */
  const handleNext = (once: OrderedOnce, side: OrderedSide = subject) => {
    const { version: value } = once.order;
    const decide = ({ counters }: CounterState): Decision<CounterState, { value: number }> =>
      (counters[seen] ?? 0) === value - 1
        ? accept({ state: { counters: { [seen]: value } }, events: [], result: { value } })
        : refuse('OutOfOrder', `Version ${value} after ${counters[seen] ?? 0}`);
    return side.unitOfWork.execute({ ...counterWork(decide, { load: { names: [seen] } }), once });
  };

  return {
    subject,
    aggregate,
    seen,
    commit,
    onceOf,
    handle: (once: OrderedOnce, reads: boolean, side?: OrderedSide) =>
      reads ? handleNext(once, side) : handleBlindly(once, side),
    /** Handles an event as the handler of an ordered consumer does. */
    deliver: (once: OrderedOnce, side: OrderedSide = subject) =>
      handleInOrder(once, Date.now() + 10_000, {
        waiting: side.orderedEvents,
        clock: { now: Date.now, sleep: async () => undefined },
        handle: () => handleNext(once, side),
        handleEarlier: (earlier) => handleNext(earlier.once, side),
      }),
    before: (once: OrderedOnce, eventsMax = 10, side: OrderedSide = subject) =>
      side.orderedEvents.before(once, eventsMax, Date.now() + 10_000),
    remove: (once: OrderedOnce) => subject.orderedEvents.remove(once, Date.now() + 10_000),
    /** An id of an event that nobody has committed. */
    unknown: (version: number): Committed => ({ id: randomUUID(), type: 'Added', version }),
  };
};

/** A subject with an aggregate of its own, as one case tries it. */
export type OrderedTrial = ReturnType<typeof orderedTrialOf>;
