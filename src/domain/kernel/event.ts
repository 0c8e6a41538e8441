import { InvalidInput } from './fault.ts';
import type { Json } from './json.ts';

/** Something that has happened to an aggregate, before it is addressed and sent. */
export type DomainEvent<Type extends string = string, Data extends Json = Json> = {
  /** Past tense, such as `TransactionRecorded`. */
  readonly type: Type;
  /** Version of the shape of `data`, from 1. */
  readonly schemaVersion: number;
  /** The aggregate that it happened to. */
  readonly subject: string;
  /** Version of the aggregate after the event, from 1 without gaps: a consumer can detect loss and order. */
  readonly aggregateVersion: number;
  readonly data: Data;
};

/**
 * A CloudEvents 1.0 event in structured JSON, with Antipode's extension attributes.
 *
 * Consumers recognise a duplicate by `id`: EventBridge's own id changes when an event crosses Regions.
 */
export type EventEnvelope<Type extends string = string, Data extends Json = Json> = {
  readonly specversion: '1.0';
  readonly id: string;
  /** The service that the event comes from, such as `antipode.ledger`. */
  readonly source: string;
  readonly type: Type;
  /** When it happened: RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly subject: string;
  readonly datacontenttype: 'application/json';
  readonly schemaversion: number;
  /** The Region whose transaction recorded the event; never rewritten on the way. */
  readonly originregion: string;
  readonly aggregateversion: number;
  /** Shared by everything that one request has caused. */
  readonly correlationid: string;
  /** The id of the event that caused this one, where an event did. */
  readonly causationid?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  readonly data: Data;
};

/** What a request gives to the events that it causes. */
export type Causation = Pick<EventEnvelope, 'correlationid' | 'causationid' | 'traceparent'>;

/** Where and when an event came to be. */
export type Origin = { readonly source: string; readonly region: string; readonly time: string };

/**
 * Bytes of an envelope's JSON in UTF-8: an event that is committed must be one that can be published.
 *
 * 64 KiB is what EventBridge bills as one event. Ten such fill two thirds of a `PutEvents` request of 1 MB, and the
 * hundred rows that a relay claims fit into a DSQL transaction of 10 MiB.
 */
export const envelopeBytesMax = 65_536;

/** No unit of a text has more, so that most texts need not be counted. */
const utf8BytesPerUnitMax = 3;

/** Bytes of a text in UTF-8; each half of a surrogate pair, which JSON has only whole, counts for two. */
export const utf8Bytes = (text: string): number => {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit < 0xe000)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
};

/**
 * Addresses a domain event for its way to the bus.
 *
 * @throws {InvalidInput} when the envelope exceeds `envelopeBytesMax`
 */
export const envelop = <Type extends string, Data extends Json>(
  event: DomainEvent<Type, Data>,
  id: string,
  origin: Origin,
  causation: Causation,
): EventEnvelope<Type, Data> => {
  const envelope: EventEnvelope<Type, Data> = {
    specversion: '1.0',
    id,
    source: origin.source,
    type: event.type,
    time: origin.time,
    subject: event.subject,
    datacontenttype: 'application/json',
    schemaversion: event.schemaVersion,
    originregion: origin.region,
    aggregateversion: event.aggregateVersion,
    ...causation,
    data: event.data,
  };
  const json = JSON.stringify(envelope);
  if (json.length * utf8BytesPerUnitMax > envelopeBytesMax && utf8Bytes(json) > envelopeBytesMax) {
    throw new InvalidInput(
      `An event ${event.type} may have ${envelopeBytesMax} bytes as JSON: put what is large elsewhere and refer to it`,
    );
  }
  return envelope;
};
