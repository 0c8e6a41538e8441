import { isSignificant, type Token, tokenize } from './sql-lexer.ts';

/**
 * A text for patterns: words in capitals, only the quote of a quoted part, one space between
 * tokens.
 */
export const outline = (tokens: readonly Token[]): string =>
  tokens
    .map(({ kind, text }) => {
      if (kind === 'word') return text.toUpperCase();
      return kind === 'text' || kind === 'name' ? text.charAt(0) : text;
    })
    .join(' ');

/** The outline of a statement, without its comments. */
export const outlineOf = (sql: string): string => outline(tokenize(sql).filter(isSignificant));
