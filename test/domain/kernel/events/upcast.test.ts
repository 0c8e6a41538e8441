import { array, integer, number, object, pipe, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import { systemIds } from '../../../../src/adapters/system/index.ts';
import {
  createRelay,
  declareEvents,
  type EventEnvelope,
  InvalidInput,
  InvariantViolation,
} from '../../../../src/domain/kernel/index.ts';
import { outboxShardCount } from '../../../../src/domain/kernel/outbox/outbox.ts';
import { acceptingBus, graceMs, memoryService } from '../../../support/memory-service.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

type V1 = { readonly seat: string };
type V2 = { readonly seats: string[] };

const schema = object({ seats: array(string()), count: pipe(number(), integer()) });

/** The event has had three shapes: one seat, several seats, and their number beside. */
const catalogue = declareEvents('shop.booking', {
  SeatsReserved: {
    version: 3,
    schema,
    upcast: {
      1: ({ seat }: V1): V2 => ({ seats: [seat] }),
      2: ({ seats }: V2) => ({ seats, count: seats.length }),
    },
  },
});

const envelope = (schemaversion: number, data: unknown): EventEnvelope => ({
  specversion: '1.0',
  id: 'e-1',
  source: 'shop.booking',
  type: 'SeatsReserved',
  time: '2026-01-02T03:04:05.678Z',
  subject: 'hamlet',
  datacontenttype: 'application/json',
  schemaversion,
  originregion: 'us-east-1',
  aggregateversion: 1,
  correlationid: 'c-1',
  data,
});

const errorOf = (work: () => unknown): Error => {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
};

describe('a reader of an event that has had several versions', () => {
  it.each([
    [1, { seat: 'A1' }, { seats: ['A1'], count: 1 }],
    [2, { seats: ['A1', 'A2'] }, { seats: ['A1', 'A2'], count: 2 }],
    [3, { seats: ['A1'], count: 7 }, { seats: ['A1'], count: 7 }],
  ])('gets version %i in the newest version', (version, data, expected) => {
    const event = catalogue.parse(envelope(version, data));
    expect(event).toEqual({ ...envelope(3, expected) });
  });

  it.each([0.5, 4, 99])('refuses version %d, which it does not know', (version) => {
    expect(() => catalogue.parse(envelope(version, {}))).toThrow(InvalidInput);
  });

  it('says which versions it reads', () => {
    expect(() => catalogue.parse(envelope(4, {}))).toThrow(
      'Unknown version 4 of event SeatsReserved: expected 1 to 3',
    );
  });

  it('refuses a version that is older than the oldest that it reads', () => {
    const { parse } = declareEvents('shop.booking', {
      SeatsReserved: {
        version: 3,
        schema,
        oldestVersion: 2,
        upcast: { 2: ({ seats }: V2) => ({ seats, count: seats.length }) },
      },
    });
    expect(() => parse(envelope(1, { seat: 'A1' }))).toThrow(
      'Unknown version 1 of event SeatsReserved: expected 2 to 3',
    );
    expect(parse(envelope(2, { seats: [] })).data).toEqual({ seats: [], count: 0 });
  });

  it('takes an event whose upcast throws for an invalid one, and quotes no data', () => {
    const error = errorOf(() => catalogue.parse(envelope(2, { seats: null })));
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error.message).toBe('The upcast of event SeatsReserved from 2 has failed');
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it.each([1, 2])('refuses an asynchronous upcast, which no type allows, from %i', (from) => {
    const upcasts = { 1: () => ({ seats: [] }), 2: () => ({ seats: [], count: 0 }) };
    const late = async () => Promise.reject(new Error('nobody waits for this'));
    const { parse } = declareEvents('shop.booking', {
      SeatsReserved: {
        ...{ version: 3, schema: object({}) },
        upcast: { ...upcasts, [from]: late },
      } as never,
    });
    const error = errorOf(() => parse(envelope(1, {})));
    expect(error).toBeInstanceOf(InvariantViolation);
    expect(error.message).toBe(
      `The upcast of event SeatsReserved from ${from} is asynchronous: use a synchronous one`,
    );
  });

  it('takes an event whose upcast gives data that the schema refuses for an invalid one', () => {
    const error = errorOf(() => catalogue.parse(envelope(1, { seat: 7 })));
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error.message).toBe('Event SeatsReserved does not fit its schema: data.seats[0]');
  });

  it('keeps the event as it came, also where an upcast changes what it is given', () => {
    const { parse } = declareEvents('shop.booking', {
      SeatsReserved: {
        version: 2,
        schema,
        upcast: {
          1: (data: { seats: string[]; count?: number }) => {
            data.seats.push('A2');
            return { ...data, count: data.seats.length };
          },
        },
      },
    });
    const wire = envelope(1, { seats: ['A1'] });
    expect(parse(wire).data).toEqual({ seats: ['A1', 'A2'], count: 2 });
    expect(wire).toEqual(envelope(1, { seats: ['A1'] }));
  });
});

describe('an event that was committed before its version changed', () => {
  it('is published as it is, and read in the newest version', async () => {
    const clock = manualClock(Date.now());
    const { outbox, insert, logger, metrics } = memoryService(clock);
    const bus = acceptingBus();
    insert(envelope(1, { seat: 'A1' }));
    clock.advance(graceMs + 1);
    const relay = createRelay({
      ...{ outbox, clock, logger, metrics, publisher: bus.publisher, ids: systemIds },
      ...{ random: always(0.5), region: 'us-east-1', takeoverAgeMs: 600_000 },
      shards: Array.from({ length: outboxShardCount }, (_, shard) => shard),
    });
    await relay.run(clock.now() + 30_000);
    expect(bus.taken).toEqual([envelope(1, { seat: 'A1' })]);
    expect(catalogue.parse(bus.taken[0]).data).toEqual({ seats: ['A1'], count: 1 });
  });
});

describe('a decision', () => {
  const origin = { region: 'us-east-1', time: '2026-01-02T03:04:05.678Z' };

  it('says the newest version only, although readers take older ones', () => {
    const event = {
      ...{ type: 'SeatsReserved', schemaVersion: 1, subject: 'hamlet', aggregateVersion: 1 },
      data: { seat: 'A1' },
    };
    const envelop = () =>
      catalogue.envelop(event as never, 'e-1', origin, { correlationid: 'c-1' });
    expect(envelop).toThrow(InvariantViolation);
    expect(envelop).toThrow('Unknown version 1 of event SeatsReserved: expected 3 to 3');
  });
});

describe('a declaration that reads an older version', () => {
  const declared = (declaration: object) => () =>
    declareEvents('shop.booking', { SeatsReserved: { schema, ...declaration } as never });
  const identity = (data: unknown) => data;

  it.each([
    [
      'without its upcast',
      { version: 3, upcast: { 1: identity } },
      'Version 2 of event SeatsReserved has no upcast to 3: give it, or set oldestVersion',
    ],
    [
      'without any upcast',
      { version: 2 },
      'Version 1 of event SeatsReserved has no upcast to 2: give it, or set oldestVersion',
    ],
    [
      'with an upcast that is no function',
      { version: 2, upcast: { 1: { seats: [] } } },
      'Version 1 of event SeatsReserved has no upcast to 2',
    ],
    [
      'from 0',
      { version: 2, oldestVersion: 0 },
      'Version 0 of event SeatsReserved has no upcast to 2',
    ],
    [
      'that is newer than the newest',
      { version: 2, oldestVersion: 3 },
      'Version 3 of event SeatsReserved has no upcast to 2',
    ],
    [
      'from half a version',
      { version: 2, oldestVersion: 1.5, upcast: { 1: identity } },
      'Version 1.5 of event SeatsReserved has no upcast to 2',
    ],
  ])('is refused %s', (_, declaration, message) => {
    expect(declared(declaration)).toThrow(message);
    expect(declared(declaration)).toThrow(InvariantViolation);
  });

  it('may read its newest version alone', () => {
    expect(declared({ version: 2, oldestVersion: 2 })).not.toThrow();
  });
});
