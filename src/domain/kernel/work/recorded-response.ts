import { InvalidInput, InvariantViolation } from '../fault.ts';
import type { Json } from '../json/json.ts';
import {
  type JsonChange,
  type JsonKey,
  JsonProblem,
  requireBytes,
  utf8Bytes,
  writeJson,
} from '../json/json-writer.ts';

/**
 * Bytes of a recorded response in UTF-8: the limit of a DSQL column, 1 MiB ("Cluster quotas and
 * database limits in Amazon Aurora DSQL").
 */
export const responseBytesMax = 1_048_576;

/** The first part of a response that cannot be replayed, and the reason. */
export type ResponseLoss = {
  /**
   * One line without values, such as `$.rows[0].updated is a bigint` or `$.at is of class Date`.
   */
  readonly reason: string;
  readonly tooLarge: boolean;
};

/**
 * A response as a text to be kept. With a `loss`, the text says only that the response cannot be
 * replayed.
 */
export type RecordedResponse = { readonly text: string; readonly loss?: ResponseLoss };

/** The answer of a record: the very value that was recorded, or the reason why none was. */
export type ReplayedResponse =
  | { readonly replayable: true; readonly value: unknown }
  | { readonly replayable: false; readonly reason: string };

/** Levels of arrays and objects in a response: each needs stack while it is written. */
const nestingMax = 1_000;

/** A value that JSON changes and that is restored after parsing: kind, then keys from the root. */
type Restored = readonly [JsonChange, ...JsonKey[]];

/** No JSON text begins with one of these words. */
const restoreWord = 'restore ';
const lossWord = 'unreplayable ';

/** @throws {JsonProblem} */
const textOf = (response: unknown): string => {
  const restored: Restored[] = [];
  const json = writeJson(response, {
    bytesMax: responseBytesMax,
    nestingMax,
    onChange: (kind, path) => restored.push([kind, ...path]),
  });
  if (restored.length === 0) return json;
  const text = `${restoreWord}${JSON.stringify(restored)}\n${json}`;
  requireBytes(text, responseBytesMax);
  return text;
};

/** The record of a response that cannot be replayed. */
export const lostResponse = (reason: string, tooLarge = false): RecordedResponse => ({
  text: lossWord + reason,
  loss: { reason, tooLarge },
});

/**
 * Writes a response so that a replay gives back exactly the same value, and never throws.
 *
 * JSON values are replayed exactly, and so are `undefined`, `-0` and objects without a prototype,
 * wherever they stand. Everything that JSON changes (a `bigint`, `NaN`, `Infinity`, `Date`, `Map`,
 * `Buffer`, class instances, functions, symbols, getters, holes in arrays, circles) is a loss, and
 * so is a response that exceeds `responseBytesMax` or `nestingMax`.
 *
 * @example
 * recordResponse({ updated: 1n }).loss; // { reason: '$.updated is a bigint', tooLarge: false }
 */
export const recordResponse = (response: unknown): RecordedResponse => {
  try {
    return { text: textOf(response) };
  } catch (error) {
    // A proxy may throw anything while it is read.
    if (!(error instanceof JsonProblem)) return lostResponse('$ cannot be read');
    return lostResponse(`${error.place} ${error.message}`, error.kind === 'size');
  }
};

/** @throws {InvalidInput} for the text of a response that no store of leases can hold */
export const requireStorable = (response: string): void => {
  if (utf8Bytes(response) > responseBytesMax) {
    throw new InvalidInput(
      `A recorded response may have ${responseBytesMax} bytes in UTF-8 at most`,
    );
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
 * The text under which a unit of work records its result. It is called before COMMIT, so nothing
 * has happened yet when it throws.
 *
 * @throws {InvariantViolation} when the result is not JSON, so that a replay could not answer with
 * it
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
