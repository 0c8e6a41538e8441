import { defined } from '../defined.ts';
import { InvalidInput, InvariantViolation, type Issue } from '../fault.ts';
import type { JsonCompatible } from '../json/json-compatible.ts';
import { placeOf } from '../json/json-writer.ts';
import type { SchemaIssue } from '../standard-schema.ts';
import { envelopeIssues, isEnvelope } from './envelope-check.ts';
import { fieldOf, writeEnvelope } from './envelope-json.ts';
import type { Causation, DomainEvent, EventEnvelope, Origin } from './event.ts';
import { type EventDeclaration, quoted, requireDeclarable, validate } from './event-declaration.ts';

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
 * Refuses a schema whose data no JSON can hold, such as a `Date` that it does not read from a text.
 */
export type JsonDeclarations<Events extends EventDeclarations> = {
  readonly [Type in keyof Events]: WireData<Events[Type]> extends JsonCompatible<
    WireData<Events[Type]>
  >
    ? EventDeclaration
    : { readonly schema: 'The data of this event must be what JSON can hold' };
};

/** The envelopes of all declared events as their readers get them, as a union on `type`. */
export type CatalogueEvent<Events extends EventDeclarations> = {
  [Type in keyof Events & string]: Events[Type] extends EventDeclaration<infer Data>
    ? EventEnvelope<Type, Data>
    : never;
}[keyof Events & string];

/**
 * All declared events as a decision says them, each in its newest version, as a union on `type`.
 */
export type DecidedEvent<Events extends EventDeclarations> = {
  [Type in keyof Events & string]: DomainEvent<
    Type,
    WireData<Events[Type]>,
    Events[Type]['version']
  >;
}[keyof Events & string];

/**
 * The events of one service, declared once. Decisions that say them and readers of them take types
 * and validation from it.
 */
export interface EventCatalogue<
  Event extends EventEnvelope,
  /** The events that a decision may say. */
  Decided extends DomainEvent = never,
> {
  /** The `source` of all of them, such as `antipode.ledger`. */
  readonly source: string;
  /**
   * Checks an event that came over the wire.
   *
   * @throws {InvalidInput} when it is no CloudEvents envelope, of another source, of an unknown
   * type or version, or its data does not fit the schema: handling it again cannot help
   * @throws {InvariantViolation} when the schema is asynchronous, or throws
   */
  readonly parse: (wire: unknown) => Event;
  /**
   * Addresses an event of a decision for its way to the bus, and checks it by the same `parse` as
   * its readers: an event that they, or EventBridge, would refuse is refused before it is
   * committed.
   *
   * @returns the envelope as it comes out of its JSON
   * @throws {InvariantViolation} when no reader would take it: the service is wrong, and its
   * message says where
   * @throws {InvalidInput} when it exceeds `envelopeBytesMax`, or a text in it has half a surrogate
   * pair: that is how long or how broken the caller's own texts are
   */
  readonly envelop: (
    event: Decided,
    id: string,
    origin: Origin,
    causation: Causation,
  ) => EventEnvelope;
}

/** A key of a record may be somebody's data, so it is not shown. */
const issueField = ({ path = [] }: SchemaIssue): string => {
  const keys = path.map((step) => (typeof step === 'object' ? step.key : step));
  const shown = keys.map((key) => (typeof key === 'number' ? key : String(key)));
  return fieldOf(placeOf(['data', ...shown]));
};

/** Fields of an event that one message names. */
const namedIssuesMax = 8;

/** An event that no reader takes, with the first of what is wrong in it. */
const misfit = (
  what: string,
  issues: readonly Issue[],
  shown: (issue: Issue) => string,
): InvalidInput => {
  const named = [...new Set(issues.map(shown))].slice(0, namedIssuesMax);
  return new InvalidInput(named.length === 0 ? what : `${what}: ${named.join(', ')}`, { issues });
};

const notRead = (type: string, error: InvalidInput): InvariantViolation => {
  const message = `Event ${type} is not committed, because its readers would refuse it. ${error.message}`;
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
 * or a schema is asynchronous
 * @example
 * const catalogue = declareEvents('antipode.ledger', {
 *   TransactionRecorded: { version: 1, schema: transactionRecorded },
 * });
 * const event = catalogue.parse(message.detail);
 */
export const declareEvents = <const Events extends EventDeclarations>(
  source: string,
  events: Events & JsonDeclarations<Events>,
): EventCatalogue<CatalogueEvent<Events>, DecidedEvent<Events>> => {
  requireDeclarable(source, events);

  const parse = (wire: unknown): CatalogueEvent<Events> => {
    if (!isEnvelope(wire)) {
      const shown = ({ field, message }: Issue) => `${field} ${message}`;
      throw misfit('Not a CloudEvents 1.0 envelope', envelopeIssues(wire) ?? [], shown);
    }
    const type = quoted(wire.type);
    if (wire.source !== source) {
      throw new InvalidInput(`Event source ${quoted(wire.source)} is not ${source}`);
    }
    const declaration = Object.hasOwn(events, wire.type) ? events[wire.type] : undefined;
    if (!declaration) throw new InvalidInput(`Unknown event type ${type}`);
    if (declaration.version !== wire.schemaversion) {
      throw new InvalidInput(`Unknown version ${wire.schemaversion} of event ${type}`);
    }
    const checked = validate(type, declaration.schema, wire.data);
    if (checked.issues) {
      const message = 'does not fit the schema';
      const issues = checked.issues.map((issue) => ({ field: issueField(issue), message }));
      // The messages of a schema may quote data and end up in a log.
      throw misfit(`Event ${type} does not fit its schema`, issues, ({ field }) => field);
    }
    return { ...wire, data: checked.value } as CatalogueEvent<Events>;
  };

  return {
    source,
    parse,
    envelop: (event: DomainEvent, id, origin, causation) => {
      const envelope = addressed(event, { source, id, ...origin }, causation);
      const type = quoted(envelope.type);
      const json = writeEnvelope(envelope);
      try {
        parse(JSON.parse(json));
      } catch (error) {
        throw error instanceof InvalidInput ? notRead(type, error) : error;
      }
      // The text is read again, since a schema may have changed the object that it was given.
      return JSON.parse(json) as EventEnvelope;
    },
  };
};
