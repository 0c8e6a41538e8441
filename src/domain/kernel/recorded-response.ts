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

/** A place in a response, from its end to its root. */
type Place = { readonly parent?: Place | undefined; readonly key: string | number };

/** A value that JSON changes and that is restored after parsing: kind, then keys from the root. */
type Restored = readonly ['undefined' | '-0' | 'no-prototype', ...(string | number)[]];

/** A step of the writer that is still ahead. */
type Step =
  | { readonly text: string }
  | { readonly value: unknown; readonly place: Place | undefined }
  | { readonly leave: object };

/** No JSON text begins with one of these words. */
const restoreWord = 'restore ';
const lossWord = 'unreplayable ';

/** Keys that are shown in a reason; others may be somebody's data. */
const shownKey = /^[A-Za-z_$][\w$]{0,39}$/;

const keysOf = (place: Place | undefined): (string | number)[] => {
  const keys: (string | number)[] = [];
  for (let at = place; at; at = at.parent) keys.push(at.key);
  return keys.reverse();
};

const pathOf = (place: Place | undefined): string => {
  const shown = keysOf(place).map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return shownKey.test(key) ? `.${key}` : '[…]';
  });
  const path = shown.length > 10 ? [...shown.slice(0, 10), '…'] : shown;
  return `$${path.join('')}`;
};

class Unrecordable extends Error {
  readonly tooLarge: boolean;

  constructor(message: string, tooLarge = false) {
    super(message);
    this.tooLarge = tooLarge;
  }
}

const className = (value: object): string => {
  const made = (value as { readonly constructor?: unknown }).constructor;
  const name = typeof made === 'function' ? made.name : '';
  return shownKey.test(name) ? name : 'its own';
};

/** Whether a prototype is `Object.prototype`, also that of another realm. */
const isObjectPrototype = (prototype: object): boolean =>
  Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');

/** The own value of a key, if reading it again gives the same. */
const ownValue = (value: object, key: string | symbol, place: Place | undefined): unknown => {
  if (typeof key === 'symbol') throw new Unrecordable(`${pathOf(place)} has a symbol as a key`);
  const descriptor = Object.getOwnPropertyDescriptor(value, key);
  if (!descriptor?.enumerable) {
    throw new Unrecordable(`${pathOf({ parent: place, key })} is not enumerable`);
  }
  if (!('value' in descriptor)) {
    throw new Unrecordable(`${pathOf({ parent: place, key })} is a getter`);
  }
  return descriptor.value;
};

/** The steps through an array, first one first. */
const arraySteps = (value: readonly unknown[], place: Place | undefined): Step[] => {
  // The prototype of all arrays is an array itself; that of a subclass is not.
  if (!Array.isArray(Object.getPrototypeOf(value))) {
    throw new Unrecordable(`${pathOf(place)} is of class ${className(value)}`);
  }
  if (Reflect.ownKeys(value).length !== value.length + 1) {
    throw new Unrecordable(`${pathOf(place)} is an array with holes or with properties`);
  }
  const steps: Step[] = [{ text: '[' }];
  for (let index = 0; index < value.length; index += 1) {
    if (index > 0) steps.push({ text: ',' });
    const at = { parent: place, key: index };
    steps.push({ value: ownValue(value, String(index), place), place: at });
  }
  steps.push({ text: ']' });
  return steps;
};

/** The steps through an object, first one first. */
const objectSteps = (value: object, place: Place | undefined): Step[] => {
  const steps: Step[] = [{ text: '{' }];
  for (const key of Reflect.ownKeys(value)) {
    const own = ownValue(value, key, place);
    const name = String(key);
    steps.push({ text: `${steps.length > 1 ? ',' : ''}${JSON.stringify(name)}:` });
    steps.push({ value: own, place: { parent: place, key: name } });
  }
  steps.push({ text: '}' });
  return steps;
};

/** Writes one response; a loop with a stack of its own, since responses may be deep or refer to themselves. */
const createWriter = () => {
  const restored: Restored[] = [];
  const entered = new Set<object>();
  const ahead: Step[] = [];

  const scalar = (value: unknown, place: Place | undefined): string => {
    if (value === undefined) {
      restored.push(['undefined', ...keysOf(place)]);
      return 'null';
    }
    if (Object.is(value, -0)) restored.push(['-0', ...keysOf(place)]);
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new Unrecordable(`${pathOf(place)} is ${Number.isNaN(value) ? 'NaN' : 'infinite'}`);
    }
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return JSON.stringify(value);
    }
    throw new Unrecordable(`${pathOf(place)} is a ${typeof value}`);
  };

  const enter = (value: object, place: Place | undefined): void => {
    if (entered.has(value)) throw new Unrecordable(`${pathOf(place)} refers to itself`);
    const isArray = Array.isArray(value);
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === null && !isArray) restored.push(['no-prototype', ...keysOf(place)]);
    else if (prototype !== null && !isArray && !isObjectPrototype(prototype)) {
      throw new Unrecordable(`${pathOf(place)} is of class ${className(value)}`);
    }
    entered.add(value);
    ahead.push({ leave: value });
    const steps = isArray ? arraySteps(value, place) : objectSteps(value, place);
    for (const step of steps.reverse()) ahead.push(step);
  };

  return (root: unknown): string => {
    const texts: string[] = [];
    let length = 0;
    ahead.push({ value: root, place: undefined });
    for (let step = ahead.pop(); step; step = ahead.pop()) {
      if ('leave' in step) entered.delete(step.leave);
      else if ('value' in step && typeof step.value === 'object' && step.value !== null) {
        enter(step.value, step.place);
      } else {
        const text =
          'text' in step
            ? step.text
            : step.value === null
              ? 'null'
              : scalar(step.value, step.place);
        texts.push(text);
        length += text.length;
      }
      // An object that occurs in many places may be written more often than there is memory for.
      if (length > responseBytesMax || ahead.length > responseBytesMax * 2) break;
    }
    const json = texts.join('');
    const text = restored.length > 0 ? `${restoreWord}${JSON.stringify(restored)}\n${json}` : json;
    if (ahead.length > 0 || utf8Bytes(text) > responseBytesMax) {
      throw new Unrecordable(`$ has more than ${responseBytesMax} bytes as JSON`, true);
    }
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
 * functions, symbols, getters, holes in arrays, circles) and what exceeds `responseBytesMax` is a loss.
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
  // Parents lose their prototype last, because a key of a child may be named `__proto__`.
  const ordered = restored.toSorted(
    ([left], [right]) => Number(left === 'no-prototype') - Number(right === 'no-prototype'),
  );
  return { replayable: true, value: ordered.reduce(restore, JSON.parse(text.slice(end + 1))) };
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
