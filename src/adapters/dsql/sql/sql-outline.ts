import { isSignificant, type Token, tokenize } from './sql-lexer.ts';

/** Words in capitals, quoted parts as their quotes, a space between: a text that patterns can be held against. */
export const outline = (tokens: readonly Token[]): string =>
  tokens
    .map(({ kind, text }) => {
      if (kind === 'word') return text.toUpperCase();
      return kind === 'text' || kind === 'name' ? text.charAt(0) : text;
    })
    .join(' ');

/** The outline of a statement, without its comments. */
export const outlineOf = (sql: string): string => outline(tokenize(sql).filter(isSignificant));
