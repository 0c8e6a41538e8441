import { InvalidInput } from '../../../../domain/kernel/index.ts';
import { isSignificant, type Token, tokenize } from '../../sql/sql-lexer.ts';
import { quoteIdentifier, type Statement } from '../../wire/statement.ts';
import type { MigrationStatement } from './migration.ts';

/** The value of a variable; undefined where it has none. */
export type MigrationVariables = (name: string) => string | undefined;

/** A constant of SQL. A backslash is an ordinary character on DSQL. */
const quoteText = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const variablePattern = /^(['"])(\w+)\1$/;

type Placeholder = { readonly name: string; readonly quote: string };

/**
 * A variable as in psql, `:'name'` or `:"name"`: a colon, directly followed by a name in quotes.
 */
const placeholderAt = (tokens: readonly Token[], at: number): Placeholder | undefined => {
  const [colon, quoted] = tokens.slice(at, at + 2);
  if (colon?.kind !== 'symbol' || colon.text !== ':' || !quoted) return undefined;
  const [, quote, name] = variablePattern.exec(quoted.text) ?? [];
  return quote === undefined || name === undefined ? undefined : { name, quote };
};

/** The variables that a statement uses, each once. */
export const variablesOf = ({ sql }: Statement): readonly string[] => {
  const tokens = tokenize(sql);
  const names = tokens.flatMap((_, at) => placeholderAt(tokens, at)?.name ?? []);
  return [...new Set(names)];
};

/** A token that a quote directly beside it may change, such as the letter of `E'…'`. */
const isSticky = (token: Token | undefined): boolean =>
  token !== undefined &&
  (['word', 'text', 'name', 'open'].includes(token.kind) ||
    (token.kind === 'symbol' && /^[$\d]/.test(token.text)));

/** `U&`, which changes the reading of the quotes behind it. */
const endsInUnicodeMark = (tokens: readonly Token[], end: number): boolean =>
  tokens[end - 1]?.text === '&' && tokens[end - 2]?.text.toUpperCase() === 'U';

const nextSignificant = (
  tokens: readonly Token[],
  from: number,
  step: 1 | -1,
): Token | undefined => {
  let at = from;
  while (tokens[at] && !isSignificant(tokens[at] as Token)) at += step;
  return tokens[at];
};

/**
 * Whether PostgreSQL would join the value of a variable to its neighbour. It joins two constants
 * that only white space with a line's end divides.
 */
const runsTogether = (tokens: readonly Token[], at: number, quote: string): boolean => {
  const [before, behind] = [at - 1, at + 2];
  if (isSticky(tokens[before]) || isSticky(tokens[behind])) return true;
  if (endsInUnicodeMark(tokens, at)) return true;
  return (
    quote === "'" &&
    (nextSignificant(tokens, before, -1)?.kind === 'text' ||
      nextSignificant(tokens, behind, 1)?.kind === 'text')
  );
};

const readValue = (place: string, name: string, variables: MigrationVariables): string => {
  const value = variables(name);
  if (value !== undefined && value !== '') return value;
  throw new InvalidInput(
    `${place}: the variable ${name} has no value: give --set ${name}=VALUE, or set ${name.toUpperCase()}`,
  );
};

/**
 * Replaces variables by their values: `:'name'` becomes a constant, `:"name"` an identifier. Both
 * are quoted, so that a value cannot become other SQL. psql has the same variables, and runs the
 * same files.
 *
 * @throws {InvalidInput} for a variable without a value, and for one directly beside a word, a
 * constant or a name, which PostgreSQL would join to the value
 */
export const withVariables = (
  one: MigrationStatement,
  variables: MigrationVariables,
): MigrationStatement => {
  const tokens = tokenize(one.sql);
  let sql = '';
  for (let at = 0; at < tokens.length; at += 1) {
    const placeholder = placeholderAt(tokens, at);
    if (placeholder === undefined) {
      sql += tokens[at]?.text ?? '';
      continue;
    }
    const { name, quote } = placeholder;
    if (runsTogether(tokens, at, quote)) {
      throw new InvalidInput(
        `${one.place}: the variable ${name} would be read as one with what stands beside it: put white space or an operator between them`,
      );
    }
    const value = readValue(one.place, name, variables);
    sql += quote === '"' ? quoteIdentifier(value) : quoteText(value);
    at += 1;
  }
  return { ...one, sql };
};
