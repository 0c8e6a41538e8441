import { isExactNumber } from '../../domain/kernel/index.ts';

/** `JSON.parse`'s reviver with the text of the value, as ECMAScript 2026 has it and Node since 21. */
type SourceReviver = (
  key: string,
  value: unknown,
  context: { readonly source?: string },
) => unknown;

const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;

/**
 * The first key whose number has more digits than `JSON.parse` keeps, so that rounding it would go unnoticed;
 * `undefined` when there is none, or when the text is no JSON, which is for the parser to say.
 */
export const findInexactNumber = (json: string): string | undefined => {
  let found: string | undefined;
  try {
    parseWithSource(json, (key, value, { source }) => {
      if (typeof value === 'number' && !isExactNumber(source ?? '')) found ??= key;
      return value;
    });
  } catch {
    return undefined;
  }
  return found;
};
