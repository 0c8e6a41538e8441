import type {
  AnyService,
  ConsumerEvent,
  ConsumerName,
  DecidedEventOf,
  Decision,
  DomainEvent,
} from '../../domain/kernel/index.ts';
import { type Expectation, expectationOf } from '../decision-of.ts';
import { expectSame } from '../expect-same.ts';
import type { AnyGivenEvent, GivenEvent } from './given-event.ts';
import {
  accepted,
  beginning,
  type Heard,
  type History,
  hear,
  hearDue,
  hearGiven,
  orderOf,
  type TestedConsumer,
} from './history.ts';
import { eachOrder, type OrderEnd, requireOneEnd } from './orders.ts';

/** The expectations of one event that a consumer has got. Each throws an `Error` that shows why. */
export interface ConsumerExpectation<
  State,
  Result,
  Event extends DomainEvent = DomainEvent,
  Code extends string = string,
> extends Expectation<State, Result, Event, Code> {
  /** Accepted, with the state from before and without events. */
  readonly thenNothing: () => ConsumerExpectation<State, Result, Event, Code>;
  /**
   * The same event under another id changes nothing more. The inbox does not know it, as when its
   * sender has published it twice.
   */
  readonly thenOnce: () => ConsumerExpectation<State, Result, Event, Code>;
}

/** The events that a consumer has heard before, and the one that it gets now. */
export interface ConsumerHistory<
  Given,
  State,
  Result,
  Event extends DomainEvent,
  Code extends string,
> {
  /** The consumer has heard these too, in this order; it must have accepted them. */
  readonly given: (
    ...events: readonly Given[]
  ) => ConsumerHistory<Given, State, Result, Event, Code>;
  /** The consumer has heard the first event that it had emitted for itself, at its time. */
  readonly givenDue: () => ConsumerHistory<Given, State, Result, Event, Code>;
  /** The consumer gets an event. */
  readonly when: (event: Given) => ConsumerExpectation<State, Result, Event, Code>;
  /**
   * The consumer gets the first event that it has emitted for itself, such as a timeout, at its
   * time.
   *
   * @throws {Error} when it has emitted none that it has not heard
   */
  readonly whenDue: () => ConsumerExpectation<State, Result, Event, Code>;
  /**
   * The events of the last `given` end in the same state in each order. Seven events at most.
   *
   * @param view the part of the state that must be the same; all of it unless given
   * @throws {Error} that shows two orders with different ends, or the order in which the consumer
   * refuses an event
   */
  readonly inAnyOrder: (view?: (state: State) => unknown) => void;
  /**
   * Gives the end of each order of the events of the last `given`, in which the events that the
   * consumer emits for itself come at each place after their cause. 5,040 orders at most.
   *
   * @param check throws where an end is wrong
   */
  readonly inEachOrder: (check: (end: OrderEnd<State>) => void) => void;
}

/** A consumer that a test asks. */
export interface ConsumerUnderTest<
  Given,
  State,
  Result,
  Event extends DomainEvent,
  Code extends string,
> extends Pick<ConsumerHistory<Given, State, Result, Event, Code>, 'given' | 'when'> {
  /** Begins in another state than the one of a consumer that has heard nothing. */
  readonly from: (state: State) => ConsumerHistory<Given, State, Result, Event, Code>;
}

const expectationAfter = <State, Result, Event extends DomainEvent, Code extends string>(
  tested: TestedConsumer<State, Result>,
  heard: Heard<State, Result> | undefined,
): ConsumerExpectation<State, Result, Event, Code> => {
  if (!heard)
    throw new Error(`Consumer ${tested.consumer} knows this event already: give another id`);
  const { decision, before, after } = heard;
  const own = expectationOf(decision as Decision<State, Result, Event, Code>);
  const self: ConsumerExpectation<State, Result, Event, Code> = {
    thenEvents: (...events) => {
      own.thenEvents(...events);
      return self;
    },
    thenState: (state) => {
      own.thenState(state);
      return self;
    },
    thenResult: (result) => {
      own.thenResult(result);
      return self;
    },
    thenRefused: own.thenRefused,
    thenNothing: () => {
      own.thenEvents();
      expectSame('the state from before', after.state, before.state);
      return self;
    },
    thenOnce: () => {
      const { event } = heard;
      const again = hear(tested, after, { ...event, id: `${event.id}-again` }, after.now);
      const next = accepted(tested, after, again);
      expectSame('no more events', next.emitted.slice(after.emitted.length), []);
      expectSame('the state after the first', next.state, after.state);
      return self;
    },
  };
  return self;
};

