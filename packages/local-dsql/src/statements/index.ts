import type { ServiceError } from '../protocol/protocol.ts';
import { untag } from './ast.ts';
import { showCatalogs } from './catalogs.ts';
import {
  type DsqlStatement,
  readDsqlStatement,
  splitStatements,
  usesDsqlGrammar,
} from './dsql-grammar.ts';
import { parse, syntaxError, tooDeep, unreadable } from './grammar.ts';
import { quoteLiteral } from './quote.ts';
import { anyRefusal, firstRefusal, notSupported } from './refusal.ts';
import { functionBody } from './rules/functions.ts';
import { examineQuery, parameterCount } from './rules/queries.ts';
import { judge, type StatementKind, statementName } from './rules/rules.ts';
import { highestParameter, trimSpace } from './sql-lexer.ts';
import { readStatementAccess, type StatementAccess } from './statement-access.ts';
import { judgeSettings, translate } from './translations.ts';

export { loadGrammar } from './grammar.ts';
export type { StatementKind } from './rules/rules.ts';

/** Statements that begin or end a transaction. */
export const controlsTransaction: ReadonlySet<StatementKind> = new Set([
  'begin',
  'commit',
  'rollback',
]);

export const transactionEnds: ReadonlySet<StatementKind> = new Set(['commit', 'rollback']);

/** One statement of a client, judged, with the text that PostgreSQL gets in its place. */
export type JudgedStatement = {
  readonly kind: StatementKind;
  /** The client's own text. */
  readonly text: string;
  readonly sql: string;
  /** The text for a simple Query, which gives no parameters, if it differs from `sql`. */
  readonly simpleSql?: string;
  /** Command tag shown instead of PostgreSQL's. */
  readonly tag?: string;
  /** `sql` differs from the client's text. */
  readonly changed: boolean;
  readonly parameters: number;
  /** Takes or gives rows by the COPY protocol. */
  readonly copies?: boolean;
  /** Tables that the statement writes to, named as in its text. */
  readonly writtenTables?: readonly string[];
  /** The tables that the statement may change or lock; absent for DDL. */
  readonly access?: StatementAccess;
  /** The error with which DSQL refuses it. */
  readonly refusal?: ServiceError;
};

/** Texts whose statements are cached. An application has a few hundred. */
const cachedTextsMax = 2000;
/** Longer texts are not cached: they are bulk loads, which do not repeat. */
const cachedTextLengthMax = 16 * 1024;

/**
 * A statement that fails with this error in PostgreSQL, and takes as many parameters as the refused
 * one.
 */
export const failingSql = ({ code, message }: ServiceError, parameters = 0): string => {
  const values = Array.from({ length: parameters }, (_, at) => `, $${at + 1}`).join('');
  return `SELECT pg_antipode.send_error(${quoteLiteral(code)}, ${quoteLiteral(message)})${values}`;
};

const refusing = (
  refusal: ServiceError,
  parameters: number,
): Pick<JudgedStatement, 'sql' | 'simpleSql' | 'changed' | 'parameters' | 'refusal'> => ({
  ...{ refusal, parameters, changed: true, sql: failingSql(refusal, parameters) },
  ...(parameters > 0 ? { simpleSql: failingSql(refusal) } : {}),
});

/** The refusal of a call that is spelled so that it cannot be redirected. */
const unfound = notSupported('function set_config not supported');

/**
 * PostgreSQL gets the text of a function unchanged, so that a parameter set there by an expression
 * cannot be judged.
 */
const unnamed = notSupported(
  'function set_config not supported in a function unless it names the parameter',
);

/** The refusal of a function: the first one among the statements of its body. */
const refuseBody = (body: string | undefined): ServiceError | undefined => {
  if (body === undefined) return undefined;
  try {
    return anyRefusal(parse(body).statements, ({ stmt }) => {
      const [tag, fields] = untag(stmt);
      const { kind, refusal } = judge(tag, fields, body, false);
      const facts = examineQuery(stmt);
      return firstRefusal(
        () => refusal,
        () => facts.refusal,
        () => (facts.setsConfig ? unnamed : undefined),
        // The endpoint would not notice that a call of the function changes the catalog.
        () =>
          kind === 'ddl' ? notSupported(`unsupported statement: ${statementName(tag)}`) : undefined,
      );
    });
  } catch (error) {
    return unreadable(error);
  }
};

/** Whether a text sets a parameter that it does not name. */
const setsUnnamed = (sql: string): boolean =>
  parse(sql).statements.some(({ stmt }) => examineQuery(stmt).setsConfig);

/** @param sql the client's `text` in PostgreSQL's grammar */
const readStatement = (
  stmt: unknown,
  text: string,
  sql = text,
  own?: DsqlStatement,
): JudgedStatement => {
  const [tag, fields] = untag(stmt);
  const verdict = judge(tag, fields, sql, own !== undefined);
  const facts = examineQuery(stmt);
  const judged = facts.setsConfig ? judgeSettings(sql) : sql;
  const refusal = firstRefusal(
    () => verdict.refusal,
    () => facts.refusal,
    () => refuseBody(functionBody(tag, fields)),
    () => (facts.setsConfig && setsUnnamed(judged) ? unfound : undefined),
  );
  const parameters = parameterCount(stmt);
  const copyIn = tag === 'CopyStmt' && fields['is_from'] === true;
  const kind = verdict.kind === 'read' && (facts.writes || copyIn) ? 'write' : verdict.kind;
  if (refusal) return { kind, text, ...refusing(refusal, parameters) };
  const access = kind === 'ddl' ? undefined : readStatementAccess(stmt);
  const sent = translate(own, tag, fields, judged, facts.avoidsLocks) ?? { sql: judged };
  return {
    kind,
    text,
    parameters,
    ...(tag === 'CopyStmt' ? { copies: true } : {}),
    ...(facts.writtenTables.length > 0 ? { writtenTables: facts.writtenTables } : {}),
    ...(access ? { access } : {}),
    ...sent,
    changed: sent.sql !== text,
  };
};

