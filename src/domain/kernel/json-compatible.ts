import type { Json } from './json.ts';

type Scalar = null | boolean | number | string;

/** Functions, symbols and bigints have no form in JSON; a `Date` or a `Map` is refused by its methods. */
type Foreign = bigint | symbol | ((...parameters: never) => unknown);

/** `undefined` in a list becomes `null`. */
type JsonElement<T> = [T] extends [Json] ? T : undefined extends T ? never : JsonCompatible<T>;

/** `undefined` in a field means that the field is absent. */
type JsonField<T> = [T] extends [Json | undefined]
  ? T
  : T extends undefined
    ? undefined
    : JsonCompatible<T>;

/**
 * A type that `T` extends if and only if it survives a trip through JSON: texts, numbers, lists and objects of them.
 * Unlike `Json` it lets an `interface` pass, which has no index signature.
 *
 * @example
 * interface SeatsReserved { readonly show: string; readonly seats: number }
 * type Event = DomainEvent<'SeatsReserved', SeatsReserved>;
 */
export type JsonCompatible<T> = unknown extends T
  ? unknown
  : T extends Scalar
    ? Scalar
    : T extends Foreign | undefined
      ? never
      : T extends readonly unknown[]
        ? { readonly [Index in keyof T]: JsonElement<T[Index]> }
        : { readonly [Key in keyof T]: JsonField<T[Key]> };

/**
 * What `T extends JsonResult<T>` asks of a type parameter: the same as `JsonCompatible`, in a form that TypeScript can
 * use as the constraint of the parameter itself.
 */
export type JsonResult<T> = (Json | object) & { readonly [Key in keyof T]: JsonField<T[Key]> };

/** The first part of a value that JSON would change, drop or refuse. */
export type JsonProblem = {
  /** Where it is, such as `items.0.price`; empty for the value itself. */
  readonly path: string;
  /** Continues the path, such as `is NaN`. It never quotes the value. */
  readonly message: string;
  /** Whether it is a text with half a surrogate pair: callers send those, programs seldom make them. */
  readonly text: boolean;
};

/**
 * Levels of lists and objects in a value: `PutEvents` takes 1,000 in a detail, of which the envelope is one, and a bus
 * puts the detail into an event of its own.
 */
export const jsonDepthMax = 990;

const problem = (message: string, text = false): JsonProblem => ({ path: '', message, text });

const within = (key: string | number, { path, ...found }: JsonProblem): JsonProblem => ({
  ...found,
  path: path === '' ? String(key) : `${key}.${path}`,
});

/** Objects without a class, of this realm and of every other one. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** Whether texts must be well-formed Unicode: JSON escapes half a surrogate pair, and few readers take it. */
type Texts = 'any' | 'well-formed';

const scalarProblem = (value: unknown, texts: Texts): JsonProblem | undefined => {
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : problem(`is ${value}`);
    case 'string':
      return texts === 'any' || value.isWellFormed()
        ? undefined
        : problem('has half a surrogate pair', true);
    case 'bigint':
      return problem('is a bigint: write it as a text');
    default:
      return problem(value === undefined ? 'is undefined' : `is a ${typeof value}`);
  }
};

const listProblem = (
  list: readonly unknown[],
  texts: Texts,
  depth: number,
): JsonProblem | undefined => {
  // By index: a list may have holes, which `forEach` and its like leave out.
  for (let index = 0; index < list.length; index += 1) {
    const found = find(list[index], texts, depth);
    if (found) return within(index, found);
  }
  return undefined;
};

const objectProblem = (value: object, texts: Texts, depth: number): JsonProblem | undefined => {
  if (!isPlain(value)) {
    return problem(`is a ${value.constructor.name || 'class'}: give a plain object or a text`);
  }
  for (const [key, part] of Object.entries(value)) {
    if (part === undefined) continue;
    if (texts === 'well-formed' && !key.isWellFormed()) {
      return problem('has a key with half a surrogate pair', true);
    }
    const found = find(part, texts, depth);
    if (found) return within(key, found);
  }
  return undefined;
};

const find = (value: unknown, texts: Texts, depth: number): JsonProblem | undefined => {
  if (value === null) return undefined;
  if (typeof value !== 'object') return scalarProblem(value, texts);
  if (depth >= jsonDepthMax) {
    return problem(`has more than ${jsonDepthMax} levels, or contains itself`);
  }
  return Array.isArray(value)
    ? listProblem(value, texts, depth + 1)
    : objectProblem(value, texts, depth + 1);
};

/** A path that a message can quote: a cycle would make it very long. */
const pathLengthMax = 100;

/**
 * The first part of a value that does not come out of JSON as it went in; `undefined` when there is none.
 *
 * A field that is `undefined` counts as absent, and `-0` as 0.
 */
export const findJsonProblem = (value: unknown, texts: Texts): JsonProblem | undefined => {
  const found = find(value, texts, 0);
  return found && { ...found, path: found.path.slice(0, pathLengthMax) };
};
