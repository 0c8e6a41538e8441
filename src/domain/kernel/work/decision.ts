import type { DomainEvent } from '../events/event.ts';

/**
 * The effects of an accepted command. The repository saves `state`, so it holds the changed parts
 * alone. The outbox publishes `events`. The caller gets `result`, and so does every replay.
 */
export type Accepted<State, Result, Event extends DomainEvent = DomainEvent> = {
  /** Tells it from a refusal. */
  readonly accepted: true;
  /** The parts of the state that are saved. */
  readonly state: State;
  /** Published after COMMIT, each to every consumer that names its type. */
  readonly events: readonly Event[];
  /** JSON of at most `responseBytesMax` bytes; it is recorded for replays. */
  readonly result: Result;
};

/**
 * The business says no. Nothing is saved, and the same command may be accepted later.
 *
 * @typeParam Code the union of the codes that it may have
 */
export type Refused<Code extends string = string> = {
  /** Tells it from an acceptance. */
  readonly accepted: false;
  /** A stable name for programs, such as `InsufficientFunds`. */
  readonly code: Code;
  /**
   * One line for people, which says why the command was refused and which one would be accepted.
   */
  readonly message: string;
};

/**
 * The outcome of a pure `decide(state, command, now)`.
 *
 * @typeParam Event the events that it may emit: none unless they are named
 * @typeParam Code the codes of its refusals. An API answers by a table of them, so it needs them
 * named; a consumer does not
 * @example
 * const decide = (show: Show): Decision<Show, { left: number }, SeatsReserved, 'SoldOut'> => …
 */
export type Decision<
  State,
  Result,
  Event extends DomainEvent = never,
  Code extends string = string,
> = Accepted<State, Result, Event> | Refused<Code>;

/**
 * @example
 * return accept({ state: { accounts: [changed] }, events: [event], result: { balance: '10.00' } });
 */
export const accept = <State, Result, Event extends DomainEvent = DomainEvent>(
  outcome: Omit<Accepted<State, Result, Event>, 'accepted'>,
): Accepted<State, Result, Event> => ({ accepted: true, ...outcome });

/**
 * @example
 * return refuse('InsufficientFunds', 'Account a-1 holds 5.00 USD, 10.00 USD are needed');
 */
export const refuse = <Code extends string>(code: Code, message: string): Refused<Code> => ({
  accepted: false,
  code,
  message,
});

/**
 * The same decision with its result in another form, such as the one that callers read: a use case
 * gives it, so that the decision knows nothing of wire formats.
 *
 * @example
 * decide: (state) => withResult(decideReserve(state, command), viewReservation),
 */
export const withResult = <State, Result, View, Event extends DomainEvent, Code extends string>(
  decision: Decision<State, Result, Event, Code>,
  view: (result: Result) => View,
): Decision<State, View, Event, Code> =>
  decision.accepted ? { ...decision, result: view(decision.result) } : decision;
