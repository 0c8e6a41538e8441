/**
 * Something that has happened to an aggregate, before it is addressed and sent.
 *
 * `Data` is a type or an interface of what JSON can hold; `declareEvents` takes no other.
 */
export type DomainEvent<
  Type extends string = string,
  Data = unknown,
  Version extends number = number,
> = {
  /** Past tense, such as `TransactionRecorded`. */
  readonly type: Type;
  /** Version of the shape of `data`, from 1. */
  readonly schemaVersion: Version;
  /** The aggregate that it happened to. */
  readonly subject: string;
  /**
   * Version of the aggregate after the event, from 1 without gaps: an `ordered` consumer handles
   * the events of a subject by it.
   */
  readonly aggregateVersion: number;
  /** JSON of the shape that the catalogue declares for the type and the version. */
  readonly data: Data;
  /**
   * The time before which nobody publishes it, in milliseconds since the epoch; absent: it is
   * published at once. The relay publishes it in one of its next runs, by the database's clock.
   *
   * Consumers do not see it. A process manager uses it for timeouts: it schedules an event that it
   * consumes itself.
   */
  readonly notBefore?: number;
};

/** An addressed event that waits in the outbox until its time. */
export type ScheduledEvent = {
  /** The event, complete. */
  readonly event: EventEnvelope;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
};

/**
 * A CloudEvents 1.0 event in structured JSON, with Antipode's extension attributes.
 *
 * Consumers recognise a duplicate by `id`: EventBridge's own id changes when an event crosses
 * Regions.
 */
export type EventEnvelope<Type extends string = string, Data = unknown> = {
  /** The version of CloudEvents. */
  readonly specversion: '1.0';
  /** A UUID that the deciding transaction has given. Inboxes know the event by it. */
  readonly id: string;
  /** The service that the event comes from, such as `antipode.ledger`. */
  readonly source: string;
  /** The type in the catalogue, such as `TransactionRecorded`. */
  readonly type: Type;
  /** When it happened: RFC 3339, UTC, milliseconds. */
  readonly time: string;
  /** The aggregate that it happened to. */
  readonly subject: string;
  /** The form of `data`. */
  readonly datacontenttype: 'application/json';
  /**
   * The version of the shape of `data`, from 1. A reader gets the newest: older ones are upcast.
   */
  readonly schemaversion: number;
  /** The Region whose transaction recorded the event; never rewritten on the way. */
  readonly originregion: string;
  /** The version of the aggregate after the event, from 1. */
  readonly aggregateversion: number;
  /** Shared by everything that one request has caused. */
  readonly correlationid: string;
  /** The id of the event that caused this one, where an event did. */
  readonly causationid?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  /** JSON of the shape that the catalogue declares. */
  readonly data: Data;
};

/** The ids and the trace that a request gives to the events that it causes. */
export type Causation = Pick<EventEnvelope, 'correlationid' | 'causationid' | 'traceparent'>;

/**
 * The attributes of an envelope that tell where and when the event happened. `time` is as in
 * `EventEnvelope`.
 */
export type Origin = { readonly region: string; readonly time: string };

/**
 * Bytes of an envelope's JSON in UTF-8: an event that is committed must be one that can be
 * published.
 *
 * 64 KiB is what EventBridge bills as one event. Ten such fill two thirds of a `PutEvents` request
 * of 1 MB, and the hundred rows to which a claim of large rows falls back fit into a DSQL
 * transaction of 10 MiB.
 */
export const envelopeBytesMax = 65_536;
