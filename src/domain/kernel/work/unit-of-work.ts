import type { Causation, DomainEvent, EventEnvelope } from '../events/event.ts';
import type { Json } from '../json/json.ts';
import type { Decision, Refused } from './decision.ts';
import type { Cancellation } from './retry.ts';

/**
 * Identifies work, so that a second run of it is a replay. It is recorded in the work's own
 * transaction, so the record exists if and only if the effect does.
 */
export type Once =
  /**
   * A request of a client. `key` is known to all commands of a service, and `fingerprint` tells
   * whether it came with the same content: **one of them must carry the operation**, as in
   * `JSON.stringify(['reserve', show, seats])`. Otherwise a second operation under the same key, on
   * the same content, is answered as the first one and never runs.
   */
  | {
      readonly kind: 'command';
      readonly key: string;
      /**
       * Kept as a digest. With the operation's name in it, a second operation under the same key is
       * refused. With the name in `key`, both run.
       */
      readonly fingerprint: string;
    }
  /** An event that one consumer handles (the inbox). */
  | {
      readonly kind: 'event';
      readonly consumer: string;
      readonly eventId: string;
      /** Only for a consumer that is declared `ordered`. */
      readonly order?: EventOrder;
    };

/** The place of an event among those of its subject. */
export type EventOrder = {
  /** The event's `subject`. */
  readonly subject: string;
  /** The event's `aggregateversion`. */
  readonly version: number;
};

/**
 * A decision and the state that it needs. A decision without `load` gets no state, so code that
 * forgets `load` does not compile where the decision takes one.
 */
export type Deciding<
  Query,
  State,
  Result,
  Event extends DomainEvent = DomainEvent,
  Code extends string = string,
> =
  | {
      /**
       * The repository's query for the state; `null` to decide on its empty state, which saves a
       * network flight.
       */
      readonly load: Query | null;
      /** Pure and not async; called once per attempt, with what that attempt has loaded. */
      readonly decide: (state: State) => Decision<State, Result, Event, Code>;
    }
  | {
      readonly load?: undefined;
      /** Pure and not async; called once per attempt. */
      readonly decide: () => Decision<State, Result, Event, Code>;
    };

/** The part of an invocation that its work needs: its time, its deadline and its trace. */
export type RunContext = {
  /** Given to the events of the decision. */
  readonly causation: Causation;
  /**
   * The time at which the work happens, in milliseconds since the epoch; every attempt uses the
   * same one.
   */
  readonly now: number;
  /**
   * Milliseconds since the epoch by which the answer must be out: no attempt may still be running
   * then.
   */
  readonly deadline: number;
  /** Ends the work between two attempts, and never in the middle of a COMMIT. */
  readonly signal?: Cancellation;
};

/** One command or event to be decided and committed. */
export type Work<Query, State, Result = Json> = Deciding<Query, State, Result> &
  Pick<RunContext, 'deadline' | 'signal'> & {
    readonly once: Once;
    /**
     * Addresses an event of the decision, as `EventCatalogue.envelop` does: it refuses what no
     * reader would take.
     */
    readonly envelop: (event: DomainEvent) => EventEnvelope;
  };

/**
 * The end of a piece of work.
 *
 * @typeParam Code the codes of the refusals that its decision names
 */
export type Outcome<Result = Json, Code extends string = string> =
  /** State, outbox rows and the record of `once` are durable in both Regions. */
  | {
      readonly status: 'committed';
      readonly result: Result;
      /** Those to be published at once; an event with a `notBefore` is left to the relay. */
      readonly events: readonly EventEnvelope[];
    }
  /** The same work had committed before; `result` is what it answered then. Nothing was changed. */
  | { readonly status: 'replayed'; readonly result: Result }
  /** The decision said no. Nothing was changed. */
  | { readonly status: 'refused'; readonly refusal: Refused<Code> }
  /** The key is known with another content. Nothing was changed. */
  | { readonly status: 'mismatched' };

/** Decides and commits work atomically, once. */
export interface UnitOfWork<Query, State> {
  /**
   * Runs whole attempts, with fresh reads, until one commits or proves that another one has.
   *
   * @throws {Conflict | Unavailable | OutcomeUnknown} when the deadline leaves no room for another
   * attempt, or the signal aborts; the same work may be run again by anybody, in either Region
   * @throws {InvalidInput} when the work can never be stored, such as a transaction over DSQL's
   * size limits or an event over `envelopeBytesMax` or a result over `responseBytesMax`, or its
   * idempotency key is empty
   * @throws {InvariantViolation} before COMMIT when `decide`, its events or the repository are
   * wrong, or when the result of a command is not JSON; nothing has been committed
   * @throws {EventTooEarly} when the consumer of an event with an `order` has to handle others
   * first; nothing has been committed
   */
  readonly execute: <Result extends Json>(
    work: Work<Query, State, Result>,
  ) => Promise<Outcome<Result>>;
}
