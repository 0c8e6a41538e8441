import { type Token, tokenize } from './sql-lexer.ts';
import { lineEndsIn } from './sql-statements.ts';

/** The text before a token on its line, by its kind. */
type Before = 'nothing' | 'space' | 'code';

/** A token and its place in the file. */
export type PlacedToken = {
  readonly token: Token;
  /** From 1. */
  readonly line: number;
  readonly before: Before;
};

/**
 * The kind of text before the next token. Each token is read once, since a line may be as long as
 * its file.
 */
const behind = ({ kind, text }: Token, before: Before): Before => {
  const lineStart = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
  const sofar = lineStart > 0 ? 'nothing' : before;
  if (lineStart === text.length) return sofar;
  return kind === 'space' && sofar !== 'code' ? 'space' : 'code';
};

/** The tokens of a text with their lines. */
export const placedTokens = (text: string): readonly PlacedToken[] => {
  let line = 1;
  let before: Before = 'nothing';
  return tokenize(text).map((token) => {
    const one = { token, line, before };
    line += lineEndsIn(token.text);
    before = behind(token, before);
    return one;
  });
};
