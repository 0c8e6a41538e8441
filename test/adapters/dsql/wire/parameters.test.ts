import { createRequire } from 'node:module';
import fc from 'fast-check';
import { types } from 'pg';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { json, statement } from '../../../../src/adapters/dsql/index.ts';
import {
  encodeParameters,
  type WireParameter,
} from '../../../../src/adapters/dsql/wire/parameters.ts';
import { valueParsers } from '../../../../src/adapters/dsql/wire/value-parsers.ts';
import { InvalidInput, InvariantViolation } from '../../../../src/domain/kernel/index.ts';
import { processorMsOf } from '../../../support/processor-time.ts';

/** The encoder of `pg`, which its types do not declare. */
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils.js') as {
  prepareValue(value: unknown): unknown;
};

const encode = (value: unknown, sql = 'SELECT $1'): WireParameter | undefined =>
  encodeParameters(statement(sql, value))[0];

/** A value as a connection reads it, by the OID of its type. */
const readAs = (oid: number, text: string): unknown =>
  valueParsers.getTypeParser(oid, 'text')(text);

const oids = { json: 114, jsonb: 3802, texts: 1009, jsonbs: 3807, timestamptzs: 1185 };

describe('half of a surrogate pair', () => {
  it.each([
    ['in a text', 'a\ud83d'],
    ['in a list', ['a', '\ude00b']],
    ['given by toPostgres', { toPostgres: () => '\ud83d' }],
  ])('%s is refused, since its place would be taken by another character', (_, value) => {
    const refused = () => encodeParameters(statement('SELECT $1, $2', 'fine 😀', value));
    expect(refused).toThrow(InvalidInput);
    expect(refused).toThrow('Parameter $2 has half of a surrogate pair, which no UTF-8 expresses');
  });

  it('is written as JSON writes it', () => {
    expect(encode({ a: '\ud83d' })).toBe('{"a":"\\ud83d"}');
  });
});

