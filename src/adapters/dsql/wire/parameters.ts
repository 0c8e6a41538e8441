import { isDate } from 'node:util/types';
import { InvalidInput, InvariantViolation } from '../../../domain/kernel/index.ts';
import { type ArrayKind, arrayKindsOf } from './array-kind.ts';
import { dateText } from './date-text.ts';
import { exactText, jsonText, Unsendable } from './json-text.ts';
import { shownSql } from './server-message.ts';
import type { Statement } from './statement.ts';
import { originOf } from './value-origin.ts';

/** A parameter on the wire: text, so that no number loses digits, or the bytes of a Buffer. */
export type WireParameter = string | null | Buffer;

const refusals: Readonly<Record<string, string>> = {
  undefined: 'undefined: send null for NULL, or leave the column out',
  function: 'a function: send its result',
  symbol: 'a symbol: send its description',
};

/** The expected type of one parameter whose value is an array; found when it is needed. */
type KindOf = () => ArrayKind | undefined;

type Convertible = { readonly toPostgres: (encode: (value: unknown) => WireParameter) => unknown };

const isConvertible = (value: object): value is Convertible =>
  typeof (value as Partial<Convertible>).toPostgres === 'function';

/** Depth of objects whose `toPostgres` returns another object. A greater depth is a cycle. */
const conversionsMax = 100;

const convert = (value: Convertible, kindOf: KindOf, depth: number): WireParameter => {
  if (depth > conversionsMax) {
    throw new Unsendable('an object whose toPostgres answers with itself: answer with a text');
  }
  let answer: unknown;
  try {
    answer = value.toPostgres((inner) => encode(inner, kindOf, depth + 1));
  } catch (error) {
    if (error instanceof Unsendable) throw error;
    throw new Unsendable('an object whose toPostgres has failed: send a text', { cause: error });
  }
  return encode(answer, kindOf, depth + 1);
};

const quoted = (text: string): string => {
  const isPlain = !text.includes('"') && !text.includes('\\');
  return isPlain ? `"${text}"` : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};

const elementText = (element: unknown, kind: ArrayKind, kindOf: KindOf, depth: number): string => {
  if (element === null) return 'NULL';
  if (Array.isArray(element)) {
    const isJson = kind === 'json[]' || originOf(element)?.type === 'json';
    return isJson ? quoted(jsonText(element)) : arrayLiteral(element, kind, kindOf, depth);
  }
  const encoded = encode(element, kindOf, depth);
  if (encoded === null) return 'NULL';
  return typeof encoded === 'string' ? quoted(encoded) : `"\\\\x${encoded.toString('hex')}"`;
};

/**
 * An array literal of PostgreSQL. Every element is quoted, so no element needs a case of its own.
 */
const arrayLiteral = (
  elements: readonly unknown[],
  kind: ArrayKind,
  kindOf: KindOf,
  depth: number,
): string => {
  if (depth > conversionsMax) throw new Unsendable('an array with a cycle: remove it');
  const texts: string[] = [];
  for (const element of elements) {
    try {
      texts.push(elementText(element, kind, kindOf, depth + 1));
    } catch (error) {
      if (!(error instanceof Unsendable) || depth > 0) throw error;
      throw new Unsendable(`an array whose element is ${error.message}`, { cause: error });
    }
  }
  return `{${texts.join(',')}}`;
};

/**
 * The statement's text decides, then the type that the array was read from, then `pg`'s default.
 */
const encodeArray = (value: readonly unknown[], kindOf: KindOf, depth: number): string => {
  const from = originOf(value)?.type;
  const kind = kindOf() ?? (from === 'json' || from === 'array' ? from : undefined);
  if (kind === 'json') return jsonText(value);
  const exact = from === 'array' ? exactText(value) : undefined;
  if (exact !== undefined) return exact;
  if (value.length === 0 && kind === undefined) {
    throw new Unsendable(
      'an empty array, which JSON would take for an empty object: wrap it in json(…) for a json column, or cast the parameter, as in ::text[]',
    );
  }
  return arrayLiteral(value, kind ?? 'array', kindOf, depth);
};

const encodeObject = (value: object, kindOf: KindOf, depth: number): WireParameter => {
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (isDate(value)) {
    const text = dateText(value);
    if (text !== undefined) return text;
    throw new Unsendable('an invalid Date: check the text that it was made from');
  }
  if (Array.isArray(value)) return encodeArray(value, kindOf, depth);
  const exact = exactText(value);
  if (exact !== undefined) return exact;
  return isConvertible(value) ? convert(value, kindOf, depth) : jsonText(value);
};

const encode = (value: unknown, kindOf: KindOf, depth: number): WireParameter => {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      // `String` drops the sign, which a floating-point column keeps.
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? null : encodeObject(value, kindOf, depth);
    default:
      throw new Unsendable(refusals[typeof value] ?? 'of an unknown type: send a text');
  }
};

/** The protocol counts parameters in 16 bits. */
const parametersMax = 65_535;

/** A statement that waits needs a copy of its bytes: the program may change them meanwhile. */
const keptBytes = (encoded: WireParameter): WireParameter =>
  typeof encoded === 'object' && encoded !== null ? Buffer.from(encoded) : encoded;

/**
 * A statement with encoded parameters: a later change of a `Date`, an object or bytes has no
 * effect.
 */
class EncodedStatement implements Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly wire: WireParameter[];

  constructor({ sql, parameters }: Statement) {
    this.sql = sql;
    this.parameters = parameters;
    this.wire = encodeParameters({ sql, parameters }).map(keptBytes);
  }
}

/**
 * A statement that waits before it is sent, with its parameters as they are now.
 *
 * @throws {InvariantViolation} as `encodeParameters`
 */
export const encodedNow = (one: Statement): Statement => new EncodedStatement(one);

/**
 * Refuses half of a surrogate pair: UTF-8 cannot express it, and another character would be stored.
 */
const requireWellFormed = (encoded: WireParameter, number: number): void => {
  if (typeof encoded !== 'string' || encoded.isWellFormed()) return;
  throw new InvalidInput(
    `Parameter $${number} has half of a surrogate pair, which no UTF-8 expresses`,
  );
};

/**
 * Encodes the parameters of a statement. All statements of a pipeline are encoded before the first
 * is sent, so that no half of a transaction is sent.
 *
 * The encoding is `pg`'s with two differences: a `Date` or an interval that was read is sent as it
 * was read, and a value that would be lost is refused.
 *
 * @throws {InvariantViolation} that names the parameter and the remedy, for a value without an
 * obvious text (`undefined`, an invalid `Date`, a function, a `Map`) and for too many of them
 * @throws {InvalidInput} for a text with half of a surrogate pair, which callers send
 */
export const encodeParameters = (one: Statement): WireParameter[] => {
  if (one instanceof EncodedStatement) return one.wire;
  const { sql, parameters } = one;
  if (parameters.length > parametersMax) {
    throw new InvariantViolation(
      `A statement takes ${parametersMax} parameters, and this has ${parameters.length}: send its rows in several`,
    );
  }
  const wire: WireParameter[] = [];
  let number = 1;
  const kinds = arrayKindsOf(sql);
  const kindOf = () => kinds(number);
  try {
    for (const value of parameters) {
      const encoded = typeof value === 'string' ? value : encode(value, kindOf, 0);
      requireWellFormed(encoded, number);
      wire.push(encoded);
      number += 1;
    }
  } catch (error) {
    if (!(error instanceof Unsendable)) throw error;
    throw new InvariantViolation(`Parameter $${number} is ${error.message}. In: ${shownSql(sql)}`, {
      cause: error,
    });
  }
  return wire;
};
