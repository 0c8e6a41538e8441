/**
 * A JSON value that still knows its text: number spelling, repeated keys and the order of keys
 * decide what an event pattern matches, and `JSON.parse` forgets all three. `start` and `end` are
 * offsets into the text.
 */
export type JsonText = JsonScalar | JsonArray | JsonObjectText;

type Span = { readonly start: number; readonly end: number };

export type JsonScalar = Span &
  (
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'literal'; readonly text: 'true' | 'false' | 'null' }
  );

export type JsonArray = Span & { readonly kind: 'array'; readonly items: readonly JsonText[] };

export type JsonObjectText = Span & {
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

/** PutEvents processes JSON of at most so many levels (API reference). */
export const jsonLevelsMax = 1000;

const whitespace = /[ \t\r\n]*/y;
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

/** The offset after the quote that closes a string, or undefined if none does. */
const endOfString = ({ text, at }: Cursor): number | undefined => {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
  return undefined;
};

const takeString = (cursor: Cursor): string | undefined => {
  const start = cursor.at;
  const end = cursor.text[start] === '"' ? endOfString(cursor) : undefined;
  if (end === undefined) return undefined;
  cursor.at = end;
  try {
    return JSON.parse(cursor.text.slice(start, end)) as string;
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

type Entry = readonly [key: string, value: JsonText];

/** A container whose end has not been read. */
type Open =
  | { readonly kind: 'array'; readonly start: number; readonly items: JsonText[] }
  | { readonly kind: 'object'; readonly start: number; readonly entries: Entry[]; key: string };

const readKey = (cursor: Cursor): string => {
  take(cursor, whitespace);
  const key = takeString(cursor);
  if (key === undefined) throw unexpected(cursor);
  expect(cursor, ':');
  return key;
};

const closed = (open: Open, end: number): JsonArray | JsonObjectText =>
  open.kind === 'array'
    ? { kind: 'array', items: open.items, start: open.start, end }
    : { kind: 'object', entries: open.entries, start: open.start, end };

/** Reads a value, or opens a container that has members and returns nothing. */
const begin = (cursor: Cursor, levels: Open[], levelsMax: number): JsonText | undefined => {
  take(cursor, whitespace);
  const first = cursor.text[cursor.at];
  if (first !== '{' && first !== '[') return readScalar(cursor);
  if (levels.length >= levelsMax) {
    throw new InvalidJson(`Nested deeper than ${levelsMax} levels`, { at: cursor.at });
  }
  const start = cursor.at;
  cursor.at += 1;
  const open: Open =
    first === '['
      ? { kind: 'array', start, items: [] }
      : { kind: 'object', start, entries: [], key: '' };
  if (skip(cursor, first === '[' ? ']' : '}')) return closed(open, cursor.at);
  if (open.kind === 'object') open.key = readKey(cursor);
  levels.push(open);
  return undefined;
};

/** Adds a member to the innermost container; returns the container if that was its last one. */
const add = (cursor: Cursor, levels: Open[], value: JsonText): JsonText | undefined => {
  const open = levels.at(-1);
  if (!open) return undefined;
  if (open.kind === 'array') open.items.push(value);
  else open.entries.push([open.key, value]);
  if (skip(cursor, ',')) {
    if (open.kind === 'object') open.key = readKey(cursor);
    return undefined;
  }
  expect(cursor, open.kind === 'array' ? ']' : '}');
  levels.pop();
  return closed(open, cursor.at);
};

/** Loops where a recursive descent would use the stack, whose end depends on the caller. */
const readValue = (cursor: Cursor, levelsMax: number): JsonText => {
  const levels: Open[] = [];
  for (;;) {
    let value = begin(cursor, levels, levelsMax);
    while (value && levels.length > 0) value = add(cursor, levels, value);
    if (value) return value;
  }
};

/**
 * Reads JSON and keeps what `JSON.parse` loses.
 *
 * @param levelsMax How deep objects and arrays may lie within each other.
 * @throws {InvalidJson} with the offset where the text stops being JSON.
 */
export const parseJsonText = (text: string, levelsMax: number = jsonLevelsMax): JsonText => {
  const cursor = { text, at: 0 };
  const value = readValue(cursor, levelsMax);
  take(cursor, whitespace);
  if (cursor.at < text.length) throw unexpected(cursor);
  return value;
};
