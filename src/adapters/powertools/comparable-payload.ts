/** Begins a text that stands for a value of which JSON would lose what tells it from another. */
export const lossMark = '\u0000not comparable: ';

/** Classes whose content JSON does not show. */
const opaqueTag =
  /^\[object (?:Map|Set|WeakMap|WeakSet|Promise|RegExp|Error|ArrayBuffer|DataView)\]$/;

/**
 * The reason why two different values of this kind may have the same JSON; `undefined` when they
 * never have.
 */
const lossOf = (value: unknown): string | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value);
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') {
    return `a ${typeof value}`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : undefined;
  const tag = Object.prototype.toString.call(value);
  if (opaqueTag.test(tag)) return `an object of class ${tag.slice('[object '.length, -1)}`;
  if (Object.hasOwn(value, '__proto__')) return 'an object with the key __proto__';
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === null || prototype === Object.prototype;
  const showsItself = 'toJSON' in value || Object.keys(value).length > 0;
  return isPlain || showsItself ? undefined : 'an object that shows nothing of its state';
};

const mark = (value: unknown, above: Set<object>): unknown => {
  const loss = lossOf(value);
  if (loss !== undefined) return lossMark + loss;
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  if (above.has(value)) return `${lossMark}a circle`;
  above.add(value);
  const entries = Object.entries(value).map(([key, one]) => [key, mark(one, above)] as const);
  above.delete(value);
  const isChanged = entries.some(
    ([key, one]) => !Object.is(one, (value as Readonly<Record<string, unknown>>)[key]),
  );
  if (!isChanged) return value;
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
};

/**
 * A payload as it can be compared by its JSON. The payload itself is returned where that loses
 * nothing; elsewhere it is a copy in which texts that begin with `lossMark` stand for a `bigint`,
 * `NaN`, a `Map`, a circle and the like.
 *
 * `JSON.stringify` makes `{}` of every `Map` and `null` of `NaN`, so two requests that differ there
 * look the same.
 */
export const comparablePayload = <Payload>(payload: Payload): Payload =>
  mark(payload, new Set()) as Payload;

/** The part of a selection that JSON would lose; `undefined` when it loses nothing. */
export const findLoss = (selection: unknown): string | undefined => {
  if (typeof selection === 'string') {
    return selection.startsWith(lossMark) ? selection.slice(lossMark.length) : undefined;
  }
  if (typeof selection !== 'object' || selection === null) return undefined;
  for (const one of Object.values(selection)) {
    const loss = findLoss(one);
    if (loss !== undefined) return loss;
  }
  return undefined;
};
