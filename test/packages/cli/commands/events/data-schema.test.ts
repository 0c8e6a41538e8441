import { check, custom, date, number, object, pipe, string, transform } from 'valibot';
import { describe, expect, it } from 'vitest';
import { dataSchemaOf } from '../../../../../packages/cli/src/commands/events/data-schema.ts';
import type { EventDeclaration, Schema } from '../../../../../src/domain/kernel/index.ts';

const schemaOf = (schema: unknown, more: Partial<EventDeclaration> = {}) =>
  dataSchemaOf('Added', { version: 1, schema: schema as Schema<unknown>, ...more });

const standard = (more: object = {}) => ({
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }), ...more },
});

describe('the JSON Schema of the data of an event', () => {
  it("is made from Valibot's schema, as the data are before it reads them", async () => {
    const schema = object({
      at: pipe(
        string(),
        transform((text) => new Date(text)),
      ),
      n: number(),
    });
    expect(await schemaOf(schema)).toEqual({
      schema: {
        type: 'object',
        properties: { at: { type: 'string' }, n: { type: 'number' } },
        required: ['at', 'n'],
      },
      omitted: [],
    });
  });

  it('names the rules that JSON Schema cannot say', async () => {
    const even = pipe(
      number(),
      check((n) => n % 2 === 0),
    );
    const { schema, omitted } = await schemaOf(object({ even }));
    expect(schema['properties']).toEqual({ even: { type: 'number' } });
    expect(omitted).toEqual(['check']);
  });

  it('is the one that the validator gives, of its input', async () => {
    const asked: unknown[] = [];
    const input = (options: unknown) => {
      asked.push(options);
      return { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string' };
    };
    const { schema } = await schemaOf(standard({ jsonSchema: { input } }));
    expect(schema).toEqual({ type: 'string' });
    expect(asked).toEqual([{ target: 'draft-07' }]);
  });

  it.each([
    ['a value', { type: 'boolean' }],
    ['a function', () => ({ type: 'boolean' })],
    ['a function that loads it', async () => ({ type: 'boolean' })],
  ])('is the declared one, %s, before all others', async (_, jsonSchema) => {
    const { schema } = await schemaOf(object({}), { jsonSchema });
    expect(schema).toEqual({ type: 'boolean' });
  });

  it.each([
    ['a date', object({ at: date() })],
    ['a rule of its own', object({ at: custom(() => true) })],
    [
      'a validator that throws',
      standard({
        jsonSchema: {
          input: () => {
            throw new Error('no form');
          },
        },
      }),
    ],
  ])('is missing for %s, in one line that says what to do', async (_, schema) => {
    await expect(schemaOf(schema)).rejects.toThrow(
      /^event Added: its schema has no form in JSON Schema \([^\n]+\): give `jsonSchema` in its declaration$/,
    );
  });

  it('is missing for a validator that gives none', async () => {
    await expect(schemaOf(standard())).rejects.toThrow(
      'event Added: test gives no JSON Schema here: give `jsonSchema` in its declaration',
    );
  });
});
