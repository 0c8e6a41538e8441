/**
 * A JSON value that still knows its text: number spelling, repeated keys and the order of keys decide what an
 * event pattern matches, and `JSON.parse` forgets all three. `start` and `end` are offsets into the text.
 */
export type JsonText = JsonScalar | JsonArray | JsonObject;

type Span = { readonly start: number; readonly end: number };

export type JsonScalar = Span &
  (
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'literal'; readonly text: 'true' | 'false' | 'null' }
  );

export type JsonArray = Span & { readonly kind: 'array'; readonly items: readonly JsonText[] };

export type JsonObject = Span & {
  readonly kind: 'object';
  readonly entries: readonly (readonly [key: string, value: JsonText])[];
};

/** The text is not JSON; `at` is the offset where reading stopped. */
export class InvalidJson extends Error {
  override readonly name = 'InvalidJson';
  readonly at: number;
  constructor(reason: string, options: ErrorOptions & { readonly at: number }) {
    super(reason, options);
    this.at = options.at;
  }
}

type Cursor = { readonly text: string; at: number };

/** EventBridge refuses details nested deeper than this (PutEvents, API reference). */
const depthMax = 1000;

const whitespace = /[ \t\r\n]*/y;
const string = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literal = /(?:true|false|null)\b/y;

const take = (cursor: Cursor, token: RegExp): string | undefined => {
  token.lastIndex = cursor.at;
  const taken = token.exec(cursor.text)?.[0];
  if (taken !== undefined) cursor.at += taken.length;
  return taken;
};

const unexpected = (cursor: Cursor): InvalidJson => {
  const found = cursor.text[cursor.at];
  return found === undefined
    ? new InvalidJson('Unexpected end-of-input', { at: cursor.at })
    : new InvalidJson(`Unexpected character ('${found}' (code ${found.charCodeAt(0)}))`, {
        at: cursor.at,
      });
};

/** Whether the next token is `character`, which is then consumed. */
const skip = (cursor: Cursor, character: string): boolean => {
  take(cursor, whitespace);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
};

const expect = (cursor: Cursor, character: string): void => {
  if (!skip(cursor, character)) throw unexpected(cursor);
};

const takeString = (cursor: Cursor): string | undefined => {
  const start = cursor.at;
  const quoted = take(cursor, string);
  if (quoted === undefined) return undefined;
  try {
    return JSON.parse(quoted) as string;
  } catch (cause) {
    throw new InvalidJson('Unexpected character in a string', { at: start, cause });
  }
};

const readScalar = (cursor: Cursor): JsonScalar => {
  const start = cursor.at;
  const value = takeString(cursor);
  if (value !== undefined) return { kind: 'string', value, start, end: cursor.at };
  const digits = take(cursor, number);
  if (digits !== undefined) return { kind: 'number', text: digits, start, end: cursor.at };
  const word = take(cursor, literal);
  if (word === undefined) throw unexpected(cursor);
  return { kind: 'literal', text: word as 'true' | 'false' | 'null', start, end: cursor.at };
};

const readArray = (cursor: Cursor, depth: number): JsonArray => {
  const start = cursor.at;
  const items: JsonText[] = [];
  expect(cursor, '[');
  if (!skip(cursor, ']')) {
    do items.push(readValue(cursor, depth));
    while (skip(cursor, ','));
    expect(cursor, ']');
  }
  return { kind: 'array', items, start, end: cursor.at };
};

const readEntry = (cursor: Cursor, depth: number): readonly [string, JsonText] => {
  take(cursor, whitespace);
  const key = takeString(cursor);
  if (key === undefined) throw unexpected(cursor);
  expect(cursor, ':');
  return [key, readValue(cursor, depth)];
};

const readObject = (cursor: Cursor, depth: number): JsonObject => {
  const start = cursor.at;
  const entries: (readonly [string, JsonText])[] = [];
  expect(cursor, '{');
  if (!skip(cursor, '}')) {
    do entries.push(readEntry(cursor, depth));
    while (skip(cursor, ','));
    expect(cursor, '}');
  }
  return { kind: 'object', entries, start, end: cursor.at };
};

const readValue = (cursor: Cursor, depth: number): JsonText => {
  if (depth > depthMax) {
    throw new InvalidJson(`Nested deeper than ${depthMax} levels`, { at: cursor.at });
  }
  take(cursor, whitespace);
  const first = cursor.text[cursor.at];
  if (first === '{') return readObject(cursor, depth + 1);
  return first === '[' ? readArray(cursor, depth + 1) : readScalar(cursor);
};

/**
 * Reads JSON and keeps what `JSON.parse` loses; at most 1,000 levels deep.
 *
 * @throws {InvalidJson} with the offset where the text stops being JSON.
 */
export const parseJsonText = (text: string): JsonText => {
  const cursor = { text, at: 0 };
  const value = readValue(cursor, 1);
  take(cursor, whitespace);
  if (cursor.at < text.length) throw unexpected(cursor);
  return value;
};
