import fc from 'fast-check';
import {
  maxLength,
  minLength,
  number,
  object,
  optional,
  pipe,
  record,
  string,
  unknown,
} from 'valibot';
import { describe, expect, it } from 'vitest';
import { acceptEntries } from '../../../../packages/cli/src/local/eventbridge/put-events.ts';
import { entryOf } from '../../../../src/adapters/eventbridge/packing.ts';
import {
  accept,
  type Causation,
  declareEvents,
  type EventEnvelope,
  Fault,
  type Schema,
} from '../../../../src/domain/kernel/index.ts';
import { memoryCounters } from '../../../support/counter.ts';
import { acceptingBus, memoryService } from '../../../support/memory-service.ts';

const catalogue = declareEvents('antipode.counting', {
  Added: {
    version: 1,
    schema: object({ name: pipe(string(), minLength(1), maxLength(8)), value: number() }),
  },
  Tagged: {
    version: 3,
    oldestVersion: 3,
    schema: object({
      tags: record(string(), unknown()),
      by: optional(string()),
      named: optional(record(string(), number())),
    }),
  },
});

const text = fc.oneof(fc.string({ maxLength: 10 }), fc.constantFrom('', '\ud800', 'T'.repeat(129)));

const envelopeFields = {
  subject: fc.string({ minLength: 1 }),
  aggregateVersion: fc.nat().map((n) => n + 1),
};
const added = fc.record({
  type: fc.constant('Added'),
  schemaVersion: fc.constant(1),
  ...envelopeFields,
  data: fc.record({ name: fc.string({ minLength: 1, maxLength: 8 }), value: fc.integer() }),
});
const tagged = fc.record({
  type: fc.constant('Tagged'),
  schemaVersion: fc.constant(3),
  ...envelopeFields,
  data: fc.record({
    tags: fc.dictionary(
      fc.string(),
      fc.jsonValue({ noUnicodeString: false }).map((value) => value as unknown),
    ),
    by: fc.option(fc.string(), { nil: undefined }),
  }),
});

/** Changes that mostly make an event wrong. */
const change = fc.oneof(
  fc.record({ type: fc.oneof(text, fc.constantFrom('Added', 'Tagged', 'constructor')) }),
  fc.record({ schemaVersion: fc.constantFrom<unknown>(1, 2, 3, 0, '1', 1.5, undefined) }),
  fc.record({ subject: fc.oneof<fc.Arbitrary<unknown>[]>(text, fc.constantFrom(undefined, 7n)) }),
  fc.record({
    aggregateVersion: fc.constantFrom<unknown>(0, -1, '01', Number.NaN, 2 ** 53, undefined),
  }),
  fc.record({ data: fc.anything({ withBigInt: true, withDate: true, withMap: true }) }),
  fc.record({ data: fc.record({ name: text, value: fc.double() }) }),
  fc.record({ data: fc.record({ tags: fc.dictionary(text, fc.anything({ withDate: true })) }) }),
);

/** Events as decisions say them: two of three are right. */
const decided = fc
  .tuple(fc.oneof(added, tagged), fc.option(change, { freq: 2 }))
  .map(([event, changes]) => ({ ...event, ...changes }));
const causation = fc.record(
  {
    correlationid: fc.constantFrom('r', 'r', 'r', 'r', ''),
    causationid: fc.constantFrom('c', 'c', 'c', ''),
    traceparent: fc.constantFrom('00-1-2-01', '00-1-2-01', '\udc00'),
  },
  { requiredKeys: ['correlationid'] },
);

const runOf = async (events: readonly unknown[], caused: Causation, now: number) => {
  const { clock, database, runnerOf } = memoryService();
  const runner = runnerOf(memoryCounters, { catalogue, publisher: acceptingBus().publisher });
  const outcome = await runner
    .run({
      once: { kind: 'command', key: 'k', fingerprint: '' },
      causation: caused,
      now,
      deadline: clock.now() + 10_000,
      decide: () =>
        accept({ state: { counters: { a: 1 } }, events: events as never[], result: null }),
    })
    .catch((error: unknown) => error);
  const rows = database.begin().all<{ readonly event: EventEnvelope }>('outbox');
  const value = database.begin().get('counters', 'a');
  return { outcome, stored: rows.map(({ event }) => event), value };
};

/** The answer of the local stack's bus to an event, as EventBridge gives it. */
const bus = { region: 'us-east-1', account: '000000000000', now: 0 };
const takenByBus = (event: EventEnvelope): boolean => {
  const { Time, ...entry } = entryOf(event, 'bus');
  const { result } = acceptEntries([{ ...entry, Time: Time.getTime() / 1_000 }], bus);
  return result.FailedEntryCount === 0;
};

