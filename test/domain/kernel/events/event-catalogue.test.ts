import fc from 'fast-check';
import { array, integer, number, object, pipe, string, transform } from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  declareEvents,
  InvalidInput,
  InvariantViolation,
} from '../../../../src/domain/kernel/index.ts';
import { anEvent } from '../../../support/counter.ts';

const catalogue = declareEvents('antipode.counting', {
  Added: { version: 1, schema: object({ name: string(), value: pipe(number(), integer()) }) },
  Listed: {
    version: 3,
    oldestVersion: 3,
    schema: object({ items: array(object({ name: string() })) }),
  },
});

const wire = (changes: object = {}): unknown => ({ ...anEvent('a'), ...changes });

/** The error that it throws, or its answer. */
const outcomeOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

const refusalOf = (given: unknown): InvalidInput => {
  const error = outcomeOf(() => catalogue.parse(given));
  if (error instanceof InvalidInput) return error;
  throw new Error(`not refused: ${JSON.stringify(error)}`);
};

describe('an event catalogue', () => {
  it('accepts what was declared, with every attribute that it came with', () => {
    const event = {
      ...anEvent('a'),
      causationid: 'cause',
      traceparent: '00-1-2-01',
      extra: 'kept',
    };
    expect(catalogue.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  it('gives the data as its schema reads them', () => {
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
    expect(upperCase.parse(wire())).toMatchObject({ data: { name: 'A' } });
  });

  it('says before COMMIT how an attribute must be', () => {
    const event = { type: 'Added', schemaVersion: 1, subject: '', aggregateVersion: 0 } as const;
    const origin = { region: 'us-east-1', time: '2026-01-01T00:00:00.000Z' };
    const cause = { correlationid: 'c' };
    const data = { name: 'a', value: 1 };
    expect(() => catalogue.envelop({ ...event, data }, 'e', origin, cause)).toThrow(
      'Event Added is not committed, because its readers would refuse it. Not a CloudEvents 1.0 envelope: ' +
        'subject must be a text of Unicode that is not empty, aggregateversion must be a whole number from 1',
    );
  });

  it('says before COMMIT where an event is declared', () => {
    const event = { type: 'Moved', schemaVersion: 1, subject: 's', aggregateVersion: 1 };
    const origin = { region: 'us-east-1', time: '2026-01-01T00:00:00.000Z' };
    const cause = { correlationid: 'c' };
    expect(() => catalogue.envelop({ ...event, data: null } as never, 'e', origin, cause)).toThrow(
      /Unknown event type Moved: declare it in `events` of the service$/,
    );
  });

  it.each([undefined, null, 1, 'text', [], {}])('refuses %j, which is no envelope', (given) => {
    expect(refusalOf(given).message).toMatch(/^Not a CloudEvents 1.0 envelope/);
  });

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
    ['aggregateversion', 0],
    ['schemaversion', -1],
    ['subject', ''],
    ['subject', '\ud800'],
    ['causationid', ''],
    ['traceparent', 7],
    ['data', undefined],
  ])('refuses an envelope whose %s is %j, and names it', (field, value) => {
    const { issues } = refusalOf(wire({ [field]: value }));
    expect(issues.map((issue) => issue.field)).toEqual([field]);
  });

  it('refuses an event of another source', () => {
    const { message } = refusalOf(wire({ source: 'aws.ec2' }));
    expect(message).toBe('Event source aws.ec2 is not antipode.counting');
  });

  it.each(['Removed', 'constructor', '__proto__', 'toString'])(
    'refuses an event of the unknown type %s',
    (type) => {
      expect(refusalOf(wire({ type })).message).toBe(`Unknown event type ${type}`);
    },
  );

  it.each([2, 3])('refuses version %i of an event that is declared as 1', (schemaversion) => {
    const { message } = refusalOf(wire({ schemaversion }));
    expect(message).toBe(`Unknown version ${schemaversion} of event Added: expected 1 to 1`);
  });

  it('names every field of the data that does not fit', () => {
    const { issues } = refusalOf(wire({ data: { name: 1, value: 'one' } }));
    expect(issues.map(({ field }) => field)).toEqual(['data.name', 'data.value']);
  });

  it('quotes no data, because Lambda writes every field of an error into its log', () => {
    const refusal = refusalOf(wire({ data: { name: ['canary'], value: 'canary' } }));
    expect(refusal.message).toBe('Event Added does not fit its schema: data.name, data.value');
    expect(JSON.stringify({ ...refusal })).not.toContain('canary');
  });

  it('names a field within a list by its position', () => {
    const listed = { type: 'Listed', schemaversion: 3, data: { items: [{ name: 'a' }, {}] } };
    const { issues } = refusalOf(wire(listed));
    expect(issues.map(({ field }) => field)).toEqual(['data.items[1].name']);
  });

  it('names eight fields at most, each once, and lists all that is wrong', () => {
    const path = (key: unknown) => ({ message: 'no', path: [{ key }] as never });
    const issues = [...'aabbcdefghij'].map(path);
    const { parse } = declareEvents('antipode.counting', {
      Added: {
        version: 1,
        schema: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) } },
      },
    });
    const error = outcomeOf(() => parse(wire())) as InvalidInput;
    const named = [...'abcdefgh'].map((key) => `data.${key}`).join(', ');
    expect(error.message).toBe(`Event Added does not fit its schema: ${named}`);
    expect(error.issues).toHaveLength(12);
    expect(error.issues[0]).toEqual({ field: 'data.a', message: 'does not fit the schema' });
  });

  it('names a place that a schema gives in any of its forms', () => {
    const places = [
      undefined,
      [],
      ['a', 0],
      [{ key: 'b' }, { key: 1 }],
      ['ada@x.test', Symbol('c')],
    ];
    const issues = places.map((path) => ({ message: 'no', path }) as never);
    const { parse } = declareEvents('antipode.counting', {
      Added: {
        version: 1,
        schema: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) } },
      },
    });
    const error = outcomeOf(() => parse(wire())) as InvalidInput;
    expect(error.issues.map(({ field }) => field)).toEqual([
      ...['data', 'data', 'data.a[0]', 'data.b[1]', 'data[…][…]'],
    ]);
  });

  it('says of a value that is no object only that it is no envelope', () => {
    expect(refusalOf('text').message).toBe('Not a CloudEvents 1.0 envelope');
    expect(refusalOf('text').issues).toEqual([]);
  });

  it('takes an event that its readers would refuse for a fault of the service, with the reason', () => {
    const event = { type: 'Added', schemaVersion: 2, subject: 'a', aggregateVersion: 1 } as const;
    const origin = { region: 'us-east-1', time: '2026-01-01T00:00:00.000Z' };
    const data = { name: 'a', value: 1 };
    const fault = outcomeOf(() =>
      // @ts-expect-error a version that is not the declared one
      catalogue.envelop({ ...event, data }, 'e', origin, { correlationid: 'c' }),
    ) as InvariantViolation;
    expect(fault).toBeInstanceOf(InvariantViolation);
    expect(fault.cause).toBeInstanceOf(InvalidInput);
  });

  it('gives an envelope as its reader gets it, whatever the schema does to what it is given', () => {
    const { envelop } = declareEvents('antipode.counting', {
      Added: {
        version: 1,
        schema: {
          '~standard': {
            version: 1,
            vendor: 'test',
            validate: (value: unknown) => {
              if (value) Object.assign(value, { name: 'changed' });
              return { value: { name: 'other' } };
            },
          },
        },
      },
    });
    const event = { type: 'Added', schemaVersion: 1, subject: 'a', aggregateVersion: 1 } as const;
    const origin = { region: 'us-east-1', time: '2026-01-01T00:00:00.000Z' };
    const data = { name: 'a' };
    const envelope = envelop({ ...event, data }, 'e', origin, { correlationid: 'c' });
    expect(envelope.data).toEqual({ name: 'a' });
    expect(data).toEqual({ name: 'a' });
    expect(Object.keys(envelope)).not.toContain('causationid');
  });

  it('answers anything with an event or an invalid input, and nothing else', () => {
    const hostile = fc.oneof(
      fc.jsonValue().map((value) => value as unknown),
      fc
        .dictionary(fc.constantFrom(...Object.keys(anEvent())), fc.jsonValue())
        .map((changes) => wire(changes)),
    );
    fc.assert(
      fc.property(hostile, (given) => {
        const result = outcomeOf(() => catalogue.parse(given));
        if (result instanceof Error) expect(result).toBeInstanceOf(InvalidInput);
        else expect(result).toMatchObject({ specversion: '1.0', source: 'antipode.counting' });
      }),
    );
  });
});
