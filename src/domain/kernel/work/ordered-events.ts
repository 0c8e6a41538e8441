import type { EventEnvelope } from '../events/event.ts';
import { causesOf, Unavailable } from '../fault.ts';
import type { Clock } from '../runtime-ports.ts';
import type { EventOrder, Once } from './unit-of-work.ts';

/** An event that an ordered consumer handles. */
export type OrderedOnce = Extract<Once, { readonly kind: 'event' }> & {
  readonly order: EventOrder;
};

/**
 * Earlier events of the subject wait for the consumer. Nothing has been committed.
 *
 * No retry helps before they are handled: `handleInOrder` does that.
 */
export class EventTooEarly extends Error {
  constructor({ consumer, eventId, order }: OrderedOnce) {
    super(
      `Event ${eventId}, version ${order.version}: consumer ${consumer} must handle earlier events of the subject first`,
    );
    this.name = 'EventTooEarly';
  }
}

/** Whether a failure is an {@link EventTooEarly}, which a use case may have wrapped. */
const isTooEarly = (error: unknown): boolean => {
  for (const cause of causesOf(error)) if (cause instanceof EventTooEarly) return true;
  return false;
};

/** An event that waits for an ordered consumer. */
export type WaitingEvent = {
  readonly once: OrderedOnce;
  /** The envelope as it was committed, which nobody has checked since. */
  readonly wire: unknown;
};

/**
 * The events that wait for ordered consumers. A unit of work adds an event in the transaction that
 * commits it, for each ordered consumer that listens to it, and removes it in the transaction in
 * which the consumer handles it.
 *
 * So an earlier event is known to be handled or is found here, whatever has become of it on the
 * bus.
 */
export interface OrderedEvents {
  /**
   * The events that wait before this one, in their order: by version, and within a version as their
   * decision has emitted them. Before an event that does not wait itself, all up to its version
   * wait.
   *
   * @param eventsMax it returns the first ones, at most so many
   * @param deadline milliseconds since the epoch
   */
  readonly before: (
    once: OrderedOnce,
    eventsMax: number,
    deadline: number,
  ) => Promise<readonly WaitingEvent[]>;
  /** Lets an event wait no longer; without effect for one that does not wait. */
  readonly remove: (once: OrderedOnce, deadline: number) => Promise<void>;
}

/** The part of a consumer's declaration that says whether it is ordered. */
type Listening = { readonly on: readonly string[]; readonly ordered?: boolean | undefined };

/** The ordered consumers that listen to a type of event. */
export type OrderedConsumersOf = (type: string) => readonly string[];

/** Finds the ordered consumers of a service; `undefined` where it has none. */
export const orderedConsumers = (consumers: {
  readonly [name: string]: Listening;
}): OrderedConsumersOf | undefined => {
  const ordered = Object.entries(consumers).filter(([, consumer]) => consumer.ordered);
  if (ordered.length === 0) return undefined;
  return (type) => ordered.filter(([, { on }]) => on.includes(type)).map(([name]) => name);
};

/** An event that is to wait for a consumer, and its place in its decision. */
export type AddedEvent = {
  readonly consumer: string;
  readonly event: EventEnvelope;
  readonly place: number;
};

/**
 * The events of a decision that are to wait for ordered consumers. Scheduled ones are not among
 * them: a timeout comes when it is due, and nothing waits for it.
 */
export const addedEvents = (
  consumersOf: OrderedConsumersOf,
  events: readonly EventEnvelope[],
): readonly AddedEvent[] =>
  events.flatMap((event, place) =>
    consumersOf(event.type).map((consumer) => ({ consumer, event, place })),
  );

/**
 * Waiting events that are read at once. Each has at most 64 KiB, so a function holds 1 MiB of them
 * at most, however many wait.
 */
export const waitingEventsMax = 16;

/**
 * Handles an event of an ordered consumer. If earlier events of its subject wait, it handles those
 * first, in their order, each in a transaction of its own.
 *
 * Two deliveries of one subject may do so at once: the inbox lets each event take effect once, and
 * an event cannot commit before those before it.
 *
 * @param deadline milliseconds since the epoch
 * @param steps.handle handles the event itself. It fails with `EventTooEarly` as its unit of work
 * does
 * @param steps.handleEarlier handles an earlier event in the same way
 * @throws {Unavailable} when the deadline comes before the event's turn. The earlier events that
 * were handled stay handled, so the next attempt has less to do
 * @throws whatever `handle` and `handleEarlier` throw: a subject stops at an event that fails
 */
export const handleInOrder = async <Result>(
  once: OrderedOnce,
  deadline: number,
  steps: {
    readonly waiting: OrderedEvents;
    readonly clock: Clock;
    readonly handle: () => Promise<Result>;
    readonly handleEarlier: (earlier: WaitingEvent) => Promise<unknown>;
  },
): Promise<Result> => {
  const { waiting, clock, handle, handleEarlier } = steps;
  /** Whether the event's turn had come. */
  const onTurn = async <Handled>(work: () => Promise<Handled>) => {
    if (clock.now() >= deadline) {
      throw new Unavailable(`No time is left: events before ${once.eventId} took it`);
    }
    try {
      return { handled: await work() };
    } catch (error) {
      if (isTooEarly(error)) return undefined;
      throw error;
    }
  };

  for (;;) {
    const own = await onTurn(handle);
    if (own) return own.handled;
    for (const earlier of await waiting.before(once, waitingEventsMax, deadline)) {
      const done = await onTurn(() => handleEarlier(earlier));
      // An event of another sequence of versions has come in between: it is read first.
      if (!done) break;
      // It still waits where the consumer has no transaction for it, or has handled it before it
      // was ordered.
      await waiting.remove(earlier.once, deadline);
    }
  }
};
