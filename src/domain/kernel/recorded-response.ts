import { utf8Bytes } from './envelope-check.ts';
import { InvalidInput, InvariantViolation } from './fault.ts';
import type { Json } from './json.ts';

/**
 * Bytes of a recorded response in UTF-8: the limit of a DSQL column, 1 MiB ("Cluster quotas and database limits in
 * Amazon Aurora DSQL").
 */
export const responseBytesMax = 1_048_576;

/** What cannot be replayed of a response, and why. */
export type ResponseLoss = {
  /** One line without values, such as `$.rows[0].updated is a bigint` or `$.at is of class Date`. */
  readonly reason: string;
  readonly tooLarge: boolean;
};

/** A response as a text to be kept. With a `loss`, the text says only that the response cannot be replayed. */
export type RecordedResponse = { readonly text: string; readonly loss?: ResponseLoss };

/** What a record gives back: the very value that was recorded, or the reason why it was not. */
export type ReplayedResponse =
  | { readonly replayable: true; readonly value: unknown }
  | { readonly replayable: false; readonly reason: string };

/** Levels of arrays and objects in a response: each needs stack while it is written. */
const nestingMax = 1_000;

type Key = string | number;

/** A value that JSON changes and that is restored after parsing: kind, then keys from the root. */
type Restored = readonly ['undefined' | '-0' | 'no-prototype', ...Key[]];

/** No JSON text begins with one of these words. */
const restoreWord = 'restore ';
const lossWord = 'unreplayable ';

/** Keys that are shown in a reason; others may be somebody's data. */
const shownKey = /^[A-Za-z_$][\w$]{0,39}$/;

const pathOf = (keys: readonly Key[]): string => {
  const shown = keys.slice(0, 10).map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return shownKey.test(key) ? `.${key}` : '[…]';
  });
  return `$${shown.join('')}${keys.length > 10 ? '…' : ''}`;
};

class Unrecordable extends Error {
  readonly tooLarge: boolean;

  constructor(message: string, tooLarge = false) {
    super(message);
    this.tooLarge = tooLarge;
  }
}

const classOf = (value: object): string => {
  const made = (value as { readonly constructor?: unknown }).constructor;
  const name = typeof made === 'function' ? made.name : '';
  return `is of class ${shownKey.test(name) ? name : 'its own'}`;
};

/** Whether a prototype is `Object.prototype`, also that of another realm. */
const isObjectPrototype = (prototype: object): boolean =>
  prototype === Object.prototype ||
  (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'));

/** Writes one response. `path` is where it stands, `above` the objects that it stands inside of. */
const createWriter = () => {
  const path: Key[] = [];
  const above = new Set<object>();
  const restored: Restored[] = [];
  let length = 0;

  const lost = (why: string): Unrecordable => new Unrecordable(`${pathOf(path)} ${why}`);

  /** Ends early: an object in many places may be written more often than there is memory for. */
  const grow = (by: number): void => {
    length += by;
    if (length <= responseBytesMax) return;
    throw new Unrecordable(`$ has more than ${responseBytesMax} bytes as JSON`, true);
  };

  const counted = (text: string): string => {
    grow(text.length);
    return text;
  };

  const restoreAs = (kind: Restored[0]): void => {
    // A comma and a letter for each key, at least.
    grow(kind.length + 2 * path.length);
    restored.push([kind, ...path]);
  };

  const scalar = (value: unknown): string => {
    if (value === undefined) restoreAs('undefined');
    if (value === undefined || value === null) return 'null';
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw lost(`is ${Number.isNaN(value) ? 'NaN' : 'infinite'}`);
      if (Object.is(value, -0)) restoreAs('-0');
      return String(value);
    }
    if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
    throw lost(`is a ${typeof value}`);
  };

  /** Writes the value of a key, if reading it again gives the same. */
  const member = (value: object, key: Key): string => {
    path.push(key);
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (!descriptor?.enumerable) throw lost('is not enumerable');
    if (!('value' in descriptor)) throw lost('is a getter');
    const text = write(descriptor.value);
    path.pop();
    return text;
  };

  const array = (value: readonly unknown[]): string => {
    // The prototype of all arrays is an array itself; that of a subclass is not.
    if (!Array.isArray(Object.getPrototypeOf(value))) throw lost(classOf(value));
    // The commas, also of an array that is too long for its keys to be listed.
    grow(Math.max(0, value.length - 1));
    if (Reflect.ownKeys(value).length !== value.length + 1) {
      throw lost('is an array with holes or with properties');
    }
    const texts: string[] = [];
    for (let index = 0; index < value.length; index += 1) texts.push(member(value, index));
    return `[${texts.join(',')}]`;
  };

  const object = (value: object): string => {
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === null) restoreAs('no-prototype');
    else if (!isObjectPrototype(prototype)) throw lost(classOf(value));
    const texts = Reflect.ownKeys(value).map((key) => {
      if (typeof key === 'symbol') throw lost('has a symbol as a key');
      return `${counted(JSON.stringify(key))}:${member(value, key)}`;
    });
    return `{${texts.join(',')}}`;
  };

  const write = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return counted(scalar(value));
    if (above.has(value)) throw lost('refers to itself');
    if (above.size === nestingMax) throw lost(`is nested more than ${nestingMax} levels deep`);
    above.add(value);
    const text = Array.isArray(value) ? array(value) : object(value);
    above.delete(value);
    return text;
  };

  return (root: unknown): string => {
    const json = write(root);
    const text = restored.length > 0 ? `${restoreWord}${JSON.stringify(restored)}\n${json}` : json;
    grow(utf8Bytes(text) - length);
    return text;
  };
};

