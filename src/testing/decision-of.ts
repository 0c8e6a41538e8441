import type { Decision, DomainEvent } from '../domain/kernel/index.ts';
import { createShow } from './shown-value.ts';

type Decide<State, Command, Result, Event extends DomainEvent> = (
  state: State,
  command: Command,
  now: number,
) => Decision<State, Result, Event>;

/** An event as a test expects it, for each event of a union. */
export type ExpectedEvent<Event extends DomainEvent> = Event extends DomainEvent
  ? Pick<Event, 'type' | 'data'>
  : never;

/** What may be expected of a decision; each method throws an `Error` that shows the difference. */
export interface Expectation<State, Result, Event extends DomainEvent = DomainEvent> {
  /** Accepted, with exactly these events of the decision's type (their `type` and `data`) in this order. */
  readonly thenEvents: (
    ...events: readonly ExpectedEvent<Event>[]
  ) => Expectation<State, Result, Event>;
  /** Accepted, with exactly this to be saved. */
  readonly thenState: (state: State) => Expectation<State, Result, Event>;
  /** Accepted, with exactly this answer. */
  readonly thenResult: (result: Result) => Expectation<State, Result, Event>;
  /** Refused with this code, and nothing else. */
  readonly thenRefused: (code: string) => void;
}

const expectSame = (what: string, actual: unknown, expected: unknown): void => {
  const show = createShow();
  const [wanted, got] = [show(expected), show(actual)];
  if (wanted !== got) throw new Error(`Expected ${what}\n${wanted}\nbut got\n${got}`);
};

const expectation = <State, Result, Event extends DomainEvent>(
  decision: Decision<State, Result, Event>,
): Expectation<State, Result, Event> => {
  const accepted = () => {
    if (decision.accepted) return decision;
    throw new Error(`Expected acceptance but got refusal ${decision.code}: ${decision.message}`);
  };
  const self: Expectation<State, Result, Event> = {
    thenEvents: (...events) => {
      const actual = accepted().events.map(({ type, data }) => ({ type, data }));
      expectSame('events', actual, events);
      return self;
    },
    thenState: (state) => {
      expectSame('state', accepted().state, state);
      return self;
    },
    thenResult: (result) => {
      expectSame('result', accepted().result, result);
      return self;
    },
    thenRefused: (code) => {
      if (decision.accepted) throw new Error(`Expected refusal ${code} but got acceptance`);
      expectSame('refusal', decision.code, code);
    },
  };
  return self;
};

/**
 * Given/when/then for pure decisions, for any test runner. Its events are those that the decision's type names.
 *
 * @example
 * const ledger = decisionOf(transfer);
 * ledger.given(state).when(command, now).thenEvents({ type: 'TransferCompleted', data });
 * ledger.given(empty).when(command, now).thenRefused('AccountNotFound');
 */
export const decisionOf = <State, Command, Result, Event extends DomainEvent>(
  decide: Decide<State, Command, Result, Event>,
) => ({
  given: (state: State) => ({
    when: (command: Command, now = 0): Expectation<State, Result, Event> =>
      expectation(decide(state, command, now)),
  }),
});
