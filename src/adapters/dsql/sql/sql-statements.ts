import { InvalidInput } from '../../../domain/kernel/index.ts';
import { isSignificant, type Token, tokenize } from './sql-lexer.ts';

/** A statement of a text, without its semicolon, and without white space and comments around it. */
export type SqlStatement = {
  readonly sql: string;
  /** The line of its first word, from 1. */
  readonly line: number;
};

/** The number of lines that end in a text. */
export const lineEndsIn = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0;

/** Why a text with this token cannot be cut into statements; undefined for most tokens. */
const problemOf = ({ kind, text }: Token): string | undefined => {
  if (kind === 'open') {
    return text.startsWith('/*')
      ? 'the comment that begins here never ends'
      : 'the quotes that begin here are never closed';
  }
  if (text === '\\') return "psql's own commands are no SQL: write statements alone";
  return text === '\0' ? 'there is a zero byte, which PostgreSQL does not take' : undefined;
};

/**
 * Follows a function's body of the form `BEGIN ATOMIC … END`. Its semicolons end no statement.
 *
 * @returns a function that takes each significant token of a statement, and tells whether it is in
 * the body
 */
const createBodyReader = (): ((token: Token) => boolean) => {
  const head: string[] = [];
  let depth = 0;
  return ({ kind, text }) => {
    const word = kind === 'word' ? text.toUpperCase() : '';
    // CREATE [OR REPLACE] FUNCTION
    if (head.length < 4) head.push(word);
    const inFunction = /^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)/.test(head.join(' '));
    if (!inFunction) return false;
    if (word === 'BEGIN' || (word === 'CASE' && depth > 0)) depth += 1;
    else if (word === 'END' && depth > 0) depth -= 1;
    return depth > 0;
  };
};

/**
 * Cuts a text at its semicolons, outside of quotes, comments and bodies of functions. Empty
 * statements are left out.
 *
 * @param source names the text in errors, such as its file
 * @throws {InvalidInput} `<source>:<line>: …` for quotes or a comment without an end, and for a
 * command of psql
 */
export const splitStatements = (text: string, source: string): readonly SqlStatement[] => {
  const statements: SqlStatement[] = [];
  let tokens: Token[] = [];
  let inBody = createBodyReader();
  let line = 1;
  let firstLine = line;

  const end = (): void => {
    const last = tokens.findLastIndex(isSignificant);
    const sql = tokens.slice(0, last + 1).map((token) => token.text);
    if (last >= 0) statements.push({ sql: sql.join(''), line: firstLine });
    tokens = [];
    inBody = createBodyReader();
  };

  for (const token of tokenize(text)) {
    const problem = problemOf(token);
    if (problem) throw new InvalidInput(`${source}:${line}: ${problem}`);
    const significant = isSignificant(token);
    if (tokens.length === 0) firstLine = line;
    const inside = significant && inBody(token);
    if (token.text === ';' && !inside) end();
    else if (significant || tokens.length > 0) tokens.push(token);
    line += lineEndsIn(token.text);
  }
  end();
  return statements;
};

/** A statement with one space for white space and comments, and none at its ends. */
export const normalized = (sql: string): string => {
  const parts: string[] = [];
  for (const token of tokenize(sql)) {
    if (isSignificant(token)) parts.push(token.text);
    // Parts, not a text: looking at a growing text costs its length each time.
    else if (parts.length > 0 && parts.at(-1) !== ' ') parts.push(' ');
  }
  if (parts.at(-1) === ' ') parts.pop();
  return parts.join('');
};
