import type { JsonSchemaObject } from 'antipode/domain';
import type { CatalogueEntry, DeclaredEvents } from './catalogue.ts';
import { hoisted } from './hoist-references.ts';

type Json = { readonly [name: string]: unknown };

/** A key of AsyncAPI's components takes no other characters. */
const keyOf = (type: string): string =>
  type.replace(/[^\w.-]/g, (character) => `_${character.codePointAt(0)?.toString(16)}`);

const reference = (path: string): Json => ({ $ref: `#/${path}` });

const text = { type: 'string', minLength: 1 };
const count = { type: 'integer', minimum: 1 };

/** The attributes of an envelope that are the same for each event. */
const attributes = {
  specversion: { const: '1.0' },
  id: { ...text, description: 'Recognises a duplicate' },
  time: { type: 'string', format: 'date-time' },
  subject: { ...text, description: 'The aggregate that it happened to' },
  datacontenttype: { const: 'application/json' },
  originregion: { ...text, description: 'The Region whose transaction recorded it' },
  aggregateversion: { ...count, description: 'Version of the aggregate after it' },
  correlationid: text,
  causationid: text,
  traceparent: text,
};

const optionalAttributes = ['causationid', 'traceparent'];

const envelopeOf = (source: string, entry: CatalogueEntry, data: JsonSchemaObject): Json => {
  const properties = {
    ...attributes,
    source: { const: source },
    type: { const: entry.type },
    schemaversion: { const: entry.version },
    data,
  };
  const required = Object.keys(properties).filter((name) => !optionalAttributes.includes(name));
  return { type: 'object', properties, required: required.toSorted() };
};

const messageOf = (service: DeclaredEvents, entry: CatalogueEntry) => {
  const { type, version, description, scope } = entry;
  const { schema, definitions } = hoisted(entry.schema, keyOf(type));
  return {
    definitions,
    message: {
      name: type,
      title: `${type}, version ${version}`,
      ...(description === undefined ? {} : { summary: description }),
      contentType: 'application/json',
      payload: envelopeOf(service.source, entry, schema),
      'x-scope': scope,
    },
  };
};

const operationsOf = ({ consumers }: DeclaredEvents, entries: readonly CatalogueEntry[]): Json => {
  const channel = reference('channels/bus');
  const messages = (types: readonly string[]) =>
    types.toSorted().map((type) => reference(`channels/bus/messages/${keyOf(type)}`));
  const publish = {
    action: 'send',
    channel,
    summary: 'Publishes what its commands have committed',
    messages: messages(entries.map(({ type }) => type)),
  };
  const receive = Object.entries(consumers).map(([name, { on, of }]) => [
    `consume-${name}`,
    {
      action: 'receive',
      channel,
      summary: of ? 'Handles copies of events of the other Region' : 'Handles events of its Region',
      messages: messages(on),
    },
  ]);
  return { ...(entries.length === 0 ? {} : { publish }), ...Object.fromEntries(receive) };
};

/**
 * The events of a service as a document of AsyncAPI 3.0.
 *
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export const asyncApiOf = (service: DeclaredEvents, entries: readonly CatalogueEntry[]): Json => {
  const made = entries.map((entry) => [keyOf(entry.type), messageOf(service, entry)] as const);
  const keys = made.map(([key]) => key);
  return {
    asyncapi: '3.0.0',
    info: {
      title: `Events of ${service.name}`,
      // The document has no version of its own: each message has one.
      version: '1.0.0',
      description: `CloudEvents 1.0 in structured JSON, as \`detail\` of events of EventBridge with the source \`${service.source}\``,
    },
    defaultContentType: 'application/json',
    channels: {
      bus: {
        address: service.source,
        description: `The bus of EventBridge in each Region. The address is the events' source.`,
        messages: Object.fromEntries(
          keys.map((key) => [key, reference(`components/messages/${key}`)]),
        ),
      },
    },
    operations: operationsOf(service, entries),
    components: {
      messages: Object.fromEntries(made.map(([key, { message }]) => [key, message])),
      schemas: Object.assign({}, ...made.map(([, { definitions }]) => definitions)),
    },
  };
};