/** The record of a response that cannot be replayed. */
export const lostResponse = (reason: string, tooLarge = false): RecordedResponse => ({
  text: lossWord + reason,
  loss: { reason, tooLarge },
});

/**
 * Writes a response so that a replay gives back exactly the same value, and never throws.
 *
 * JSON values are replayed exactly, and so are `undefined`, `-0` and objects without a prototype, wherever they
 * stand. Everything that JSON changes (a `bigint`, `NaN`, `Infinity`, `Date`, `Map`, `Buffer`, class instances,
 * functions, symbols, getters, holes in arrays, circles) is a loss, and so is a response that exceeds
 * `responseBytesMax` or `nestingMax`.
 *
 * @example
 * recordResponse({ updated: 1n }).loss; // { reason: '$.updated is a bigint', tooLarge: false }
 */
export const recordResponse = (response: unknown): RecordedResponse => {
  try {
    return { text: createWriter()(response) };
  } catch (error) {
    // A proxy may throw anything while it is read.
    const known = error instanceof Unrecordable;
    return known ? lostResponse(error.message, error.tooLarge) : lostResponse('$ cannot be read');
  }
};

/** @throws {InvalidInput} for the text of a response that no store of leases can hold */
export const requireStorable = (response: string): void => {
  if (utf8Bytes(response) > responseBytesMax) {
    throw new InvalidInput(`A recorded response may have ${responseBytesMax} bytes in UTF-8`);
  }
};

const restore = (root: unknown, [kind, ...keys]: Restored): unknown => {
  const holder = { root } as { root: unknown };
  let parent = holder as Record<string | number, unknown>;
  let key: string | number = 'root';
  for (const next of keys) {
    parent = parent[key] as Record<string | number, unknown>;
    key = next;
  }
  if (kind === 'no-prototype') Object.setPrototypeOf(parent[key], null);
  else parent[key] = kind === '-0' ? -0 : undefined;
  return holder.root;
};

/** Reads what `recordResponse` has written, or the plain JSON of an older record. */
export const replayResponse = (text: string): ReplayedResponse => {
  if (text.startsWith(lossWord)) {
    return { replayable: false, reason: text.slice(lossWord.length) };
  }
  if (!text.startsWith(restoreWord)) return { replayable: true, value: JSON.parse(text) };
  const end = text.indexOf('\n');
  const restored = JSON.parse(text.slice(restoreWord.length, end)) as readonly Restored[];
  return { replayable: true, value: restored.reduce(restore, JSON.parse(text.slice(end + 1))) };
};

/**
 * The text under which a unit of work records its result. It is called before COMMIT, so nothing has happened yet
 * when it throws.
 *
 * @throws {InvariantViolation} when the result is not JSON, so that a replay could not answer with it
 * @throws {InvalidInput} when the result exceeds `responseBytesMax`
 */
export const recordResult = (result: Json): string => {
  const { text, loss } = recordResponse(result);
  if (!loss) return text;
  if (loss.tooLarge) {
    throw new InvalidInput(
      `The result of a unit of work may have ${responseBytesMax} bytes as JSON: return a reference to what is large`,
    );
  }
  throw new InvariantViolation(
    `The result of a unit of work must be JSON, since a replay answers with it: ${loss.reason}`,
  );
};

/**
 * Reads what `recordResult` has written.
 *
 * @throws {InvariantViolation} for a record that holds no result
 */
export const replayResult = <Result extends Json>(text: string): Result => {
  const replayed = replayResponse(text);
  if (replayed.replayable) return replayed.value as Result;
  throw new InvariantViolation(`A recorded result cannot be read: ${replayed.reason}`);
};
