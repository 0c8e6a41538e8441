import { checkAsync, object, objectAsync, pipeAsync, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  declareEvents,
  InvariantViolation,
  type Schema,
} from '../../../../src/domain/kernel/index.ts';

const schema = object({ name: string() });
const declared = (source: string, type = 'Added', version = 1, given: unknown = schema) =>
  declareEvents(source, { [type]: { version, schema: given as typeof schema } });

const schemaThat = (validate: () => unknown): unknown => ({
  '~standard': { version: 1, vendor: 'test', validate },
});

const origin = { region: 'us-east-1', time: '2026-01-02T03:04:05.678Z' };
const added = {
  type: 'Added',
  schemaVersion: 1,
  subject: 'a',
  aggregateVersion: 1,
  data: { name: 'a' },
};

describe('a declaration of events', () => {
  it.each([
    ['', /Event source .*is empty/],
    ['aws.orders', /Event source aws\.orders begins with "aws\."/],
    ['s'.repeat(257), /has 257 characters: EventBridge takes 256/],
    ['shop\ud800', /not well-formed/],
    [undefined as unknown as string, /Event source/],
  ])('refuses the source %j, which no bus would take', (source, message) => {
    expect(() => declared(source)).toThrow(message);
    expect(() => declared(source)).toThrow(InvariantViolation);
  });

  it.each(['', 'T'.repeat(129), '\udc00'])('refuses the type %j', (type) => {
    expect(() => declared('shop.box', type)).toThrow(/^Event type /);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number])(
    'refuses the version %j',
    (version) => {
      const message = 'Version of event Added must be a whole number from 1';
      expect(() => declared('shop.box', 'Added', version)).toThrow(message);
    },
  );

  it.each([
    ['nothing', null],
    ['a function', () => true],
    ['another version of Standard Schema', { '~standard': { version: 2, validate: () => ({}) } }],
    ['a schema without validate', { '~standard': { version: 1 } }],
  ])('refuses %s for a schema', (_, given) => {
    expect(() => declared('shop.box', 'Added', 1, given)).toThrow(
      'Schema of event Added is no Standard Schema 1',
    );
  });

  it('refuses a schema that is asynchronous, because nothing may wait before COMMIT', () => {
    const given = objectAsync({
      name: pipeAsync(
        string(),
        checkAsync(async () => true),
      ),
    });
    expect(() => declared('shop.box', 'Added', 1, given)).toThrow(
      'Schema of event Added is asynchronous: use a synchronous one',
    );
  });

  it('takes the longest names that EventBridge takes', () => {
    expect(() => declared('s'.repeat(256), 'T'.repeat(128))).not.toThrow();
  });

  it.each(['aws', 'awsome.orders', 'shop.aws.', 'AWS.orders'])('takes the source %s', (source) => {
    expect(declared(source).source).toBe(source);
  });

  it('quotes a name whole up to 128 characters, and the first of a longer one', () => {
    const name = `T${'x'.repeat(127)}`;
    expect(() => declared('shop.box', name, 0)).toThrow(`Version of event ${name} must be`);
    expect(() => declared('shop.box', `${name}x`)).toThrow(
      `Event type ${name}… has 129 characters: EventBridge takes 128`,
    );
  });

  it.each([undefined, 7, null])('says of the source %j that it must be a text', (source) => {
    expect(() => declared(source as never)).toThrow(
      `Event source of type ${typeof source} must be a text`,
    );
  });

  it('takes no events, of a service that only consumes', () => {
    expect(declareEvents('shop.audit', {}).source).toBe('shop.audit');
  });
});

describe('a schema that turns out to be asynchronous', () => {
  const late: unknown = schemaThat(() => Promise.reject(new Error('too late')));
  /** Answers the declaration at once, and every event later. */
  const sly = () => {
    const answers = [() => ({ issues: [{ message: 'no' }] })];
    return schemaThat(() =>
      (answers.pop() ?? (() => (late as Schema<never>)['~standard'].validate(0)))(),
    );
  };

  it('refuses the event before it is committed, and its failure ends no process', async () => {
    const catalogue = declared('shop.box', 'Added', 1, sly());
    const envelop = () => catalogue.envelop(added as never, 'id', origin, { correlationid: 'c' });
    expect(envelop).toThrow('Schema of event Added is asynchronous');
    expect(envelop).toThrow(InvariantViolation);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('refuses the event at its reader too', () => {
    const wire = declared('shop.box').envelop(added as never, 'id', origin, { correlationid: 'c' });
    expect(() => declared('shop.box', 'Added', 1, sly()).parse(wire)).toThrow(InvariantViolation);
  });

  it('is told from one that throws', () => {
    const throwing = schemaThat(() => {
      throw new TypeError('broken');
    });
    const catalogue = declared('shop.box', 'Added', 1, throwing);
    const envelop = () => catalogue.envelop(added as never, 'id', origin, { correlationid: 'c' });
    expect(envelop).toThrow('Schema of event Added has thrown an error');
    expect(envelop).toThrow(expect.objectContaining({ cause: new TypeError('broken') }));
  });
});
