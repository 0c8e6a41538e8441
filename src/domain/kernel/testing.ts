import type { Decision } from './decision.ts';
import type { DomainEvent } from './event.ts';

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

/** The text of an object that has one of its own, such as a URL or a regular expression, whose fields are hidden. */
const ownText = (value: object): string => {
  const { toString: own } = value as { readonly toString?: unknown };
  if (typeof own !== 'function' || own === Object.prototype.toString) return '';
  return `${value.constructor?.name}(${value}) `;
};

/** Values are compared by what they print as, so each kind has a notation of its own; absent is `undefined`. */
const show = (value: unknown, indent = '\n'): string => {
  const inner = `${indent}  `;
  const block = (open: string, parts: readonly string[], close: string): string =>
    parts.length === 0 ? open + close : open + inner + parts.join(`,${inner}`) + indent + close;
  const shown = (part: unknown): string => show(part, inner);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return `Date(${value.toJSON()})`;
  if (Array.isArray(value)) return block('[', value.map(shown), ']');
  if (value instanceof Set) return block('Set {', [...value].map(shown), '}');
  if (value instanceof Map) {
    const pairs = [...value].map(([key, part]) => `${shown(key)} => ${shown(part)}`);
    return block('Map {', pairs, '}');
  }
  const fields = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, part]) => `${name}: ${shown(part)}`);
  return ownText(value) + block('{', fields, '}');
};

const expectSame = (what: string, actual: unknown, expected: unknown): void => {
  if (show(actual) !== show(expected)) {
    throw new Error(`Expected ${what}\n${show(expected)}\nbut got\n${show(actual)}`);
  }
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