/** Cuts the text by the positions that the grammar gives, in bytes of UTF-8. */
const parseText = (text: string): readonly JudgedStatement[] => {
  const { sql, statements } = parse(text);
  const bytes = Buffer.from(sql);
  return statements.map(({ stmt, stmt_location = 0, stmt_len = 0 }) => {
    const end = stmt_len > 0 ? stmt_location + stmt_len : bytes.length;
    const whole = bytes.toString('utf8', stmt_location, end);
    const own = trimSpace(whole);
    // White space has one byte for each character.
    const shown = showCatalogs(stmt, own, stmt_location + whole.indexOf(own));
    const statement = readStatement(stmt, own, shown);
    return sql === text ? statement : { ...statement, changed: true };
  });
};

/** Appended to a text that must not run: no statement of PostgreSQL contains it. */
const unknownCharacter = '\n}';

/** Errors that PostgreSQL would report about the appended character instead. */
const isUnfinished = ({ message }: ServiceError): boolean =>
  /end of input|unterminated/.test(message);

/**
 * The statement for a text that cannot be judged and must not run. PostgreSQL reports the error in
 * its own words, unless it would report another one.
 */
const unread = (text: string, error: unknown): JudgedStatement => {
  const refusal = unreadable(error);
  const parameters = highestParameter(text);
  const isOurs = refusal.code !== syntaxError || isUnfinished(refusal) || usesDsqlGrammar(text);
  const refused = { kind: 'read', text, ...refusing(refusal, parameters) } as const;
  const sql = `${text}${unknownCharacter}`;
  return isOurs ? refused : { ...refused, sql, simpleSql: sql };
};

const parseError = (text: string): unknown => {
  try {
    parse(text);
    return new RangeError(`the statement cannot be classified: ${text}`);
  } catch (error) {
    return error;
  }
};

/** Parse tree tags of DSQL's own statements, without their additional word. */
const dsqlTags: Readonly<Record<'index' | 'validation', string>> = {
  index: 'IndexStmt',
  validation: 'AlterTableStmt',
};

const readDsql = (text: string, own: DsqlStatement): JudgedStatement => {
  const ddl = { kind: 'ddl', text, sql: own.sql, changed: true, parameters: 0 } as const;
  if (own.kind === 'iam') return { ...ddl, tag: own.tag };
  const { sql, statements } = parse(own.sql);
  const [only, ...others] = statements;
  const isOwn = others.length === 0 && untag(only?.stmt)[0] === dsqlTags[own.kind];
  // Otherwise the text is in no grammar.
  return isOwn ? readStatement(only?.stmt, text, sql, own) : unread(text, parseError(text));
};

/** Reads a text that may have statements of DSQL's own grammar, each by itself. */
const parseMixed = (sql: string): readonly JudgedStatement[] => {
  const parts = splitStatements(sql).map((text) => ({ text, own: readDsqlStatement(text) }));
  return parts.some(({ own }) => own)
    ? parts.flatMap(({ text, own }) => (own ? readDsql(text, own) : parseText(text)))
    : parseText(sql);
};

const read = (sql: string): readonly JudgedStatement[] => {
  let problem: unknown;
  // A text may be split wrongly, so that only the whole text can be read.
  for (const readAs of usesDsqlGrammar(sql) ? [parseMixed, parseText] : [parseText]) {
    try {
      return readAs(sql);
    } catch (error) {
      problem ??= error;
    }
  }
  return [unread(sql, problem)];
};

/**
 * The error with which DSQL would refuse a statement, by its grammar and its list of statements.
 * The catalog is not asked, for example whether a table exists.
 */
export const refusalOf = (sql: string): ServiceError | undefined => {
  try {
    const statements = usesDsqlGrammar(sql) ? parseMixed(sql) : parseText(sql);
    return statements.find(({ refusal }) => refusal)?.refusal;
  } catch (error) {
    return unreadable(error);
  }
};

/**
 * Creates a reader of statements that remembers the texts it has seen.
 *
 * A text that cannot be read is one statement, of which nothing may run.
 */
export const createStatementReader = (): ((sql: string) => readonly JudgedStatement[]) => {
  const seen = new Map<string, readonly JudgedStatement[]>();
  return (sql) => {
    if (sql.length > cachedTextLengthMax) return read(sql);
    const known = seen.get(sql);
    if (known) return known;
    const statements = read(sql);
    // Another parser may read a text that was too deep for this one.
    if (statements[0]?.refusal?.code === tooDeep.code) return statements;
    const [oldest] = seen.keys();
    if (seen.size >= cachedTextsMax && oldest !== undefined) seen.delete(oldest);
    seen.set(sql, statements);
    return statements;
  };
};
