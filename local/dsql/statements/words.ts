import { tokenize } from './own-grammar.ts';

/** A token in small letters and without quotes. */
const wordOf = (token: string | undefined): string =>
  token?.toLowerCase().replace(/^"(.*)"$/, '$1') ?? '';

/**
 * Replaces words of a text by what `replace` gives for them, if anything.
 *
 * @param replace sees all words, without the white space between them, and where it stands
 */
export const replaceWords = (
  sql: string,
  replace: (words: readonly string[], at: number) => string | undefined,
): string => {
  const tokens = tokenize(sql);
  const words = tokens.filter((token) => token.trim() !== '').map(wordOf);
  let at = -1;
  return tokens
    .map((token) => {
      if (token.trim() === '') return token;
      at += 1;
      return replace(words, at) ?? token;
    })
    .join('');
};
