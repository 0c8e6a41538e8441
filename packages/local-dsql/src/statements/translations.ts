import type { Fields } from './ast.ts';
import type { DsqlStatement } from './dsql-grammar.ts';
import { quoteLiteral } from './quote.ts';
import {
  catalogQuestions,
  relationName,
  switchesAllTriggers,
  validatedConstraints,
} from './rules/alter-table.ts';
import { functionBody } from './rules/functions.ts';
import { accessMethod } from './rules/indexes.ts';
import { internalSchema } from './schemas.ts';
import { tokenize } from './sql-lexer.ts';
import { replaceWords } from './words.ts';

/**
 * The text that PostgreSQL gets in place of a statement, and the client's command tag, if it is not
 * PostgreSQL's.
 */
export type Translation = { readonly sql: string; readonly tag?: string };

/**
 * Keeps `TRIGGER ALL` from switching the triggers of constraints and of the local DSQL: DSQL has no
 * others.
 */
const switchOwnTriggers = (sql: string): string =>
  replaceWords(sql, (words, at) =>
    words[at] === 'all' && words[at - 1] === 'trigger' ? 'USER' : undefined,
  );

/** Redirects calls of `set_config` to a function of the same name that judges the setting. */
export const judgeSettings = (sql: string): string =>
  replaceWords(sql, (words, at) => {
    const isCall = (name: number): boolean =>
      words[name] === 'set_config' && words[name + 1] === '(';
    if (words[at] === 'pg_catalog' && words[at + 1] === '.' && isCall(at + 2))
      return internalSchema;
    return isCall(at) && words[at - 1] !== '.' ? 'pg_antipode.set_config' : undefined;
  });

const lockWords: ReadonlySet<string | undefined> = new Set(['update', 'share']);

/**
 * Whether the words up to `end` end with `FOR UPDATE` or `FOR KEY SHARE`, and the tables that it
 * may name.
 */
const endsInLock = (words: readonly string[], end: number): boolean => {
  if (lockWords.has(words[end - 1])) return words[end - 2] === 'for' || words[end - 2] === 'key';
  const of = words.lastIndexOf('of', end - 1);
  const tables = words.slice(of + 1, end);
  const isList = tables.every((word, at) => (at % 2 === 1) === (word === ',' || word === '.'));
  return of > 0 && tables.length % 2 === 1 && isList && lockWords.has(words[of - 1]);
};

/** Removes SKIP LOCKED and NOWAIT: DSQL has no locks to wait for, and conflicts show at COMMIT. */
const forgetWaiting = (sql: string): string =>
  replaceWords(sql, (words, at) => {
    const isSkip = (skip: number): boolean =>
      words[skip] === 'skip' && words[skip + 1] === 'locked' && endsInLock(words, skip);
    const isNowait = words[at] === 'nowait' && endsInLock(words, at);
    return isNowait || isSkip(at) || isSkip(at - 1) ? '' : undefined;
  });

/** Rewrites the text of a function, which is a literal, if it has SKIP LOCKED or NOWAIT. */
const forgetWaitingInside = (sql: string, body: string): string => {
  const forgotten = forgetWaiting(body);
  if (forgotten === tokenize(body).join('')) return sql;
  const isLiteral = (word: string | undefined): boolean => /^(?:\$|e?')/.test(word ?? '');
  return replaceWords(sql, (words, at) =>
    words[at - 1] === 'as' && isLiteral(words[at]) && !isLiteral(words[at + 1])
      ? quoteLiteral(forgotten)
      : undefined,
  );
};

const texts = (values: readonly string[]): string =>
  `ARRAY[${values.map(quoteLiteral).join(', ')}]::text[]`;

const alterTable = (fields: Fields, written: string): Translation | undefined => {
  const sql = switchesAllTriggers(fields) ? switchOwnTriggers(written) : written;
  const { columns, constraints, identities } = catalogQuestions(fields);
  const questions = [columns, constraints, identities];
  if (questions.every((names) => names.length === 0)) {
    return sql === written ? undefined : { sql };
  }
  const values = [quoteLiteral(sql), quoteLiteral(relationName(fields)), ...questions.map(texts)];
  return { sql: `CALL pg_antipode.antipode_alter_table(${values.join(', ')})`, tag: 'ALTER TABLE' };
};

/** A setting of DSQL's whose name PostgreSQL takes for one of its own unless it has a prefix. */
const unprefixed = 'disable_sync_create_index';

const setting = (tag: string, fields: Fields, sql: string): Translation | undefined => {
  if (fields['name'] !== unprefixed) return undefined;
  return tag === 'VariableShowStmt'
    ? { sql: `SELECT current_setting('dsql.${unprefixed}') AS ${unprefixed}`, tag: 'SHOW' }
    : {
        sql: replaceWords(sql, (words, at) =>
          words[at] === unprefixed ? `dsql.${unprefixed}` : undefined,
        ),
      };
};

/** DSQL's only access method has a name that PostgreSQL does not know. */
const nameAccessMethod = (sql: string): string =>
  replaceWords(sql, (words, at) =>
    words[at] === accessMethod && words[at - 1] === 'using' ? 'btree' : undefined,
  );

/** Translates a statement that DSQL runs and PostgreSQL does not know, or runs differently. */
export const translate = (
  own: DsqlStatement | undefined,
  tag: string,
  fields: Fields,
  sql: string,
  avoidsLocks: boolean,
): Translation | undefined => {
  if (own?.kind === 'index') {
    const [index = '', plain = ''] = [own.sql, own.plainSql]
      .map(nameAccessMethod)
      .map(quoteLiteral);
    return {
      sql: `SELECT job_id FROM pg_antipode.antipode_create_index(${index}, ${plain})`,
      tag: 'CREATE INDEX',
    };
  }
  if (own?.kind === 'validation') {
    const values = [own.sql, relationName(fields)].map(quoteLiteral).join(', ');
    const names = texts(validatedConstraints(fields));
    return {
      sql: `SELECT job_id FROM pg_antipode.antipode_validate_constraint(${values}, ${names})`,
      tag: 'ALTER TABLE',
    };
  }
  if (tag === 'AlterTableStmt') return alterTable(fields, sql);
  if (tag === 'VariableSetStmt' || tag === 'VariableShowStmt') return setting(tag, fields, sql);
  const unlocked = avoidsLocks ? forgetWaiting(sql) : sql;
  const sent = forgetWaitingInside(unlocked, functionBody(tag, fields) ?? '');
  return sent === sql ? undefined : { sql: sent };
};
