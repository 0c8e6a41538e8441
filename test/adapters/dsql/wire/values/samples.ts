import fc from 'fast-check';

/** A type that a column of DSQL may have, and texts of values that PostgreSQL takes for it. */
export type ColumnType = {
  readonly name: string;
  readonly type: string;
  /** `json` has no equality. */
  readonly comparable: boolean;
  readonly texts: readonly string[];
};

/** Random texts that are the same in each run, so that a red run can be repeated. */
const sample = (arbitrary: fc.Arbitrary<string>, numRuns = 12): readonly string[] =>
  fc.sample(arbitrary, { numRuns, seed: 7 });

const digits = (value: number, length: number): string => String(value).padStart(length, '0');
const upTo = (max: number) => fc.integer({ min: 0, max });

/** Dates of all eras; PostgreSQL's `timestamp` begins in 4713 BC. */
const day = fc
  .tuple(
    fc.integer({ min: 1, max: 4_000 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  )
  .map(([year, month, date]) => `${digits(year, 4)}-${digits(month, 2)}-${digits(date, 2)}`);

const clock = fc
  .tuple(upTo(23), upTo(59), upTo(59), upTo(999_999))
  .map(([h, m, s, us]) => `${digits(h, 2)}:${digits(m, 2)}:${digits(s, 2)}.${digits(us, 6)}`);

const era = fc.constantFrom('', '', '', ' BC');

const times = sample(
  fc.tuple(day, clock, era).map(([date, time, bc]) => `${date} ${time}${bc}`),
  20,
);

/** Hours that Berlin and New York skip or have twice, midnights, the ends of the calendar. */
const oddTimes = [
  ...['2026-01-02 00:00:00', '2026-01-02 03:04:05.678', '2026-01-02 03:04:05.678901'],
  ...['2026-03-29 02:30:00', '2026-03-29 02:00:00.000001', '2026-10-25 02:30:00'],
  ...['2026-03-08 02:30:00', '2026-11-01 01:30:00', '2026-11-01 05:30:00', '2026-10-25 00:30:00'],
  ...['0001-01-01 00:00:00', '0001-12-31 23:59:59.999999 BC', '0001-02-29 12:00:00 BC'],
  ...['0044-03-15 12:00:00.000001 BC', '4713-01-01 00:00:00 BC', '0099-12-31 23:59:59'],
  ...['1883-11-18 12:03:58', '1891-06-15 12:00:00', '1893-03-31 23:53:28.123456'],
  ...['1969-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999', '10000-01-01 00:00:00'],
  ...['12345-06-07 08:09:10.111213', '275760-09-12 23:59:59', '294276-12-31 23:59:59.999999'],
  ...['infinity', '-infinity'],
];

const oddDates = [
  ...['2026-01-02', '2026-03-29', '2026-10-25', '0001-01-01', '0001-02-29 BC', '0044-03-15 BC'],
  ...['4713-11-24 BC', '0099-12-31', '1883-11-18', '1891-03-15', '9999-12-31', '12345-06-07'],
  ...['275760-09-13', '300000-01-01', '5874897-12-31', 'infinity', '-infinity'],
];

const signed = (max: number) => fc.integer({ min: -max, max });

const interval = fc
  .record({
    years: fc.option(signed(999)),
    mons: fc.option(signed(11)),
    days: fc.option(signed(9_999)),
    hours: fc.option(signed(99)),
    minutes: fc.option(signed(59)),
    microseconds: fc.option(signed(59_999_999)),
  })
  .map((units) =>
    Object.entries(units)
      .filter(([, value]) => value !== null)
      .map(([unit, value]) => `${value} ${unit}`)
      .join(' '),
  )
  .map((text) => text || '0');

const jsonTexts = [
  ...['{"a": 1, "b": [true, null, "x"]}', '{}', '[]', '["a", "b"]', '[[], {}]', '[[1, 2], [3]]'],
  ...['{"n": 12345678901234567890.125}', '[0.1234567890123456789, 1e-400]', '[9007199254740993]'],
  ...['[null]', '"a text"', '""', '"[]"', 'null', 'true', '0', '-1.5e300', '"\\"\\\\{}"'],
  ...['{"nested": {"deep": [{"x": []}]}}', '[{"a": "é漢😀"}]', '["{}", "a,b", "NULL", ""]'],
  ...sample(
    fc.json({ maxDepth: 2, noUnicodeString: false }).filter((text) => !text.includes('\\u')),
  ),
];

const floats = [
  '0',
  '-0',
  '0.1',
  '-1.5',
  '1e21',
  '1e-7',
  'NaN',
  'Infinity',
  '-Infinity',
  '123456789',
];

/** Each of the types that a column of DSQL may have, with values at its edges and random ones. */
export const columnTypes: readonly ColumnType[] = [
  { name: 'bool', type: 'boolean', texts: ['true', 'false'] },
  { name: 'int2', type: 'smallint', texts: ['-32768', '0', '32767'] },
  { name: 'int4', type: 'integer', texts: ['-2147483648', '0', '2147483647'] },
  {
    name: 'int8',
    type: 'bigint',
    texts: ['-9223372036854775808', '0', '9007199254740993', '9223372036854775807'],
  },
  {
    name: 'numeric',
    type: 'numeric',
    texts: ['0', '0.10', '-0.000001', '123456789012.345678', 'NaN'],
  },
  {
    name: 'wide',
    type: 'numeric(38, 10)',
    texts: ['1234567890123456789012345678.0123456789', '-0.0000000001', 'NaN'],
  },
  { name: 'scaled', type: 'numeric(19, 3)', texts: ['0.000', '100.500', '-9999999999999999.999'] },
  {
    name: 'float4',
    type: 'real',
    texts: [...floats, '3.4028235e38', '1.17549435e-38', '1e-45', '16777217'],
  },
  {
    name: 'float8',
    type: 'double precision',
    texts: [
      ...[...floats, '1.7976931348623157e308', '2.2250738585072014e-308', '5e-324'],
      ...sample(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
    ],
  },
  {
    name: 'text',
    type: 'text',
    texts: ['', ' ', 'NULL', '{}', '[]', "it's", 'é漢😀', '\\x00', '"'],
  },
  { name: 'varchar', type: 'varchar(20)', texts: ['', 'a ', '{a,b}'] },
  { name: 'char', type: 'char(8)', texts: ['', 'a', 'a b  '] },
  {
    name: 'uuid',
    type: 'uuid',
    texts: ['00000000-0000-0000-0000-000000000000', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
  },
  {
    name: 'bytea',
    type: 'bytea',
    texts: [
      ...['', '\\x00', '\\x5c', '\\x2722'],
      `\\x${Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('hex')}`,
    ],
  },
  {
    name: 'date',
    type: 'date',
    texts: [...oddDates, ...sample(fc.tuple(day, era).map(([d, e]) => d + e))],
  },
  { name: 'timestamp', type: 'timestamp', texts: [...oddTimes, ...times] },
  { name: 'rounded', type: 'timestamp(3)', texts: ['2026-01-02 03:04:05.678', ...times] },
  { name: 'timestamptz', type: 'timestamptz', texts: [...oddTimes, ...times] },
  { name: 'time', type: 'time', texts: ['00:00:00', '03:04:05.678901', '24:00:00'] },
  {
    name: 'timetz',
    type: 'timetz',
    texts: ['00:00:00+00', '03:04:05.678901+09', '23:59:59.999999-15:59:59'],
  },
  {
    name: 'interval',
    type: 'interval',
    texts: [
      ...[
        '0',
        '1 microsecond',
        '-1 microsecond',
        '-00:00:00.5',
        '1 year -2 mons 3 days -04:05:06.789',
      ],
      ...['-1 year', '23:59:59.999999', '10 seconds', '-20.000001 seconds', '178000000 years'],
      ...['2562047788:00:54.775807', '-1 days +00:00:00.1', '100 milliseconds'],
      ...sample(interval, 40),
    ],
  },
  { name: 'json', type: 'json', texts: jsonTexts },
  { name: 'jsonb', type: 'jsonb', texts: jsonTexts },
].map((one) => ({ ...one, comparable: one.name !== 'json' }));

/**
 * JSON that `pg` gives as a value that is not told from a text or from NULL: it is written with
 * `json`.
 */
export const isJsonScalar = ({ name }: ColumnType, value: unknown): boolean =>
  (name === 'json' || name === 'jsonb') && (typeof value === 'string' || value === null);
