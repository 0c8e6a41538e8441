import { type Token, tokenize } from './sql-lexer.ts';
import { lineEndsIn } from './sql-statements.ts';

/** A token, and where a person finds it. */
export type PlacedToken = {
  readonly token: Token;
  /** From 1. */
  readonly line: number;
  /** Of a comment: what stands before it on its line. */
  readonly before: string;
};

/** The tokens of a text with their lines. */
export const placedTokens = (text: string): readonly PlacedToken[] => {
  let line = 1;
  let lineStart = 0;
  return tokenize(text).map((token) => {
    const one = {
      token,
      line,
      before: token.kind === 'comment' ? text.slice(lineStart, token.at) : '',
    };
    const ends = lineEndsIn(token.text);
    line += ends;
    if (ends > 0) {
      const last = Math.max(token.text.lastIndexOf('\n'), token.text.lastIndexOf('\r'));
      lineStart = token.at + last + 1;
    }
    return one;
  });
};
