import { createRequire } from 'node:module';
import type { ServiceError } from '../protocol/protocol.ts';
import { endsInComment, tokenize } from './sql-lexer.ts';
import { replaceWords } from './words.ts';

/** A statement with its place in the text, in bytes of UTF-8. A number that is zero is absent. */
export type RawStatement = {
  readonly stmt: unknown;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
};

type Parser = {
  readonly loadModule: () => Promise<void>;
  readonly parseSync: (sql: string) => { readonly stmts?: readonly RawStatement[] };
};

/**
 * An instance of its own, where the module would be shared. Through CommonJS: the package's ESM
 * build looks for its file relative to the page.
 */
const createParser = async (): Promise<Parser> => {
  // The cache would keep the module for as long as this one lives.
  const require = createRequire(import.meta.url);
  delete require.cache[require.resolve('libpg-query')];
  const created = require('libpg-query') as Parser;
  await created.loadModule();
  return created;
};

let parser: Parser | undefined;
let isRenewing = false;

/** Compiles the grammar; must have ended before anything is parsed. */
export const loadGrammar = async (): Promise<void> => {
  parser ??= await createParser();
};

/** Replaces a parser that a deeply nested text has aborted: it does not survive many of them. */
const renew = (): void => {
  if (isRenewing) return;
  isRenewing = true;
  createParser()
    .then((created) => {
      parser = created;
    })
    // The next deep text tries again.
    .catch(() => undefined)
    .finally(() => {
      isRenewing = false;
    });
};

const isSyntaxError = (error: unknown): boolean => (error as Error).name === 'SqlError';

/** A text as the grammar reads it, and its statements. */
export type Parsed = { readonly sql: string; readonly statements: readonly RawStatement[] };

const parseOnly = (sql: string): Parsed => {
  if (!parser) throw new Error('the grammar is not loaded');
  try {
    // The parser takes no empty text.
    return { sql, statements: (sql === '' ? undefined : parser.parseSync(sql).stmts) ?? [] };
  } catch (error) {
    if (!isSyntaxError(error)) renew();
    throw error;
  }
};

const tryToParse = (sql: string): Parsed | undefined => {
  try {
    return parseOnly(sql);
  } catch (error) {
    if (isSyntaxError(error)) return undefined;
    throw error;
  }
};

/**
 * Keywords of the parser, which is a later PostgreSQL's, that PostgreSQL 16 leaves to functions and
 * types.
 */
const laterKeywords: ReadonlySet<string | undefined> = new Set([
  'json_exists',
  'json_query',
  'json_scalar',
  'json_serialize',
  'json_table',
  'json_value',
  'merge_action',
]);

/**
 * Whether `json` is the name of a function or of a schema. Elsewhere it is a keyword of PostgreSQL
 * 16, as in `IS JSON`.
 */
const isJsonName = (words: readonly string[], at: number): boolean =>
  words[at] === 'json' && (words[at + 1] === '(' || words[at + 1] === '.');

const quoteLaterKeywords = (sql: string): string =>
  replaceWords(sql, (words, at) =>
    laterKeywords.has(words[at]) || isJsonName(words, at) ? `"${words[at]}"` : undefined,
  );

/**
 * A run of operator signs. PostgreSQL's lexer reads the rest of a run again for each sign that it
 * takes, so a long run takes quadratic time.
 */
const operatorRun = /[~!@#^&|`?+\-*/%<>=]{1000}/;
const operatorRunMax = 1_000;

/**
 * Whether a text has more signs in a row than the maximum, once its comments are left out. No
 * expression has so many.
 */
const hasLongRun = (tokens: readonly string[]): boolean => {
  let run = 0;
  return tokens.some((token) => {
    run = '~!@#^&|`?+-*/%<>='.includes(token) ? run + 1 : 0;
    return run > operatorRunMax;
  });
};

/**
 * An error with the parser's message and the parser's name, so that it is handled as a syntax
 * error.
 */
class UnterminatedComment extends Error {
  override readonly name = 'SqlError';
}

/**
 * The text without comments if it has a long run of operator signs, which the parser would read in
 * quadratic time.
 *
 * @throws {UnterminatedComment} where the parser would take the rest for a comment, and PostgreSQL
 * would not
 * @throws {RangeError} for more signs in a row than any expression has
 */
const readable = (sql: string): string => {
  if (!operatorRun.test(sql)) return sql;
  if (endsInComment(sql)) throw new UnterminatedComment('unterminated /* comment');
  const tokens = tokenize(sql);
  if (hasLongRun(tokens)) throw new RangeError('too many operators in a row');
  return tokens.join('');
};

/**
 * Reads a text in the parser's grammar. If that fails, it quotes the names that became keywords
 * after PostgreSQL 16, and reads the text again.
 *
 * @throws {Error} with the parser's words when it is in neither, or nested too deeply
 */
export const parse = (text: string): Parsed => {
  const sql = readable(text);
  return tryToParse(sql) ?? tryToParse(quoteLaterKeywords(sql)) ?? parseOnly(sql);
};

/** SQLSTATE of a text that the grammar does not accept. */
export const syntaxError = '42601';

export const tooDeep: ServiceError = { code: '54001', message: 'stack depth limit exceeded' };

/**
 * The error of a text that cannot be read: it is in neither grammar, or nested too deeply for the
 * parser.
 */
export const unreadable = (error: unknown): ServiceError => {
  const { message } = error as Error;
  return isSyntaxError(error) && !message.startsWith('memory exhausted')
    ? { code: syntaxError, message }
    : tooDeep;
};
