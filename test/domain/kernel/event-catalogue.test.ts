import fc from 'fast-check';
import { array, integer, number, object, pipe, string, transform } from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  declareEvents,
  InvalidInput,
  type Json,
  type Schema,
} from '../../../src/domain/kernel/index.ts';
import { anEvent } from '../../support/counter.ts';

const catalogue = declareEvents('antipode.counting', {
  Added: { version: 1, schema: object({ name: string(), value: pipe(number(), integer()) }) },
  Listed: { version: 3, schema: object({ items: array(object({ name: string() })) }) },
});

const wire = (changes: object = {}): unknown => ({ ...anEvent('a'), ...changes });

const refusalOf = async (given: unknown): Promise<InvalidInput> => {
  const error = await catalogue.parse(given).catch((thrown: unknown) => thrown);
  if (error instanceof InvalidInput) return error;
  throw new Error(`not refused: ${JSON.stringify(error)}`);
};

describe('an event catalogue', () => {
  it('accepts what was declared, with every attribute that it came with', async () => {
    const event = {
      ...anEvent('a'),
      causationid: 'cause',
      traceparent: '00-1-2-01',
      extra: 'kept',
    };
    expect(await catalogue.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  it('gives the data as its schema reads them', async () => {
    const upperCase = declareEvents('antipode.counting', {
      Added: {
        version: 1,
        schema: object({
          name: pipe(
            string(),
            transform((text) => text.toUpperCase()),
          ),
        }),
      },
    });
    expect(await upperCase.parse(wire())).toMatchObject({ data: { name: 'A' } });
  });

  it('waits for a schema that takes its time', async () => {
    const patient: Schema<Json> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async () => ({ issues: [{ message: 'too late' }] }),
      },
    };
    const slow = declareEvents('antipode.counting', { Added: { version: 1, schema: patient } });
    await expect(slow.parse(wire())).rejects.toMatchObject({
      issues: [{ field: 'data', message: 'too late' }],
    });
  });

  it.each([undefined, null, 1, 'text', [], {}])(
    'refuses %j, which is no envelope',
    async (given) => {
      expect((await refusalOf(given)).message).toBe('Not a CloudEvents 1.0 envelope');
    },
  );

  it.each([
    ['specversion', '0.3'],
    ['id', ''],
    ['source', undefined],
    ['type', 7],
    ['time', null],
    ['time', 'yesterday'],
    ['subject', {}],
    ['originregion', ''],
    ['correlationid', undefined],
    ['schemaversion', '1'],
    ['schemaversion', 1.5],
    ['aggregateversion', undefined],
  ])('refuses an envelope whose %s is %j, and names it', async (field, value) => {
    const { issues } = await refusalOf(wire({ [field]: value }));
    expect(issues.map((issue) => issue.field)).toEqual([field]);
  });

  it('refuses an event of another source', async () => {
    const { message } = await refusalOf(wire({ source: 'aws.ec2' }));
    expect(message).toBe('Event source aws.ec2 is not antipode.counting');
  });

  it.each(['Removed', 'constructor', '__proto__', 'toString'])(
    'refuses an event of the unknown type %s',
    async (type) => {
      expect((await refusalOf(wire({ type }))).message).toBe(`Unknown event type ${type}`);
    },
  );

  it.each([0, 2])('refuses version %i of an event that is declared as 1', async (schemaversion) => {
    const { message } = await refusalOf(wire({ schemaversion }));
    expect(message).toBe(`Unknown version ${schemaversion} of event Added`);
  });

  it('names every field of the data that does not fit', async () => {
    const { issues } = await refusalOf(wire({ data: { name: 1, value: 'one' } }));
    expect(issues.map(({ field }) => field)).toEqual(['data.name', 'data.value']);
  });

  it('names a field within a list by its position', async () => {
    const listed = { type: 'Listed', schemaversion: 3, data: { items: [{ name: 'a' }, {}] } };
    const { issues } = await refusalOf(wire(listed));
    expect(issues.map(({ field }) => field)).toEqual(['data.items.1.name']);
  });

  it('answers anything with an event or an invalid input, and nothing else', async () => {
    const hostile = fc.oneof(
      fc.jsonValue().map((value) => value as unknown),
      fc
        .dictionary(fc.constantFrom(...Object.keys(anEvent())), fc.jsonValue())
        .map((changes) => wire(changes)),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (given) => {
        const result = await catalogue.parse(given).catch((thrown: unknown) => thrown);
        if (result instanceof Error) expect(result).toBeInstanceOf(InvalidInput);
        else expect(result).toMatchObject({ specversion: '1.0', source: 'antipode.counting' });
      }),
    );
  });
});
