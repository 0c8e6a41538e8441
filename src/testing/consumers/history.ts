import type {
  AnyService,
  Decision,
  DomainEvent,
  EventCatalogue,
  EventEnvelope,
} from '../../domain/kernel/index.ts';
import { decideWork } from '../../domain/kernel/work/decide-work.ts';
import { type AnyGivenEvent, givenEnvelope } from './given-event.ts';

/** The consumer under test, without the types of its events. */
export type TestedConsumer<State, Result> = {
  readonly service: AnyService;
  readonly consumer: string;
  readonly decide: (
    state: State,
    event: EventEnvelope,
    now: number,
  ) => Decision<State, Result, DomainEvent>;
  readonly loaded: (before: State, saved: State) => State;
};

/** An event that the consumer has emitted and will get itself. */
type Pending = { readonly event: EventEnvelope; readonly dueAt: number };

/** All that a consumer has heard, and its state after that. */
export type History<State> = {
  readonly state: State;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The ids of the events in the inbox. */
  readonly known: readonly string[];
  /** The types of the events, in the order in which they came. */
  readonly heard: readonly string[];
  readonly emitted: readonly EventEnvelope[];
  /** The events to itself that have not come yet, in the order of their times. */
  readonly pending: readonly Pending[];
};

/** The start of 2026: `notBefore` of an event must be a time after 2001. */
const startsAt = Date.parse('2026-01-01T00:00:00Z');

export const beginning = <State>(state: State): History<State> => ({
  state,
  now: startsAt,
  known: [],
  heard: [],
  emitted: [],
  pending: [],
});

/** The history after one more event, and the decision about it. */
export type Heard<State, Result> = {
  /** The event as it came. */
  readonly event: EventEnvelope;
  readonly decision: Decision<State, Result, DomainEvent>;
  readonly before: History<State>;
  readonly after: History<State>;
};

const region = 'us-east-1';

const shownOrder = (types: readonly string[]): string => types.join(', ') || 'nothing';

/** The order of a history, as a message shows it. */
export const orderOf = (heard: readonly string[], last?: string): string =>
  shownOrder(last === undefined ? heard : [...heard, last]);

/** Whether the consumer gets an event that it emits, in the Region where it runs. */
const getsItself = (
  { service, consumer }: Pick<TestedConsumer<never, unknown>, 'service' | 'consumer'>,
  type: string,
): boolean =>
  service.consumers[consumer]?.of === undefined &&
  service.consumers[consumer]?.on.includes(type) === true;

/**
 * Lets a consumer hear one event, as its handler does: the event is upcast and checked, and so is
 * the decision, as before COMMIT.
 *
 * @returns `undefined` when the inbox knows the event
 * @throws {InvalidInput} when readers refuse the event
 * @throws {InvariantViolation} when the decision could not be committed
 */
export const hear = <State, Result>(
  tested: TestedConsumer<State, Result>,
  before: History<State>,
  envelope: EventEnvelope,
  at: number,
): Heard<State, Result> | undefined => {
  if (before.known.includes(envelope.id)) return undefined;
  const { service, decide, loaded } = tested;
  const now = Math.max(before.now, at);
  const event = service.catalogue.parse(envelope);
  const decision = decide(before.state, event, now);
  const envelop = service.catalogue.envelop as EventCatalogue<
    EventEnvelope,
    DomainEvent
  >['envelop'];
  let number = before.known.length + before.emitted.length;
  const decided = decideWork<unknown, State, Result>(
    {
      decide: () => decision,
      envelop: (emitted) => {
        number += 1;
        const origin = { region, time: new Date(now).toISOString() };
        const causation = { correlationid: event.correlationid, causationid: event.id };
        return envelop(emitted, `emitted-${number}`, origin, causation);
      },
    },
    before.state,
  );
  const known = [...before.known, event.id];
  const heard = [...before.heard, event.type];
  if (!decided.accepted)
    return { event: envelope, decision, before, after: { ...before, now, known, heard } };
  const { events, scheduled, state } = decided;
  const toItself = [
    ...events.map((one) => ({ event: one, dueAt: now })),
    ...scheduled.map(({ event: one, notBefore }) => ({ event: one, dueAt: notBefore })),
  ].filter((one) => getsItself(tested, one.event.type));
  const after: History<State> = {
    state: loaded(before.state, state),
    now,
    known,
    heard,
    emitted: [...before.emitted, ...events, ...scheduled.map((one) => one.event)],
    pending: [...before.pending, ...toItself].toSorted((a, b) => a.dueAt - b.dueAt),
  };
  return { event: envelope, decision, before, after };
};

/** Lets a consumer hear an event that the test gives. */
export const hearGiven = <State, Result>(
  tested: TestedConsumer<State, Result>,
  before: History<State>,
  given: AnyGivenEvent,
): Heard<State, Result> | undefined => {
  const number = before.known.length + 1;
  const now = Math.max(before.now, given.at ?? before.now);
  const defaults = { id: `given-${number}`, region, aggregateVersion: number, now };
  return hear(tested, before, givenEnvelope(tested.service, given, defaults), now);
};

/**
 * Lets a consumer hear the first of the events that it has emitted for itself, at its time.
 *
 * @throws {Error} when there is none
 */
export const hearDue = <State, Result>(
  tested: TestedConsumer<State, Result>,
  before: History<State>,
  which: Pending | undefined = before.pending[0],
): Heard<State, Result> | undefined => {
  if (!which) {
    const heard = orderOf(before.heard);
    throw new Error(`Consumer ${tested.consumer} has no timeout to hear, after ${heard}`);
  }
  const pending = before.pending.filter((one) => one !== which);
  return hear(tested, { ...before, pending }, which.event, which.dueAt);
};

/**
 * The history after one more event that must be accepted.
 *
 * @throws {Error} when the consumer refuses it
 */
export const accepted = <State, Result>(
  tested: TestedConsumer<State, Result>,
  before: History<State>,
  heard: Heard<State, Result> | undefined,
): History<State> => {
  if (!heard) return before;
  const { decision, after } = heard;
  if (decision.accepted) return after;
  const order = orderOf(after.heard);
  throw new Error(
    `Consumer ${tested.consumer} has refused the last of ${order}: ${decision.code}: ${decision.message}`,
  );
};
