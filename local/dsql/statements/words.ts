import { tokenize } from './own-grammar.ts';

/** A token as PostgreSQL takes it for a name: in small letters, or as it is in its quotes. */
const wordOf = (token: string): string =>
  token.startsWith('"') ? token.slice(1, -1) : token.toLowerCase();

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
