import { pgTypes } from './pg-client.ts';
import { originOf } from './value-origin.ts';

/**
 * Says why a value cannot be sent, and the remedy. The sender adds the parameter and the statement.
 */
export class Unsendable extends Error {
  override readonly name = 'Unsendable';
}

/** The server's exact text of a value, if the value has not changed since it was read. */
export const exactText = (value: object): string | undefined => {
  const from = originOf(value);
  if (from === undefined || !('exact' in from)) return undefined;
  const { text, oid } = from.exact;
  const asRead: unknown = pgTypes.getTypeParser(oid)(text);
  return JSON.stringify(asRead) === JSON.stringify(value) ? text : undefined;
};

/** Classes whose objects JSON writes as `{}`. */
const withoutJson =
  /^(?:Map|Set|WeakMap|WeakSet|WeakRef|Promise|RegExp|Error|(?:Shared)?ArrayBuffer|Generator|Blob|File|FormData|Headers|URLSearchParams)$/;

/** The class of an object, such as `Map`, also of an object from another realm. */
const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);

const refuseEmptied = (value: object, where = ''): void => {
  const tag = 'toJSON' in value ? '' : tagOf(value);
  if (!withoutJson.test(tag)) return;
  throw new Unsendable(
    `${where}of the class ${tag}, of which JSON keeps nothing: send what it holds as an object, an array, a text or bytes`,
  );
};

/** @param value without a cycle */
const refuseEmptiedInside = (value: object): void => {
  const open: object[] = [value];
  for (let one = open.pop(); one; one = open.pop()) {
    // JSON writes the result of `toJSON` instead of the object.
    if ('toJSON' in one) continue;
    refuseEmptied(one, 'JSON with an object ');
    for (const inner of Object.values(one)) {
      if (typeof inner === 'object' && inner !== null) open.push(inner);
    }
  }
};

const written = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const { message = '' } = cause as { readonly message?: string };
    const what = message.includes('BigInt') ? 'a bigint: put its text there' : 'a cycle: remove it';
    throw new Unsendable(
      /BigInt|circular/.test(message)
        ? `JSON with ${what}`
        : 'an object that JSON cannot write: send its text',
      { cause },
    );
  }
};

/**
 * A value as JSON. A value that was read as JSON and has not changed keeps the server's text, with
 * all digits of its numbers.
 *
 * @throws {Unsendable} for a value that JSON cannot write, or would empty
 */
export const jsonText = (value: unknown): string => {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject) {
    const exact = originOf(value)?.type === 'json' ? exactText(value) : undefined;
    if (exact !== undefined) return exact;
    refuseEmptied(value);
  }
  const text = written(value);
  if (text === undefined) throw new Unsendable('a value that JSON leaves out: send null');
  // An emptied object is `{}` in the text, so most texts need no search.
  if (isObject && text.includes('{}')) refuseEmptiedInside(value);
  return text;
};
