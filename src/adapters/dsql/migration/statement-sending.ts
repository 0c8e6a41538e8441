import { Fault } from '../../../domain/kernel/index.ts';
import { isSignificant, type Token, tokenize } from '../sql/sql-lexer.ts';
import { splitStatements } from '../sql/sql-statements.ts';
import type { StatementShape } from '../sql/statement-shape.ts';
import { encodeParameters } from '../wire/parameters.ts';
import { refuseLongMessage, refuseOversized, writtenBytesMin } from '../wire/transaction-limits.ts';
import type { MigrationStatement } from './format/migration.ts';

/** The journal's rows in the transaction of a statement of data. */
const journalRows = 1;

/**
 * The problem of a text with several statements, which DSQL refuses. Only a text by hand can have
 * them.
 */
const statementsProblem = (sql: string, place: string): string | undefined => {
  const { length } = splitStatements(sql, place);
  if (length === 1) return undefined;
  return length === 0
    ? 'this text has no statement: write one'
    : `this text has ${length} statements: send each by itself`;
};

/** Whether a statement defines a function, whose body has parameters of its own. */
const definesFunction = (tokens: readonly Token[]): boolean =>
  /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)$/.test(
    tokens
      .slice(0, tokens[1]?.text.toUpperCase() === 'OR' ? 4 : 2)
      .map(({ text }) => text.toUpperCase())
      .join(' '),
  );

const numbersIn = (tokens: readonly Token[]): ReadonlySet<number> =>
  new Set(
    tokens.flatMap(({ kind, text }) =>
      kind === 'symbol' && /^\$\d+$/.test(text) ? Number(text.slice(1)) : [],
    ),
  );

const numbersProblem = (
  { sql, parameters: { length } }: MigrationStatement,
  kind: StatementShape['kind'],
): string | undefined => {
  if (kind === 'ddl' && length > 0) {
    return 'only statements that read or change data take parameters: write the value with sql.lit';
  }
  const tokens = tokenize(sql).filter(isSignificant);
  if (definesFunction(tokens)) return undefined;
  const numbers = numbersIn(tokens);
  const missing = [...numbers].find((number) => number < 1 || number > length);
  if (missing !== undefined) return `the parameter $${missing} has no value: give it one`;
  for (let number = 1; number <= length; number += 1) {
    if (!numbers.has(number)) return `the parameter $${number} is not used: remove it`;
  }
  return undefined;
};

const isText = (value: unknown): value is string => typeof value === 'string';

const textsIn = (values: readonly unknown[]): readonly string[] =>
  values.flatMap((value) => (Array.isArray(value) ? textsIn(value) : isText(value) ? [value] : []));

/** The problem of a text that PostgreSQL cannot store: no UTF-8, or with a zero byte. */
const textProblem = ({ sql, parameters }: MigrationStatement): string | undefined => {
  if (!sql.isWellFormed()) return 'a character of this text is only half there: save it in UTF-8';
  if (textsIn(parameters).some((text) => text.includes('\0') || !text.isWellFormed())) {
    return 'a parameter has a zero byte, or half a character, which no text of PostgreSQL may have: remove it';
  }
  return undefined;
};

/** The rows that an INSERT with VALUES adds for certain. */
const insertedRows = (sql: string): number => {
  const tokens = tokenize(sql).filter(isSignificant);
  const words = tokens.map(({ kind, text }) => (kind === 'word' ? text.toUpperCase() : text));
  const from = words.indexOf('VALUES');
  if (words[0] !== 'INSERT' || from < 0 || words.includes('CONFLICT')) return 0;
  let [depth, rows] = [0, 0];
  for (const word of words.slice(from + 1)) {
    if (word === '(') {
      if (depth === 0) rows += 1;
      depth += 1;
    } else if (word === ')') {
      depth -= 1;
    } else if (depth === 0 && word !== ',') {
      break;
    }
  }
  return rows;
};

/**
 * Why a statement cannot be sent, or is refused by every database; undefined for most statements.
 * It is checked before any statement of a run is sent.
 */
export const sendingProblem = (
  one: MigrationStatement,
  kind: StatementShape['kind'],
): string | undefined => {
  const problem =
    statementsProblem(one.sql, one.place) ?? textProblem(one) ?? numbersProblem(one, kind);
  if (problem !== undefined) return problem;
  try {
    encodeParameters(one);
    refuseLongMessage(one);
    if (kind === 'data') refuseOversized(insertedRows(one.sql) + journalRows, writtenBytesMin(one));
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
};
