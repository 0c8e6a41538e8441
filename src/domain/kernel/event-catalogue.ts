import type { EventEnvelope } from './event.ts';
import { InvalidInput, type Issue } from './fault.ts';
import type { Json } from './json.ts';
import type { Schema, SchemaIssue } from './schema.ts';

/** What is declared of one type of event. */
export type EventDeclaration<Data extends Json = Json> = {
  /** The newest version of `data`; a version that is not declared is refused. */
  readonly version: number;
  readonly schema: Schema<Data>;
};

type Declarations = { readonly [type: string]: EventDeclaration };

/** The envelopes of all declared events, as a union on `type`. */
export type CatalogueEvent<Events extends Declarations> = {
  [Type in keyof Events & string]: Events[Type] extends EventDeclaration<infer Data>
    ? EventEnvelope<Type, Data>
    : never;
}[keyof Events & string];

/** The events of one service, declared once: types and validation come from here. */
export interface EventCatalogue<Event extends EventEnvelope> {
  /** The `source` of all of them, such as `antipode.ledger`. */
  readonly source: string;
  /**
   * Checks what came over the wire.
   *
   * @throws {InvalidInput} when it is no CloudEvents envelope, of another source, of an unknown type or version,
   * or its data does not fit the schema: handling it again cannot help
   */
  readonly parse: (wire: unknown) => Promise<Event>;
}

const issueField = (issue: SchemaIssue): string =>
  [
    'data',
    ...(issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)),
  ].join('.');

const textAttributes = [
  'id',
  'source',
  'type',
  'subject',
  'originregion',
  'correlationid',
] as const;

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

const isTime = (value: unknown): boolean =>
  typeof value === 'string' && timePattern.test(value) && !Number.isNaN(Date.parse(value));

const envelopeIssues = (wire: Readonly<Record<string, unknown>>): readonly Issue[] => [
  ...(wire['specversion'] === '1.0' ? [] : [{ field: 'specversion', message: 'must be "1.0"' }]),
  ...textAttributes
    .filter((name) => typeof wire[name] !== 'string' || wire[name] === '')
    .map((name) => ({ field: name, message: 'must be a text that is not empty' })),
  ...(isTime(wire['time']) ? [] : [{ field: 'time', message: 'must be a time as in RFC 3339' }]),
  ...(['schemaversion', 'aggregateversion'] as const)
    .filter((name) => !Number.isSafeInteger(wire[name]))
    .map((name) => ({ field: name, message: 'must be a whole number' })),
];

const isEnvelope = (wire: unknown): wire is EventEnvelope<string, Json> =>
  typeof wire === 'object' &&
  wire !== null &&
  envelopeIssues(wire as Readonly<Record<string, unknown>>).length === 0;

/**
 * Declares the events of a service.
 *
 * @example
 * const catalogue = declareEvents('antipode.ledger', {
 *   TransactionRecorded: { version: 1, schema: transactionRecorded },
 * });
 * const event = await catalogue.parse(message.detail);
 */
export const declareEvents = <const Events extends Declarations>(
  source: string,
  events: Events,
): EventCatalogue<CatalogueEvent<Events>> => {
  const parse = async (wire: unknown): Promise<CatalogueEvent<Events>> => {
    if (!isEnvelope(wire)) {
      const issues =
        typeof wire === 'object' && wire !== null
          ? envelopeIssues(wire as Readonly<Record<string, unknown>>)
          : [];
      throw new InvalidInput('Not a CloudEvents 1.0 envelope', { issues });
    }
    if (wire.source !== source) {
      throw new InvalidInput(`Event source ${wire.source} is not ${source}`);
    }
    const declaration = Object.hasOwn(events, wire.type) ? events[wire.type] : undefined;
    if (!declaration) throw new InvalidInput(`Unknown event type ${wire.type}`);
    if (declaration.version !== wire.schemaversion) {
      throw new InvalidInput(`Unknown version ${wire.schemaversion} of event ${wire.type}`);
    }
    const checked = await declaration.schema['~standard'].validate(wire.data);
    if (checked.issues) {
      throw new InvalidInput(`Event ${wire.type} does not fit its schema`, {
        issues: checked.issues.map((issue) => ({
          field: issueField(issue),
          message: issue.message,
        })),
      });
    }
    return { ...wire, data: checked.value } as CatalogueEvent<Events>;
  };
  return { source, parse };
};
