import { unquote } from './dsql-grammar.ts';
import { isBlank, tokenize } from './sql-lexer.ts';

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
  const words = tokens.filter((token) => !isBlank(token)).map(unquote);
  let at = -1;
  return tokens
    .map((token) => {
      if (isBlank(token)) return token;
      at += 1;
      return replace(words, at) ?? token;
    })
    .join('');
};