/** JSON has one zero. */
const unsigned = (value: unknown): unknown => {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(unsigned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unsigned(part)]));
};

const now = Date.parse('2026-01-02T03:04:05.678Z');

describe('a committed event', () => {
  it('is read by its reader as it was said, and taken by the bus', async () => {
    let committed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(decided, { minLength: 1, maxLength: 3 }),
        causation,
        async (events, caused) => {
          const { outcome, stored, value } = await runOf(events, caused, now);
          if (outcome instanceof Error) {
            expect(outcome).toBeInstanceOf(Fault);
            expect(outcome).toMatchObject({
              kind: /^(InvariantViolation|InvalidInput)$/.exec((outcome as Fault).kind)?.[0],
            });
            expect(stored).toEqual([]);
            expect(value).toBeUndefined();
            return;
          }
          committed += 1;
          expect(stored).toHaveLength(events.length);
          for (const event of stored) {
            const wire: unknown = JSON.parse(JSON.stringify(event));
            expect(() => catalogue.parse(wire)).not.toThrow();
            expect(takenByBus(event)).toBe(true);
          }
          const said = stored.map((one) => [one.type, one.subject, one.aggregateversion, one.data]);
          expect(said).toEqual(
            events.map((one) => [one.type, one.subject, one.aggregateVersion, unsigned(one.data)]),
          );
        },
      ),
      { numRuns: 500 },
    );
    expect(committed).toBeGreaterThan(25);
  });
});

const good = {
  type: 'Added',
  schemaVersion: 1,
  subject: 'a',
  aggregateVersion: 1,
  data: { name: 'a', value: 1 },
};
const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

class Counted {
  readonly name = 'a';
  readonly value = 1;
}

/** JSON writes it as a text, although it looks like an object without a class. */
const hidden: unknown = Object.assign(
  Object.create(Object.assign(Object.create(null), { toJSON: () => 'other' })),
  { name: 'a', value: 1 },
);
const { proxy: unreadable, revoke } = Proxy.revocable({}, {});
revoke();

/** A list in a list, and so on. */
const nested = (levels: number): unknown =>
  Array.from({ length: levels }).reduce((list: unknown) => [list], 1);

/** Takes 2 ** levels places in its JSON. */
const doubled = (levels: number): unknown =>
  Array.from({ length: levels }).reduce((list: unknown) => [list, list], []);

