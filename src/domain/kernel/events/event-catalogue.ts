import { defined } from '../defined.ts';
import { InvalidInput, InvariantViolation } from '../fault.ts';
import type { JsonCompatible } from '../json/json-compatible.ts';
import { writeEnvelope } from './envelope-json.ts';
import type { Causation, DomainEvent, EventEnvelope, Origin } from './event.ts';
import { type EventDeclaration, quoted, requireDeclarable } from './event-declaration.ts';
import { readEvent } from './read-event.ts';
import type { RequiredUpcasts } from './upcast.ts';

/** The events of a service, by their types. */
export type EventDeclarations = { readonly [type: string]: EventDeclaration };

/**
 * The data of a declared event as JSON: the schema's input type where the schema declares one, else
 * its output type.
 */
type WireData<Declared extends EventDeclaration> =
  Declared extends EventDeclaration<infer Data, infer Wire>
    ? unknown extends Wire
      ? Data
      : Wire
    : never;

/**
 * Refuses a schema whose data no JSON can hold, such as a `Date` that it does not read from a text,
 * and an older version without its upcast.
 */
export type CheckedDeclarations<Events extends EventDeclarations> = {
  readonly [Type in keyof Events]: WireData<Events[Type]> extends JsonCompatible<
    WireData<Events[Type]>
  >
    ? EventDeclaration & RequiredUpcasts<Events[Type], WireData<Events[Type]>>
    : { readonly schema: 'The data of this event must be what JSON can hold' };
};

/** The envelopes of all declared events as their readers get them, as a union on `type`. */
export type CatalogueEvent<Events extends EventDeclarations> = {
  [Type in keyof Events & string]: Events[Type] extends EventDeclaration<infer Data>
    ? EventEnvelope<Type, Data>
    : never;
}[keyof Events & string];

/**
 * All declared events as a decision emits them, each in its newest version, as a union on `type`.
 */
export type DecidedEvent<Events extends EventDeclarations> = {
  [Type in keyof Events & string]: DomainEvent<
    Type,
    WireData<Events[Type]>,
    Events[Type]['version']
  >;
}[keyof Events & string];

/**
 * The events of one service, declared once. Decisions that emit them and readers of them take types
 * and validation from it.
 */
export interface EventCatalogue<
  Event extends EventEnvelope,
  /** The events that a decision may emit. */
  Decided extends DomainEvent = never,
> {
  /** The `source` of all of them, such as `antipode.ledger`. */
  readonly source: string;
  /**
   * Checks an event that came over the wire, and makes an older version into the newest one.
   *
   * @returns the event in its newest version
   * @throws {InvalidInput} when it is no CloudEvents envelope, of another source, of an unknown
   * type, of a version that is not read, or its data do not fit the schema, or cannot be upcast to
   * it: handling it again cannot help
   * @throws {InvariantViolation} when the schema is asynchronous, or throws
   */
  readonly parse: (wire: unknown) => Event;
  /**
   * Addresses an event of a decision for its way to the bus, and checks it by the same `parse` as
   * its readers: an event that they, or EventBridge, would refuse is refused before it is
   * committed. So is one that is not in its newest version.
   *
   * @returns the envelope as it comes out of its JSON
   * @throws {InvariantViolation} when no reader would take it: the service is wrong, and its
   * message says where
   * @throws {InvalidInput} when it exceeds `envelopeBytesMax`, or a text in it has half a surrogate
   * pair: the cause is in the caller's input
   */
  readonly envelop: (
    event: Decided,
    id: string,
    origin: Origin,
    causation: Causation,
  ) => EventEnvelope;
}

const notRead = (type: string, isDeclared: boolean, error: InvalidInput): InvariantViolation => {
  const remedy = isDeclared ? '' : ': declare it in `events` of the service';
  const message = `Event ${type} is not committed, because its readers would refuse it. ${error.message}${remedy}`;
  return new InvariantViolation(message, { cause: error });
};

const addressed = (
  event: DomainEvent,
  { source, id, region, time }: { source: string; id: string } & Origin,
  { correlationid, causationid, traceparent }: Causation,
): EventEnvelope => ({
  specversion: '1.0',
  id,
  source,
  type: event.type,
  time,
  subject: event.subject,
  datacontenttype: 'application/json',
  schemaversion: event.schemaVersion,
  originregion: region,
  aggregateversion: event.aggregateVersion,
  correlationid,
  ...defined({ causationid, traceparent }),
  data: event.data,
});

/**
 * Declares the events of a service.
 *
 * @throws {InvariantViolation} when no bus would take a source or a type, a version is not from 1,
 * an older version has no upcast, or a schema is asynchronous
 * @example
 * const catalogue = declareEvents('shop.booking', {
 *   SeatsReleased: { version: 1, schema: seatsReleased },
 *   SeatsReserved: {
 *     version: 2,
 *     schema: seatsReserved,
 *     upcast: { 1: ({ seat }: ReservedV1) => ({ seats: [seat] }) },
 *   },
 * });
 * const event = catalogue.parse(message.detail);
 */
export const declareEvents = <const Events extends EventDeclarations>(
  source: string,
  events: Events & CheckedDeclarations<Events>,
): EventCatalogue<CatalogueEvent<Events>, DecidedEvent<Events>> => {
  requireDeclarable(source, events);
  const declared = { source, events };

  return {
    source,
    parse: (wire) => readEvent(declared, wire) as CatalogueEvent<Events>,
    envelop: (event: DomainEvent, id, origin, causation) => {
      const envelope = addressed(event, { source, id, ...origin }, causation);
      const type = quoted(envelope.type);
      const json = writeEnvelope(envelope);
      try {
        readEvent(declared, JSON.parse(json), true);
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        throw notRead(type, Object.hasOwn(events, event.type), error);
      }
      // The text is read again, since a schema may have changed the object that it was given.
      return JSON.parse(json) as EventEnvelope;
    },
  };
};
