import type { DomainEvent } from '../events/event.ts';

/**
 * The effects of an accepted command. The repository saves `state`, so it holds the changed parts
 * alone. The outbox publishes `events`. The caller gets `result`, and so does every replay.
 */
export type Accepted<State, Result, Event extends DomainEvent = DomainEvent> = {
  readonly accepted: true;
  readonly state: State;
  readonly events: readonly Event[];
  readonly result: Result;
};

/** The business says no. Nothing is saved, and the same command may be accepted later. */
export type Refused = {
  readonly accepted: false;
  /** A stable name for programs, such as `InsufficientFunds`. */
  readonly code: string;
  /**
   * One line for people, which says why the command was refused and which one would be accepted.
   */
  readonly message: string;
};

/**
 * The outcome of a pure `decide(state, command, now)`.
 *
 * @typeParam Event the events that it may say: none unless they are named
 * @example
 * const decide = (show: Show): Decision<Show, { left: number }, SeatsReserved | SoldOut> => …
 */
export type Decision<State, Result, Event extends DomainEvent = never> =
  | Accepted<State, Result, Event>
  | Refused;

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
export const refuse = (code: string, message: string): Refused => ({
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
export const withResult = <State, Result, View, Event extends DomainEvent>(
  decision: Decision<State, Result, Event>,
  view: (result: Result) => View,
): Decision<State, View, Event> =>
  decision.accepted ? { ...decision, result: view(decision.result) } : decision;
