import type {
  AnyService,
  DecidedEventOf,
  Decision,
  DomainEvent,
  EventCatalogue,
  EventEnvelope,
} from '../domain/kernel/index.ts';
import { expectSame } from './expect-same.ts';

type Decide<State, Command, Result, Event extends DomainEvent, Code extends string> = (
  state: State,
  command: Command,
  now: number,
) => Decision<State, Result, Event, Code>;

/**
 * An event as a test expects it, for each event of a union. Fields beside its type and data are
 * compared if given.
 */
export type ExpectedEvent<Event extends DomainEvent> = Event extends DomainEvent
  ? Pick<Event, 'type' | 'data'> &
      Partial<Pick<Event, 'schemaVersion' | 'subject' | 'aggregateVersion' | 'notBefore'>>
  : never;

/** The expectations of a decision. Each method throws an `Error` that shows the difference. */
export interface Expectation<
  State,
  Result,
  Event extends DomainEvent = DomainEvent,
  Code extends string = string,
> {
  /** Accepted, with exactly these events of the decision's type, in this order. */
  readonly thenEvents: (
    ...events: readonly ExpectedEvent<Event>[]
  ) => Expectation<State, Result, Event, Code>;
  /** Accepted, with exactly this to be saved. */
  readonly thenState: (state: State) => Expectation<State, Result, Event, Code>;
  /** Accepted, with exactly this answer. */
  readonly thenResult: (result: Result) => Expectation<State, Result, Event, Code>;
  /** Refused with this code of the decision's type, and nothing else. */
  readonly thenRefused: (code: Code) => void;
}

/** The fields of an event that the expected one has. */
const fieldsLike = (expected: object = {}, event: DomainEvent): Partial<DomainEvent> =>
  Object.fromEntries(
    Object.entries(event).filter(
      ([name]) => name === 'type' || name === 'data' || Object.hasOwn(expected, name),
    ),
  );

/** The expectations of a decision that was made. */
export const expectationOf = <State, Result, Event extends DomainEvent, Code extends string>(
  decision: Decision<State, Result, Event, Code>,
): Expectation<State, Result, Event, Code> => {
  const accepted = () => {
    if (decision.accepted) return decision;
    throw new Error(`Expected acceptance but got refusal ${decision.code}: ${decision.message}`);
  };
  const self: Expectation<State, Result, Event, Code> = {
    thenEvents: (...events) => {
      const actual = accepted().events.map((event, index) => fieldsLike(events[index], event));
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

/** A decision that a test asks. */
export interface DecisionUnderTest<
  State,
  Command,
  Result,
  Event extends DomainEvent,
  Code extends string = string,
> {
  /** The state before the command. */
  readonly given: (state: State) => {
    /**
     * Decides.
     *
     * @param now milliseconds since the epoch, 0 unless given
     */
    readonly when: (command: Command, now?: number) => Expectation<State, Result, Event, Code>;
  };
}

type Envelop = EventCatalogue<EventEnvelope, DomainEvent>['envelop'];

/**
 * Addresses an event as a command does before COMMIT, which refuses what its readers would refuse.
 */
const requireReadable = (envelop: Envelop, event: DomainEvent, now: number): void => {
  const origin = { region: 'us-east-1', time: new Date(now).toISOString() };
  envelop(event, 'test', origin, { correlationid: 'test' });
};

const underTest = <State, Command, Result, Event extends DomainEvent, Code extends string>(
  decide: Decide<State, Command, Result, Event, Code>,
  envelop?: Envelop,
): DecisionUnderTest<State, Command, Result, Event, Code> => ({
  given: (state) => ({
    when: (command, now = 0) => {
      const decision = decide(state, command, now);
      if (envelop && decision.accepted) {
        for (const event of decision.events) requireReadable(envelop, event, now);
      }
      return expectationOf(decision);
    },
  }),
});

/**
 * Given/when/then for pure decisions, for any test runner. Its events, and the codes of its
 * refusals, are those that the decision's type names.
 *
 * With a service before it, the decision may emit only the events that the service declares, in the
 * version that it declares. Each event is also checked as before COMMIT: by its schema and the
 * limits of the bus.
 *
 * @throws {InvariantViolation | InvalidInput} by `when`, for an event that its readers would
 * refuse; nothing is committed of such a decision
 * @example
 * const reserve = decisionOf(booking, decideReserve);
 * reserve.given(show).when(command, now).thenEvents({ type: 'SeatsReserved', data });
 * reserve.given(soldOut).when(command).thenRefused('SoldOut');
 */
export const decisionOf: {
  <State, Command, Result, Event extends DomainEvent, Code extends string>(
    decide: Decide<State, Command, Result, Event, Code>,
  ): DecisionUnderTest<State, Command, Result, Event, Code>;
  <
    Service extends AnyService,
    State,
    Command,
    Result,
    Event extends DecidedEventOf<Service> & DomainEvent,
    Code extends string,
  >(
    service: Service,
    decide: Decide<State, Command, Result, Event, Code>,
  ): DecisionUnderTest<State, Command, Result, Event, Code>;
} = <State, Command, Result, Event extends DomainEvent, Code extends string>(
  first: AnyService | Decide<State, Command, Result, Event, Code>,
  second?: Decide<State, Command, Result, Event, Code>,
) => {
  if (typeof first === 'function') return underTest(first);
  if (second === undefined) throw new TypeError('Give decisionOf a decision after the service');
  return underTest(second, first.catalogue.envelop as Envelop);
};
