import { quoteLiteral } from './quote.ts';
import { isBlank, tokenize, trimSpace } from './sql-lexer.ts';

/** A statement of DSQL's own, which PostgreSQL's grammar does not have. */
export type DsqlStatement =
  /** `CREATE INDEX ASYNC`: `sql` without the word; `plainSql` also without `UNIQUE`. */
  | { readonly kind: 'index'; readonly sql: string; readonly plainSql: string }
  /** `ALTER TABLE ASYNC … VALIDATE CONSTRAINT`, without the word. */
  | { readonly kind: 'validation'; readonly sql: string }
  /** `AWS IAM GRANT` and `REVOKE`, as a call. */
  | { readonly kind: 'iam'; readonly sql: string; readonly tag: string };

const ownWords = /\b(?:async|iam)\b/i;

/** Whether a text may have statements of DSQL's own grammar; most texts are decided here. */
export const usesDsqlGrammar = (sql: string): boolean => ownWords.test(sql);

/** Cuts a text at its semicolons, outside of quotes and comments; empty statements are left out. */
export const splitStatements = (sql: string): readonly string[] => {
  const statements: string[] = [];
  let current = '';
  for (const text of [...tokenize(sql), ';']) {
    if (text === ';') {
      const statement = trimSpace(current);
      if (statement !== '') statements.push(statement);
      current = '';
    } else {
      current += text;
    }
  }
  return statements;
};

/** The words of a statement that are not blank, and where each stands among all its tokens. */
const wordsOf = (
  tokens: readonly string[],
): readonly { readonly text: string; readonly at: number }[] =>
  tokens.flatMap((text, at) => (isBlank(text) ? [] : { text, at }));

const isWord = (token: { readonly text: string } | undefined, word: string): boolean =>
  token?.text.toUpperCase() === word;

/**
 * A token as PostgreSQL takes it for a name: with ASCII's letters small, or as it is in its quotes.
 */
export const unquote = (name: string): string =>
  name.startsWith('"')
    ? name.slice(1, -1).replaceAll('""', '"')
    : name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Leaves one word out, and the blank behind it. */
const without = (tokens: readonly string[], at: number): string =>
  tokens.filter((_, index) => index !== at && index !== at + 1).join('');

/** `CREATE INDEX ASYNC …`: the words must have something behind them. */
const indexStatement = (tokens: readonly string[]): DsqlStatement | undefined => {
  const words = wordsOf(tokens);
  const unique = isWord(words[1], 'UNIQUE') ? 1 : 0;
  const [index, async, next] = words.slice(1 + unique);
  if (!isWord(words[0], 'CREATE') || !isWord(index, 'INDEX') || !isWord(async, 'ASYNC')) {
    return undefined;
  }
  if (!async || !isBlank(tokens[async.at + 1] ?? '') || !next) return undefined;
  const sql = without(tokens, async.at);
  const head = words[1];
  const plainSql = unique && head ? without(tokenize(sql), head.at) : sql;
  return { kind: 'index', sql, plainSql };
};

const validationStatement = (tokens: readonly string[]): DsqlStatement | undefined => {
  const [alter, table, async] = wordsOf(tokens);
  if (!isWord(alter, 'ALTER') || !isWord(table, 'TABLE') || !isWord(async, 'ASYNC')) {
    return undefined;
  }
  return async && isBlank(tokens[async.at + 1] ?? '')
    ? { kind: 'validation', sql: without(tokens, async.at) }
    : undefined;
};

const isName = (text = ''): boolean => /^(?:"(?!"$)|[^'"$])/.test(text);

/** `AWS IAM GRANT role TO 'arn'`, `AWS IAM REVOKE role FROM 'arn'`. */
const iamStatement = (tokens: readonly string[]): DsqlStatement | undefined => {
  const words = wordsOf(tokens);
  const [aws, iam, verb, role, to, arn, ...others] = words;
  const isGrant = isWord(verb, 'GRANT');
  if (!isWord(aws, 'AWS') || !isWord(iam, 'IAM') || !(isGrant || isWord(verb, 'REVOKE'))) {
    return undefined;
  }
  if (!isWord(to, isGrant ? 'TO' : 'FROM') || others.length > 0) return undefined;
  if (!role || !isName(role.text) || !arn || !/^'(?:[^']|'')*'$/.test(arn.text)) return undefined;
  const procedure = isGrant ? 'pg_antipode.iam_grant' : 'pg_antipode.iam_revoke';
  return {
    kind: 'iam',
    sql: `CALL ${procedure}(${quoteLiteral(unquote(role.text))}, ${arn.text})`,
    tag: `AWS IAM ${isGrant ? 'GRANT' : 'REVOKE'}`,
  };
};

/** Reads one statement; `undefined` for a statement of PostgreSQL's grammar. */
export const readDsqlStatement = (sql: string): DsqlStatement | undefined => {
  const tokens = tokenize(sql);
  return indexStatement(tokens) ?? validationStatement(tokens) ?? iamStatement(tokens);
};
