import { pgTypes } from './pg-client.ts';
import { rememberOrigin, type ValueOrigin } from './value-origin.ts';

type Parse = (text: string) => unknown;

/** `pg` exports an object where its types declare a function. */
type ArrayParser = {
  create(source: string, parse: (element: string | null) => unknown): { parse(): unknown[] };
};

/** Parses by `pg`'s parser for a type, which the service may have replaced. */
const pgParse = (oid: number, text: string): unknown => pgTypes.getTypeParser(oid)(text);

/** Remembers the text that a value was parsed from, and returns the value. */
type Remember = (value: unknown, text: string) => unknown;

const dateOf =
  (type: 'date' | 'timestamp' | 'timestamptz'): Remember =>
  (value, text) =>
    value instanceof Date ? rememberOrigin(value, { type, text, time: value.getTime() }) : value;

const intervalOf =
  (oid: number): Remember =>
  (value, text) =>
    typeof value === 'object' && value !== null
      ? rememberOrigin(value, { type: 'interval', exact: { text, oid } })
      : value;

const fromJson: ValueOrigin = { type: 'json' };
const fromArray: ValueOrigin = { type: 'array' };

/** Characters of a number that a double may not hold, at least. */
const longNumberMin = 16;

const isOfNumber = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return (code >= 48 && code <= 57) || code === 46;
};

/** Exponents; `jsonb` writes its numbers without. */
const exponent = /\d[eE][+-]?\d{3}/;

/** Whether JSON may have a number that a double does not hold. */
const hasLongNumber = (text: string, oid: number): boolean => {
  // A run of 16 characters includes one of every 16 places.
  for (let at = longNumberMin - 1; at < text.length; at += longNumberMin) {
    if (!isOfNumber(text, at)) continue;
    let [start, end] = [at, at + 1];
    while (isOfNumber(text, start - 1)) start -= 1;
    while (isOfNumber(text, end)) end += 1;
    if (end - start >= longNumberMin) return true;
  }
  return oid === jsonOid && exponent.test(text);
};

const jsonOid = 114;
const jsonbOid = 3802;

const jsonOf =
  (oid: number): Remember =>
  (value, text) => {
    if (typeof value !== 'object' || value === null) return value;
    if (hasLongNumber(text, oid)) {
      return rememberOrigin(value, { type: 'json', exact: { text, oid } });
    }
    return Array.isArray(value) ? rememberOrigin(value, fromJson) : value;
  };

const parsed =
  (oid: number, remember: Remember): Parse =>
  (text) =>
    remember(pgParse(oid, text), text);

/** The type `numeric[]`. */
const numerics = 1231;

/** Remembers the text of each element of an array, and of the arrays in it. */
const rememberElements = (
  values: readonly unknown[],
  texts: readonly unknown[],
  remember: Remember,
): void => {
  for (const [at, text] of texts.entries()) {
    const value = values[at];
    if (typeof text === 'string') remember(value, text);
    else if (Array.isArray(text) && Array.isArray(value)) rememberElements(value, text, remember);
  }
};

/** Parses an array that a query has computed; DSQL has no columns of arrays. */
const arrays =
  (oid: number, remember?: Remember): Parse =>
  (text) => {
    const value = pgParse(oid, text);
    if (!Array.isArray(value)) return value;
    if (remember) {
      const { create } = pgTypes.arrayParser as unknown as ArrayParser;
      rememberElements(value, create(text, (element) => element).parse(), remember);
    }
    // `pg` makes numbers of its elements.
    const from = oid === numerics ? { ...fromArray, exact: { text, oid } } : fromArray;
    return rememberOrigin(value, from);
  };

const date = dateOf('date');
const timestamp = dateOf('timestamp');
const timestamptz = dateOf('timestamptz');
const interval = intervalOf(1186);

/**
 * Array types whose elements need no origin: bool, bytea, numbers, texts, times, uuid, network
 * types.
 */
const plainArrays: readonly number[] = [
  651, 791, 1000, 1001, 1005, 1007, 1008, 1009, 1014, 1015, 1016, 1017, 1021, 1022, 1028, 1040,
  1041, 1183, 1231, 1270, 2951, 3907,
];

/** By the OID of the type, from `pg_type`. */
const parsers: Readonly<Record<number, Parse>> = {
  [jsonOid]: parsed(jsonOid, jsonOf(jsonOid)),
  [jsonbOid]: parsed(jsonbOid, jsonOf(jsonbOid)),
  1082: parsed(1082, date),
  1114: parsed(1114, timestamp),
  1184: parsed(1184, timestamptz),
  1186: parsed(1186, interval),
  199: arrays(199, jsonOf(jsonOid)),
  3807: arrays(3807, jsonOf(jsonbOid)),
  1182: arrays(1182, date),
  1115: arrays(1115, timestamp),
  1185: arrays(1185, timestamptz),
  1187: arrays(1187, interval),
  ...Object.fromEntries(plainArrays.map((oid) => [oid, arrays(oid)])),
};

/**
 * The parsers of `pg`, with the same values. They also remember the text of dates, timestamps and
 * intervals, and which arrays are JSON, so that a value is written back as it was read.
 */
export const valueParsers: { readonly getTypeParser: typeof pgTypes.getTypeParser } = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers[oid]) ??
    pgTypes.getTypeParser(oid, format as 'text'),
};
