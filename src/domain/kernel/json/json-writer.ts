/** A key of an object or an index of an array. */
export type JsonKey = string | number;

/**
 * A value that is not the same after `JSON.parse`: `undefined`, minus zero, an object without a
 * prototype.
 */
export type JsonChange = 'undefined' | '-0' | 'no-prototype';

/** Keys that a message shows; others may be somebody's data. */
const shownKey = /^[A-Za-z_$][\w$]{0,39}$/;

/** Keys that a message shows of one path. */
const shownKeysMax = 10;

/** A path without data, such as `$.rows[0].price` or `$.prices[…]`. */
export const placeOf = (path: readonly JsonKey[]): string => {
  const shown = path.slice(0, shownKeysMax).map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return shownKey.test(key) ? `.${key}` : '[…]';
  });
  return `$${shown.join('')}${path.length > shownKeysMax ? '…' : ''}`;
};

/**
 * The kind of the problem. `text` is half a surrogate pair, which mostly comes from a caller's
 * input.
 */
type Kind = 'value' | 'text' | 'size';

/**
 * The first part of a value that JSON cannot hold. Its `message` continues `place` and quotes no
 * value.
 */
export class JsonProblem extends Error {
  readonly kind: Kind;
  readonly place: string;

  constructor(kind: Kind, path: readonly JsonKey[], message: string) {
    super(message);
    this.kind = kind;
    this.place = placeOf(path);
  }
}

/** Limits of a JSON text, and the treatment of values that parsing changes. */
export type JsonRules = {
  /** Bytes of the text in UTF-8. */
  readonly bytesMax: number;
  /** Levels of arrays and objects: each needs stack. */
  readonly nestingMax: number;
  /**
   * Is told each value that parsing changes, and restores it. Without it, a field that is
   * `undefined` is left out, an `undefined` elsewhere is refused, and so are texts that are not
   * well-formed Unicode, which few other readers take.
   */
  readonly onChange?: (kind: JsonChange, path: readonly JsonKey[]) => void;
};

/**
 * Bytes of a text in UTF-8; each half of a surrogate pair, which JSON has only whole, counts for
 * two.
 */
export const utf8Bytes = (text: string): number => {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit < 0xe000)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
};

const tooLarge = (bytesMax: number): JsonProblem =>
  new JsonProblem('size', [], `has more than ${bytesMax} bytes as JSON`);

/** No unit of a text has more, so that most texts need not be counted. */
const utf8BytesPerUnitMax = 3;

/** @throws {JsonProblem} when a text has more bytes in UTF-8 */
export const requireBytes = (text: string, bytesMax: number): void => {
  if (text.length * utf8BytesPerUnitMax > bytesMax && utf8Bytes(text) > bytesMax) {
    throw tooLarge(bytesMax);
  }
};

const classOf = (value: object): string => {
  const made = (value as { readonly constructor?: unknown }).constructor;
  const name = typeof made === 'function' ? made.name : '';
  return `is of class ${shownKey.test(name) ? name : 'its own'}`;
};

const lossyArray = 'is an array with holes or with properties';

/** Whether a prototype is `Object.prototype`, also that of another realm. */
const isObjectPrototype = (prototype: object): boolean =>
  prototype === Object.prototype ||
  (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'));

/** Writes one value. `path` is where it stands, `above` the objects that it stands inside of. */
const createWriter = ({ bytesMax, nestingMax, onChange }: JsonRules) => {
  const path: JsonKey[] = [];
  const above = new Set<object>();
  let length = 0;

  const refused = (why: string, kind: Kind = 'value') => new JsonProblem(kind, path, why);

  /** Ends early, since an object that is in many places can make a text that exceeds the memory. */
  const grow = (by: number): void => {
    length += by;
    if (length > bytesMax) throw tooLarge(bytesMax);
  };

  const counted = (text: string): string => {
    grow(text.length);
    return text;
  };

  const change = (kind: JsonChange): void => {
    if (!onChange) return;
    // A comma and a letter for each key, at least.
    grow(kind.length + 2 * path.length);
    onChange(kind, path);
  };

  const textOf = (text: string): string => {
    if (!onChange && !text.isWellFormed()) throw refused('has half a surrogate pair', 'text');
    return JSON.stringify(text);
  };

  const scalar = (value: unknown): string => {
    switch (typeof value) {
      case 'string':
        return textOf(value);
      case 'boolean':
        return String(value);
      case 'number':
        if (!Number.isFinite(value)) throw refused(Number.isNaN(value) ? 'is NaN' : 'is infinite');
        if (Object.is(value, -0)) change('-0');
        return String(value);
      case 'undefined':
        if (!onChange) throw refused('is undefined');
        change('undefined');
        return 'null';
      default:
        if (value === null) return 'null';
        throw refused(`is a ${typeof value}`);
    }
  };

  /** The value of a key, if it is there for every reader and each time the same. */
  const valueAt = (value: object, key: JsonKey): unknown => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (!descriptor?.enumerable) throw refused('is not enumerable');
    if (!('value' in descriptor)) throw refused('is a getter');
    return descriptor.value;
  };

  const array = (value: readonly unknown[]): string => {
    // The prototype of all arrays is an array itself; that of a subclass is not.
    if (!Array.isArray(Object.getPrototypeOf(value))) throw refused(classOf(value));
    // The commas, also of an array that is too long for its keys to be listed.
    grow(Math.max(0, value.length - 1));
    if (Reflect.ownKeys(value).length !== value.length + 1) throw refused(lossyArray);
    const texts: string[] = [];
    for (let index = 0; index < value.length; index += 1) {
      path.push(index);
      texts.push(write(valueAt(value, index)));
      path.pop();
    }
    return `[${texts.join(',')}]`;
  };

  const object = (value: object): string => {
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === null) change('no-prototype');
    else if (!isObjectPrototype(prototype)) throw refused(classOf(value));
    const texts: string[] = [];
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'symbol') throw refused('has a symbol as a key');
      path.push(key);
      const member = valueAt(value, key);
      if (onChange || member !== undefined) texts.push(`${counted(textOf(key))}:${write(member)}`);
      path.pop();
    }
    return `{${texts.join(',')}}`;
  };

  const write = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return counted(scalar(value));
    if (above.has(value)) throw refused('refers to itself');
    if (above.size === nestingMax) throw refused(`is nested more than ${nestingMax} levels deep`);
    above.add(value);
    const text = Array.isArray(value) ? array(value) : object(value);
    above.delete(value);
    return text;
  };

  return write;
};

/**
 * Writes a value as JSON that `JSON.parse` reads as the same value, but for what
 * `JsonRules.onChange` says.
 *
 * It asks no `toJSON`: a `Date`, a `Map`, an instance of a class or a `bigint` is refused.
 *
 * @throws {JsonProblem} also an error of a proxy's own, while it is read
 */
export const writeJson = (value: unknown, rules: JsonRules): string => {
  const json = createWriter(rules)(value);
  requireBytes(json, rules.bytesMax);
  return json;
};
