import { createRequire } from 'node:module';
import { replaceWords } from './words.ts';

/** Where a statement stands in its text is said in bytes of UTF-8; what is zero is left out. */
export type RawStatement = {
  readonly stmt: unknown;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
};

type Parser = {
  readonly loadModule: () => Promise<void>;
  readonly parseSync: (sql: string) => { readonly stmts?: readonly RawStatement[] };
};

/** Loaded through CommonJS: the package's ESM build looks for its file relative to the page. */
const parser = createRequire(import.meta.url)('libpg-query') as Parser;

/** Compiles the grammar; must have ended before anything is parsed. */
export const loadGrammar = (): Promise<void> => parser.loadModule();

/** A text as the grammar reads it, and its statements. */
export type Parsed = { readonly sql: string; readonly statements: readonly RawStatement[] };

const parseOnly = (sql: string): Parsed => ({
  sql,
  statements: parser.parseSync(sql).stmts ?? [],
});

const tryToParse = (sql: string): Parsed | undefined => {
  try {
    return parseOnly(sql);
  } catch {
    return undefined;
  }
};

/** Keywords of the parser, which is a later PostgreSQL's, that PostgreSQL 16 leaves to functions. */
const laterKeywords: ReadonlySet<string | undefined> = new Set([
  'json',
  'json_exists',
  'json_query',
  'json_scalar',
  'json_serialize',
  'json_table',
  'json_value',
  'merge_action',
]);

const quoteLaterKeywords = (sql: string): string =>
  replaceWords(sql, (words, at) =>
    laterKeywords.has(words[at]) && words[at + 1] === '(' ? `"${words[at]}"` : undefined,
  );

/**
 * Reads a text in the parser's grammar, otherwise in PostgreSQL 16's: then names that are keywords by now are quoted.
 *
 * @throws {Error} with the parser's words when it is in neither, so that PostgreSQL refuses it, too.
 */
export const parse = (sql: string): Parsed =>
  tryToParse(sql) ?? tryToParse(quoteLaterKeywords(sql)) ?? parseOnly(sql);