describe('an event that its readers would refuse is refused before it is committed', () => {
  it.each<[string, object, RegExp]>([
    ['an unknown type', { type: 'Removed' }, /Unknown event type Removed/],
    ['no type', { type: undefined }, /: type must be a text/],
    ['the name of a method as type', { type: 'toString' }, /Unknown event type toString/],
    ['a type of 129 characters', { type: 'T'.repeat(129) }, /Unknown event type T/],
    ['an unknown version', { schemaVersion: 2 }, /Unknown version 2 of event Added/],
    ['a version that is a text', { schemaVersion: '1' }, /: schemaversion must be a whole number/],
    ['an empty subject', { subject: '' }, /: subject must be a text/],
    ['no subject', { subject: undefined }, /: subject must be a text/],
    ['a subject that is a bigint', { subject: 7n }, /: subject is a bigint/],
    ['a subject that JSON makes a text', { subject: new Date(0) }, /: subject is of class Date/],
    [
      'a type that is no text',
      { type: { toString: () => good.type } },
      /: type.toString is a func/,
    ],
    [
      'an aggregate version that is a text',
      { aggregateVersion: '01' },
      /: aggregateversion must be a whole number/,
    ],
    [
      'an aggregate version that is a bigint',
      { aggregateVersion: 1n },
      /: aggregateversion is a bigint/,
    ],
    [
      'the aggregate version 0',
      { aggregateVersion: 0 },
      /: aggregateversion must be a whole number/,
    ],
    [
      'data that do not fit',
      { data: { name: 'a', value: 'one' } },
      /does not fit its schema: data.value$/,
    ],
    ['a field too few', { data: { name: 'a' } }, /: data.value$/],
    ['no data', { data: undefined }, /: data must /],
    ['NaN in its data', { data: { name: 'a', value: Number.NaN } }, /data\.value is NaN/],
    [
      'a date in its data',
      { data: { name: 'a', value: 1, at: new Date() } },
      /data\.at is of class Date/,
    ],
    [
      'a map in its data',
      { data: { name: 'a', value: 1, of: new Map() } },
      /data\.of is of class Map/,
    ],
    [
      'undefined in a list',
      { data: { name: 'a', value: 1, of: [undefined] } },
      /data\.of\[0\] is undefined/,
    ],
    ['a bigint in its data', { data: { name: 'a', value: 1n } }, /data\.value is a bigint/],
    [
      'more levels than a bus takes',
      { type: 'Tagged', schemaVersion: 3, data: { tags: { a: nested(988) } } },
      /is nested more than 990 levels deep/,
    ],
    ['data that contain themselves', { data: cyclic }, /data\.self refers to itself/],
    ['a list with a hole', { data: { name: 'a', value: 1, of: Array(1) } }, /data\.of is an array/],
    ['an instance of a class', { data: new Counted() }, /data is of class Counted/],
    ['a method that only JSON calls', { data: hidden }, /data is of class its own/],
    [
      'a getter',
      {
        data: {
          ...good.data,
          get of() {
            return 1;
          },
        },
      },
      /data\.of is a getter/,
    ],
    ['data that cannot be read', { data: unreadable }, /it cannot be read/],
  ])('%s', async (_, changes, message) => {
    const { outcome, stored, value } = await runOf(
      [good, { ...good, ...changes }],
      { correlationid: 'r' },
      now,
    );
    expect(outcome).toMatchObject({
      kind: 'InvariantViolation',
      message: expect.stringMatching(message),
    });
    expect(stored).toEqual([]);
    expect(value).toBeUndefined();
  });

  it.each([
    ['an empty correlation id', { correlationid: '' }, now],
    ['no correlation id', {} as Causation, now],
    ['a cause that is no text', { correlationid: 'r', causationid: 7 as never }, now],
    ['a time after the year 9999', { correlationid: 'r' }, Date.UTC(12_000)],
    ['a time that is none', { correlationid: 'r' }, Number.NaN],
  ])('%s of the request', async (_, caused, at) => {
    const { outcome, stored, value } = await runOf([good], caused, at);
    expect(outcome).toMatchObject({ kind: 'InvariantViolation' });
    expect(stored).toEqual([]);
    expect(value).toBeUndefined();
  });

  it.each([
    ['a text of half a surrogate pair', { name: '\ud800', value: 1 }],
    ['more bytes than can be published', { name: 'x'.repeat(70_000), value: 1 }],
    ['one list in more places than there is memory for', { name: 'a', value: 1, of: doubled(64) }],
  ])("%s is the input's fault: the caller can send another one", async (_, broken) => {
    const { outcome, stored } = await runOf(
      [{ ...good, data: broken }],
      { correlationid: 'r' },
      now,
    );
    expect(outcome).toMatchObject({ kind: 'InvalidInput' });
    expect(stored).toEqual([]);
  });

  it('takes as many levels as a bus takes', async () => {
    const data = { tags: { a: nested(987) } };
    const deep = { ...good, type: 'Tagged', schemaVersion: 3, data };
    const { stored } = await runOf([deep], { correlationid: 'r' }, now);
    expect(stored.map(takenByBus)).toEqual([true]);
  });

  it('names fields and quotes no data', async () => {
    const data = { name: 'canary-1', value: 'canary-2' };
    const { outcome } = await runOf([{ ...good, data }], { correlationid: 'r' }, now);
    expect(String(outcome)).not.toContain('canary');
  });

  it('commits the event as it was said, whatever a schema makes of its copy', () => {
    const dated: Schema<{ at: Date }, { at: string }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ({
          value: Object.assign(value ?? {}, { at: new Date((value as { at: string })?.at) }),
        }),
      },
    };
    const times = declareEvents('shop.times', { Opened: { version: 1, schema: dated } });
    const at = '2026-01-02T03:04:05+01:00';
    const origin = { region: 'us-east-1', time: '2026-01-02T03:04:05.678Z' };
    const opened = { ...good, type: 'Opened', schemaVersion: 1, data: { at } } as const;
    const committed = times.envelop(opened, 'id', origin, { correlationid: 'r' });
    expect(committed.data).toEqual({ at });
    expect(times.parse(committed).data.at).toEqual(new Date(at));
  });

  it('quotes no key of a record, which may be data', async () => {
    const tags = { 'canary@example.org': 'x' };
    for (const data of [
      { tags, by: 1 },
      { tags: { 'canary@example.org': 1n } },
      { tags: {}, named: tags },
    ]) {
      const { outcome } = await runOf(
        [{ ...good, type: 'Tagged', schemaVersion: 3, data }],
        { correlationid: 'r' },
        now,
      );
      expect(outcome).toMatchObject({ kind: 'InvariantViolation' });
      expect(String(outcome)).not.toContain('canary');
    }
  });

  it('takes from a cause its three attributes, and nothing else that it has', async () => {
    const cause = { ...good, correlationid: 'r', causationid: 'c', id: 'mine', data: 'other' };
    const { stored } = await runOf([good], cause as Causation, now);
    expect(stored).toMatchObject([
      { ...{ correlationid: 'r', causationid: 'c' }, data: good.data },
    ]);
    expect(stored[0]?.id).not.toBe('mine');
  });
});