const historyAfter = <Given, State, Result, Event extends DomainEvent, Code extends string>(
  tested: TestedConsumer<State, Result>,
  history: History<State>,
  /** The events of the last `given`, and the history before it. */
  last: { readonly start: History<State>; readonly events: readonly Given[] },
): ConsumerHistory<Given, State, Result, Event, Code> => {
  const events = last.events as readonly AnyGivenEvent[];
  const start = last.start;
  return {
    given: (...more) => {
      const next = (more as readonly AnyGivenEvent[]).reduce(
        (known, event) => accepted(tested, known, hearGiven(tested, known, event)),
        history,
      );
      return historyAfter(tested, next, { start: history, events: more });
    },
    givenDue: () => {
      const next = accepted(tested, history, hearDue(tested, history));
      return historyAfter<Given, State, Result, Event, Code>(tested, next, {
        start: next,
        events: [],
      });
    },
    when: (event) => expectationAfter(tested, hearGiven(tested, history, event as AnyGivenEvent)),
    whenDue: () => expectationAfter(tested, hearDue(tested, history)),
    inAnyOrder: (view = (state) => state) => requireOneEnd(tested, start, events, view),
    inEachOrder: (check) =>
      eachOrder(tested, start, events, true, (end) => {
        try {
          check(end);
        } catch (cause) {
          const message = cause instanceof Error ? cause.message : String(cause);
          throw new Error(`In the order ${orderOf(end.heard)}: ${message}`, { cause });
        }
      }),
  };
};

/**
 * Given/when/then for a consumer, such as a process manager, without a database and for any test
 * runner. The consumer gets events as its handler would give them: an older version is upcast, the
 * schema checks the data, and an event whose id is known has no effect. Its decisions are checked
 * as before COMMIT.
 *
 * @param consumer its name in the declaration, from which the types of its events come
 * @param options `empty` is the state before the first event, and `decide` the pure decision.
 * Where a decision saves only what changes, `loaded` gives the state that is loaded afterwards
 * @example
 * const payments = consumerOf(shop, 'payments', { empty, decide: decidePayment });
 * const placed = { type: 'OrderPlaced', data: { order: 'o-1' } } as const;
 * payments.given(placed).whenDue().thenEvents({ type: 'OrderExpired', data: { order: 'o-1' } });
 * payments.given(placed, paid).whenDue().thenNothing();
 * payments.given(placed, paid).inAnyOrder(({ status }) => status);
 */
export const consumerOf = <
  Service extends AnyService,
  Name extends ConsumerName<Service>,
  State,
  Result,
  Event extends DecidedEventOf<Service> & DomainEvent,
  Code extends string,
>(
  service: Service,
  consumer: Name,
  options: {
    readonly empty: State;
    readonly decide: (
      state: State,
      event: ConsumerEvent<Service, Name>,
      now: number,
    ) => Decision<State, Result, Event, Code>;
    readonly loaded?: (before: State, saved: State) => State;
  },
): ConsumerUnderTest<GivenEvent<Service, Name>, State, Result, Event, Code> => {
  const tested: TestedConsumer<State, Result> = {
    service,
    consumer,
    decide: options.decide as unknown as TestedConsumer<State, Result>['decide'],
    loaded: options.loaded ?? ((_before, saved) => saved),
  };
  const from = (state: State) => {
    const start = beginning(state);
    return historyAfter<GivenEvent<Service, Name>, State, Result, Event, Code>(tested, start, {
      start,
      events: [],
    });
  };
  return { ...from(options.empty), from };
};