describe('a parameter', () => {
  const bytes = new Uint8Array([0, 255]);

  it.each([
    ['a text', 'it\'s "so" \\ {x}', 'it\'s "so" \\ {x}'],
    ['null', null, null],
    ['a number', 0.1, '0.1'],
    ['a large number', 1e21, '1e+21'],
    ['zero below zero', -0, '-0'],
    ['not a number', Number.NaN, 'NaN'],
    ['infinite', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['a bigint', 12345678901234567890n, '12345678901234567890'],
    ['a boolean', false, 'false'],
    ['bytes', bytes, Buffer.from(bytes)],
    ['a view of bytes', new DataView(bytes.buffer, 1), Buffer.from([255])],
    ['an object', { a: [1, { b: null }] }, '{"a":[1,{"b":null}]}'],
    [
      'an object of empty ones',
      { a: {}, b: [{}], c: new Date(0) },
      '{"a":{},"b":[{}],"c":"1970-01-01T00:00:00.000Z"}',
    ],
    ['an object that names itself', { a: {}, b: { toJSON: () => [] } }, '{"a":{},"b":[]}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['an object with toPostgres', { toPostgres: () => 7n }, '7'],
    ['an object with toJSON', { toJSON: () => [1] }, '[1]'],
    ['a list of numbers', [1, 2n, 3.5], '{"1","2","3.5"}'],
    ['a list with nothing in it', [null, 'null', 'NULL'], '{NULL,"null","NULL"}'],
    ['a list of texts with quotes', ['a"b', 'c\\d', '{e,f}', ''], '{"a\\"b","c\\\\d","{e,f}",""}'],
    ['a list of lists', [[1], [[]]], '{{"1"},{{}}}'],
    ['a list of objects', [{ a: 1 }], '{"{\\"a\\":1}"}'],
    ['a list of bytes', [new Uint8Array([1])], '{"\\\\x01"}'],
    [
      'a list of numbers that are none',
      [Number.NaN, Number.POSITIVE_INFINITY],
      '{"NaN","Infinity"}',
    ],
    ['a text as JSON', json('a'), '"a"'],
    ['null as JSON', json(null), 'null'],
    ['an empty list as JSON', json([]), '[]'],
  ])('that is %s is sent so that nothing of it is lost', (_, value, wire) => {
    expect(encode(value)).toEqual(wire);
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const conversion: { toPostgres(): unknown } = { toPostgres: () => conversion };
  const list: unknown[] = [];
  list.push(list);

  it.each([
    ['undefined', undefined, /undefined: send null/],
    ['an invalid time', new Date(Number.NaN), /an invalid Date: check/],
    ['a function', () => 1, /a function: send its result/],
    ['a symbol', Symbol('s'), /a symbol: send its description/],
    ['a map', new Map(), /of the class Map, .*: send what it holds/],
    ['a set', new Set(), /of the class Set/],
    ['a promise', Promise.resolve(), /of the class Promise/],
    ['a pattern', /x/, /of the class RegExp/],
    ['an error', new Error('e'), /of the class Error/],
    ['a buffer without a view', new ArrayBuffer(1), /of the class ArrayBuffer, .* bytes/],
    ['search parameters', new URLSearchParams(), /of the class URLSearchParams/],
    ['an object that holds a map', { a: [{ b: new Map() }] }, /an object of the class Map/],
    ['a set inside of JSON', json([[new Set()]]), /an object of the class Set/],
    ['a list with an object with a set', [{ a: new Set() }], /element is JSON .* class Set/],
    ['a cycle', cycle, /JSON with a cycle: remove it/],
    ['an object that holds a bigint', { a: 1n }, /JSON with a bigint: put its text there/],
    ['an object that JSON leaves out', { toJSON: () => undefined }, /send null/],
    ['a bigint as JSON', json(1n), /JSON with a bigint: put its text there/],
    ['undefined as JSON', json(undefined), /JSON leaves out: send null/],
    ['a map as JSON', json(new Map()), /of the class Map/],
    ['an object that converts to itself', conversion, /toPostgres answers with itself/],
    ['a list with undefined', [1, undefined], /an array whose element is undefined: send null/],
    ['a list with a map', [new Map()], /an array whose element is of the class Map/],
    ['a list that holds itself', list, /a cycle: remove it/],
    ['an empty list', [], /an empty array, .*: wrap it in json\(…\) .* or cast the parameter/],
  ])('that is %s is refused with its number and a remedy', (_, value, remedy) => {
    expect(() => encode(value)).toThrow(InvariantViolation);
    expect(() => encode(value)).toThrow(/^Parameter \$1 is .*\. In: SELECT \$1$/);
    expect(() => encode(value)).toThrow(remedy);
  });

  it('is one of 65,535 at most', () => {
    const many = (count: number) =>
      statement('INSERT …', ...Array.from({ length: count }, () => 1));
    expect(encodeParameters(many(65_535))).toHaveLength(65_535);
    expect(() => encodeParameters(many(65_536))).toThrow(
      /takes 65535 parameters, and this has 65536/,
    );
  });

  it('that is refused is named with the beginning of a long statement', () => {
    const places = Array.from({ length: 5_000 }, (_, at) => `$${at + 1}`).join(', ');
    const one = statement(`INSERT INTO t VALUES (${places})`, undefined);
    expect(() => encodeParameters(one)).toThrow(/^Parameter \$1 is undefined.{0,500}…$/);
  });

  it('that is refused is named by its position, never by its value', () => {
    const secret = { salary: 1n };
    expect(() =>
      encodeParameters(statement('INSERT INTO t VALUES ($1, $2)', 'fine', secret)),
    ).toThrow(
      new InvariantViolation(
        'Parameter $2 is JSON with a bigint: put its text there. In: INSERT INTO t VALUES ($1, $2)',
      ),
    );
  });
});

describe('an array', () => {
  it.each([
    ['SELECT $1::jsonb', '["a"]'],
    ['SELECT $1 :: json', '["a"]'],
    ['SELECT CAST($1 AS jsonb)', '["a"]'],
    ['SELECT * FROM jsonb_array_elements_text($1)', '["a"]'],
    ['SELECT $1::pg_catalog.jsonb', '["a"]'],
    ['SELECT $1::text[]', '{"a"}'],
    ['SELECT $1::character varying(3)[]', '{"a"}'],
    ['SELECT $1::timestamp with time zone[]', '{"a"}'],
    ['SELECT cast( $1 as uuid [] )', '{"a"}'],
    ['SELECT $1::text', '{"a"}'],
    ['SELECT 1 WHERE x = ANY($1)', '{"a"}'],
    ['SELECT 1 WHERE x <> all ( $1 )', '{"a"}'],
    ['SELECT * FROM unnest($1)', '{"a"}'],
    ['SELECT cardinality($1)', '{"a"}'],
    ['SELECT $1', '{"a"}'],
  ])('is sent as %s says', (sql, wire) => {
    expect(encode(['a'], sql)).toBe(wire);
    const empty = () => encode([], sql);
    if (sql === 'SELECT $1') expect(empty).toThrow(/empty array/);
    else expect(empty()).toBe(wire.startsWith('[') ? '[]' : '{}');
  });

  it.each([
    'SELECT $1::tags',
    'SELECT coalesce($1, x)',
    'SELECT $1 = x[1]',
    'UPDATE t SET tags = $1',
    'SELECT $10::jsonb, $1',
    'SELECT array_append(x, $1)',
  ])('that is empty is refused in %s, which does not show its kind', (sql) => {
    expect(() => encode([], sql)).toThrow(/^Parameter \$1 is an empty array/);
  });

  it('has the kind that the first telling place shows, also behind other places', () => {
    expect(encode([], 'SELECT $1, $1::jsonb')).toBe('[]');
    const two = statement('SELECT * FROM unnest($1::text[], $2)', ['a'], []);
    expect(encodeParameters(two)).toEqual(['{"a"}', '{}']);
  });

  it('is one of thousands that cost no more each', () => {
    const many = (count: number) => {
      const places = Array.from({ length: count }, (_, at) => `($${at + 1}::jsonb)`);
      const values = Array.from({ length: count }, () => []);
      return statement(`INSERT INTO t VALUES ${places.join(', ')}`, ...values);
    };
    const ms = processorMsOf(() =>
      expect(new Set(encodeParameters(many(65_535)))).toEqual(new Set(['[]'])),
    );
    // Looked for from the start of the text each time, they would take a minute.
    expect(ms).toBeLessThan(4_000);
  });

  it('that was read from JSON is sent as JSON with what it holds now', () => {
    for (const oid of [oids.json, oids.jsonb]) {
      const read = readAs(oid, '["a", [1]]') as unknown[];
      expect(encode(read)).toBe('["a",[1]]');
      read.pop();
      expect(encode(read)).toBe('["a"]');
      expect(encode(read, 'SELECT 1 WHERE x = ANY($1)')).toBe('{"a"}');
    }
    expect(encode(readAs(oids.jsonb, '[]'))).toBe('[]');
  });

  it('that was read as an array is sent as one', () => {
    expect(encode(readAs(oids.texts, '{}'))).toBe('{}');
    expect(encode(readAs(oids.texts, '{a,"b,c",NULL}'))).toBe('{"a","b,c",NULL}');
    const ofJson = readAs(oids.jsonbs, '{"[1, 2]","{\\"a\\": []}",NULL}');
    expect(ofJson).toEqual([[1, 2], { a: [] }, null]);
    expect(encode(ofJson)).toBe('{"[1,2]","{\\"a\\":[]}",NULL}');
    const times = readAs(oids.timestamptzs, '{"2026-01-02 03:04:05.678901+00",NULL}');
    expect(String(encode(times))).toMatch(/^\{"2026-\S+\.678901[+-]\S+",NULL\}$/);
  });

  it('of JSON values is sent with each of them as JSON', () => {
    expect(encode([[1], { a: 1 }], 'SELECT $1::jsonb[]')).toBe('{"[1]","{\\"a\\":1}"}');
  });

  /**
   * Reads an array literal as PostgreSQL documents it: elements quoted or NULL, backslash escapes.
   */
  const parsed = (literal: string): readonly (string | null)[] => {
    const inside = literal.slice(1, -1);
    const elements = inside.matchAll(/(NULL)|"((?:[^"\\]|\\.)*)"/gs);
    return [...elements].map(([, none, text = '']) =>
      none === undefined ? text.replaceAll(/\\(.)/gs, '$1') : null,
    );
  };

  it('arrives with the elements that were sent, whatever is in them', () => {
    const unit = fc.constantFrom('"', '\\', '{', '}', ',', ' ', 'a', "'", 'N', '\n', '漢');
    const text = fc.string({ unit, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.option(text), { maxLength: 6 }), (elements) => {
        expect(parsed(String(encode(elements, 'SELECT $1::text[]')))).toEqual(elements);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a Date', () => {
  const zone = process.env['TZ'];
  afterAll(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each(['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Berlin', 'Asia/Kolkata'])(
    'that somebody has made is sent as pg sends it, in %s',
    (name) => {
      process.env['TZ'] = name;
      // Since 1972 no zone has had an offset with seconds, which pg leaves out.
      const bounds = { min: new Date('1972-02-01'), max: new Date('9999-12-30') };
      fc.assert(
        fc.property(fc.date({ ...bounds, noInvalidDate: true }), (date) => {
          expect(encode(date)).toBe(prepareValue(date));
        }),
      );
    },
  );

  it('has the exact offset of its zone, and an era that PostgreSQL reads', () => {
    process.env['TZ'] = 'Europe/Berlin';
    expect(encode(new Date('1850-01-01T00:00:00Z'))).toBe('1850-01-01T00:53:28.000+00:53:28');
    expect(encode(new Date('-000043-03-15T00:00:00Z'))).toBe('0044-03-15T00:53:28.000+00:53:28 BC');
    expect(encode(new Date('+012345-06-07T00:00:00Z'))).toBe('12345-06-07T02:00:00.000+02:00');
    expect(encode(new Date(8.64e15))).toMatch(/^275760-09-13T02:00:00\.000\+02:00$/);
  });

  it('that was read is sent as it was read, until it is changed', () => {
    process.env['TZ'] = 'Europe/Berlin';
    const read = readAs(types.builtins.TIMESTAMPTZ, '2026-01-02 03:04:05.678901+00') as Date;
    expect(encode(read)).toBe('2026-01-02T04:04:05.678901+01:00');
    read.setMilliseconds(1);
    expect(encode(read)).toBe('2026-01-02T04:04:05.001+01:00');
    const missing = readAs(types.builtins.TIMESTAMP, '2026-03-29 02:30:00') as Date;
    expect(encode(missing)).toBe('2026-03-29T02:30:00+01:00');
    expect(encode(new Date(missing))).toBe('2026-03-29T03:30:00.000+02:00');
  });

  it('beyond its range is sent as it was read, though it is invalid', () => {
    const read = readAs(types.builtins.DATE, '5874897-12-31') as Date;
    expect(read.getTime()).toBeNaN();
    expect(encode(read)).toBe('5874897-12-31');
  });

  it('shows nothing of that to JSON, to a comparison or to a copy', () => {
    const read = readAs(types.builtins.TIMESTAMP, '2026-01-02 03:04:05') as Date;
    expect(read).toStrictEqual(new Date(2026, 0, 2, 3, 4, 5));
    expect(Object.keys(read)).toEqual([]);
    expect({ ...read }).toEqual({});
  });
});

describe('a number of JSON', () => {
  const long = '{"n": 12345678901234567890.123, "tags": [1e400]}';

  it('that a double does not hold is sent as it was read, until the value is changed', () => {
    for (const oid of [oids.json, oids.jsonb]) {
      const read = readAs(oid, long) as { n: number };
      expect(encode(read)).toBe(long);
      expect(encode(json(read))).toBe(long);
      read.n = 1;
      expect(encode(read)).toBe('{"n":1,"tags":[null]}');
      expect(encode(readAs(oid, '[12345678901234567890]'))).toBe('[12345678901234567890]');
    }
    const all = readAs(oids.jsonbs, '{"[12345678901234567890]"}');
    expect(encode(all)).toBe('{"[12345678901234567890]"}');
  });
});

describe('an array of numeric', () => {
  it('is sent as it was read, until it is changed: pg makes numbers of its elements', () => {
    const read = readAs(1231, '{0.10,12345678901234567890.123}') as number[];
    expect(read).toEqual([0.1, Number('12345678901234567890.123')]);
    expect(encode(read, 'SELECT $1::numeric[]')).toBe('{0.10,12345678901234567890.123}');
    read.pop();
    expect(encode(read)).toBe('{"0.1"}');
  });
});

describe('an interval', () => {
  const text = '1 year -2 mons +3 days -04:05:06.000007';

  it('that was read is sent as it was read, until it is changed', () => {
    const read = readAs(types.builtins.INTERVAL, text) as { days: number };
    expect(read.days).toBe(3);
    expect(encode(read)).toBe(text);
    read.days = 4;
    expect(encode(read)).toMatch(/4 days/);
  });
});

describe('a parser that a service has set', () => {
  const kept = [types.builtins.DATE, oids.timestamptzs].map(
    (oid) => [oid, types.getTypeParser(oid)] as const,
  );

  afterEach(() => {
    for (const [oid, parse] of kept) types.setTypeParser(oid, parse);
  });

  it('of a type is used for it, and as in pg not for its arrays', () => {
    types.setTypeParser(types.builtins.DATE, (text) => `day ${text}`);
    expect(readAs(types.builtins.DATE, '2026-01-02')).toBe('day 2026-01-02');
    expect(readAs(1182, '{2026-01-02}')).toEqual([new Date(2026, 0, 2)]);
  });

  it('of an array is used for it', () => {
    types.setTypeParser(oids.timestamptzs as number, (text) => text);
    expect(readAs(oids.timestamptzs, '{"2026-01-02 00:00:00+00"}')).toBe(
      '{"2026-01-02 00:00:00+00"}',
    );
  });
});
