import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { object, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import { asyncApiOf } from '../../../../../packages/cli/src/commands/events/asyncapi.ts';
import type { DeclaredEvents } from '../../../../../packages/cli/src/commands/events/catalogue.ts';
import { readCatalogue } from '../../../../../packages/cli/src/commands/events/catalogue.ts';
import { jsonText } from '../../../../../packages/cli/src/commands/events/json-text.ts';
import { booking } from './booking.ts';

const documentOf = async (service: DeclaredEvents) =>
  // Through JSON, as it is written.
  JSON.parse(jsonText(asyncApiOf(service, await readCatalogue(service))));

/** AsyncAPI's own schema of its documents, with all that it refers to. */
const schemaOfAsyncApi = JSON.parse(
  readFileSync(
    createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json'),
    'utf8',
  ),
);

/** @param meta whether it knows the schema of schemas, which AsyncAPI's own brings along */
const createAjv = (meta: boolean) => {
  const ajv = new Ajv({ strict: false, allErrors: true, meta, validateSchema: meta });
  addFormats.default(ajv);
  return ajv;
};

const isAsyncApi = createAjv(false).compile(schemaOfAsyncApi);

const problemsOf = (document: unknown): readonly string[] => {
  isAsyncApi(document);
  return (isAsyncApi.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

describe('the AsyncAPI document of a service', () => {
  it.each([
    ['with events of each kind', booking],
    ['without events', { ...booking, events: {}, consumers: {} }],
  ] as [string, DeclaredEvents][])('is one of AsyncAPI 3.0: %s', async (_, service) => {
    expect(problemsOf(await documentOf(service))).toEqual([]);
  });

  it('would be refused with a message that is none', async () => {
    const document = await documentOf(booking);
    document.channels.bus.messages.SeatsReserved = { payload: 7 };
    expect(problemsOf(document)).not.toEqual([]);
  });

  it('has each event as a message, in its newest version', async () => {
    const { components } = await documentOf(booking);
    expect(Object.keys(components.messages)).toEqual(['SeatsReserved', 'shop_2fClosed']);
    expect(components.messages.SeatsReserved).toMatchObject({
      name: 'SeatsReserved',
      title: 'SeatsReserved, version 2',
      summary: 'Somebody has reserved seats | of a show.',
      payload: {
        properties: {
          type: { const: 'SeatsReserved' },
          schemaversion: { const: 2 },
          source: { const: 'shop.booking' },
        },
      },
      'x-scope': 'all-regions',
    });
  });

  it('says what the service publishes, and what each consumer gets', async () => {
    const { operations } = await documentOf(booking);
    const reserved = { $ref: '#/channels/bus/messages/SeatsReserved' };
    const closed = { $ref: '#/channels/bus/messages/shop_2fClosed' };
    expect(operations).toMatchObject({
      publish: { action: 'send', messages: [reserved, closed] },
      'consume-occupancy': { action: 'receive', messages: [reserved, closed] },
      'consume-notices': { action: 'receive', messages: [reserved] },
    });
  });

  it('has payloads that take the envelopes which are committed, and no others', async () => {
    const { components } = await documentOf(booking);
    const takes = createAjv(true).compile(components.messages.SeatsReserved.payload);
    const envelope = booking.catalogue.envelop(
      {
        ...{ type: 'SeatsReserved', schemaVersion: 2, subject: 'hamlet', aggregateVersion: 1 },
        data: { show: 'hamlet', seats: [{ row: 'a', at: 1 }] },
      },
      'e-1',
      { region: 'us-east-1', time: '2026-01-02T03:04:05.678Z' },
      { correlationid: 'c-1' },
    );
    expect(takes(envelope), JSON.stringify(takes.errors)).toBe(true);
    for (const changes of [{ schemaversion: 1 }, { data: {} }, { id: '' }, { time: 'now' }]) {
      expect(takes({ ...envelope, ...changes })).toBe(false);
    }
  });

  it('is the same in whatever order the service is declared', async () => {
    const { SeatsReserved, 'shop/Closed': closed } = booking.events;
    const { notices, occupancy } = booking.consumers;
    const other = {
      ...booking,
      events: { 'shop/Closed': closed, SeatsReserved },
      consumers: { notices, occupancy: { on: occupancy.on.toReversed() } },
    };
    const text = async (service: DeclaredEvents) => jsonText(await documentOf(service));
    expect(await text(other)).toBe(await text(booking));
  });

  it('keeps the references of a schema, which begin at its root', async () => {
    const jsonSchema = {
      type: 'object',
      properties: { root: { $ref: '#/$defs/node' } },
      $defs: { node: { type: 'object', properties: { left: { $ref: '#/$defs/node' } } } },
    };
    const events = { Grown: { version: 1, schema: object({ root: string() }), jsonSchema } };
    const document = await documentOf({ ...booking, events, consumers: {} });
    const node = { $ref: '#/components/schemas/Grown.node' };
    const { payload } = document.components.messages.Grown;
    expect(payload.properties.data).toEqual({ type: 'object', properties: { root: node } });
    expect(document.components.schemas).toEqual({
      'Grown.node': { type: 'object', properties: { left: node } },
    });
    expect(problemsOf(document)).toEqual([]);
  });
});
