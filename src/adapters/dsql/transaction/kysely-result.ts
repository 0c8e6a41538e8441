import type { Compilable, CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { InvariantViolation } from '../../../domain/kernel/index.ts';
import type { Row, Statement, StatementResult } from '../wire/statement.ts';

/**
 * Kysely keeps the plugins of a query to itself: only `execute` applies them to a result. So `execute` is called when the
 * result is there already, and this dialect's driver answers it without a connection.
 *
 * The symbols are registered: a program may have loaded this module twice.
 */
const replay: unique symbol = Symbol.for('antipode.dsql.replay') as never;
const answer: unique symbol = Symbol.for('antipode.dsql.answer') as never;

/** Has the rows of a statement transformed by the plugins of the query that it was made from. */
export const transformRows: unique symbol = Symbol.for('antipode.dsql.transformRows') as never;

type Executable = { execute(options?: unknown): Promise<unknown> };

/** A query that has been answered: a statement and its result. */
type Answered = Pick<CompiledQuery, 'sql' | 'parameters' | 'queryId'> & {
  readonly result: QueryResult<unknown>;
};

type Replay = (query: Executable, answered: Answered) => Promise<unknown>;

/** A query as this dialect's compiler returns it. */
type DsqlCompiledQuery = CompiledQuery & {
  readonly [replay]?: Replay;
  readonly [answer]?: QueryResult<unknown>;
};

/** A statement that knows its query's plugins. */
type TransformedStatement = Statement & {
  readonly [transformRows]?: (result: StatementResult) => Promise<readonly Row[]>;
};

const changesRows = new Set(['INSERT', 'UPDATE', 'DELETE']);

/** The result of a statement as Kysely knows it. */
export const toQueryResult = ({
  command,
  rowCount,
  rows,
}: StatementResult): QueryResult<never> => ({
  rows: rows as never[],
  ...(changesRows.has(command) ? { numAffectedRows: BigInt(rowCount) } : {}),
});

/** Set only while `execute` compiles its query, which it does before its first wait. */
let replayed: Answered | undefined;

const replayThrough: Replay = (query, answered) => {
  replayed = answered;
  try {
    // Kysely hands the options on to the driver, where `isReplay` finds them.
    return query.execute({ [answer]: true });
  } finally {
    replayed = undefined;
  }
};

/**
 * A query that is compiled only to have a result transformed, with that result; otherwise nothing. A plugin may compile
 * queries of its own meanwhile, which have other ids.
 */
export const replayedQuery = (
  query: CompiledQuery['query'],
  queryId: CompiledQuery['queryId'],
): DsqlCompiledQuery | undefined => {
  if (replayed?.queryId.queryId !== queryId.queryId) return undefined;
  // Kysely's log shows the text and the parameters.
  const { sql, parameters, result } = replayed;
  return Object.freeze({ query, queryId, sql, parameters, [answer]: result });
};

/** A compiled query that knows how its result is transformed. */
export const replayable = (compiled: CompiledQuery): CompiledQuery =>
  Object.freeze(Object.defineProperty({ ...compiled }, replay, { value: replayThrough }));

/** Whether Kysely asks for a connection only to have a result transformed. */
export const isReplay = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && answer in options;

/** The result that a query has been compiled with. */
export const answerOf = (query: CompiledQuery): QueryResult<never> | undefined =>
  (query as DsqlCompiledQuery)[answer] as QueryResult<never> | undefined;

/** Stands for a connection while a result is transformed. */
export const replayConnection = (): DatabaseConnection & { end(): Promise<void> } => ({
  executeQuery: async (query) => {
    const known = answerOf(query);
    if (known) return known;
    throw new InvariantViolation(
      'A query was executed while the result of another was transformed',
    );
  },
  // biome-ignore lint/correctness/useYield: Kysely's interface asks for a generator.
  streamQuery: async function* (): AsyncIterableIterator<never> {
    throw new InvariantViolation('A result that is there already is not streamed');
  },
  end: async () => undefined,
});

/** Whether it is a query builder, which has plugins, and not something else that can be compiled. */
export const isExecutable = (query: object): query is Executable =>
  'execute' in query && typeof query.execute === 'function';

/**
 * The rows that `execute` of a query would return for this result.
 *
 * @throws {InvariantViolation} for a query of a Kysely on another dialect, whose plugins cannot be asked
 */
export const executed = async (
  query: object,
  compiled: Statement,
  result: StatementResult,
  parameters = compiled.parameters,
): Promise<readonly Row[]> => {
  const { [replay]: through, queryId } = compiled as DsqlCompiledQuery;
  // Something else than a query builder: it has no plugins.
  if (!isExecutable(query)) return result.rows;
  if (through === undefined) throw foreignQuery();
  const { sql } = compiled;
  const answered = await through(query, {
    sql,
    parameters,
    queryId,
    result: toQueryResult(result),
  });
  return Array.isArray(answered) ? (answered as readonly Row[]) : result.rows;
};

const foreignQuery = () =>
  new InvariantViolation(
    'The query is of a Kysely that is not on a DsqlDialect, whose plugins cannot be applied to its rows: send query.compile()',
  );

/** The statement of a query whose rows nobody reads; of whichever dialect it is. */
export const compiledOf = (given: Statement | Compilable): Statement =>
  'compile' in given ? given.compile() : given;

/**
 * The statement of a query whose rows are read; they go through the plugins of the query's Kysely.
 *
 * @throws {InvariantViolation} for a query of a Kysely on another dialect
 */
export const statementOf = (given: Statement | Compilable): Statement => {
  if (!('compile' in given)) return given;
  const compiled = given.compile();
  if (isExecutable(given) && !(replay in compiled)) throw foreignQuery();
  // The rows that it inserts are counted before it is sent.
  const statement = new QueryStatement(given, compiled, compiled.parameters);
  return Object.assign(statement, { query: compiled.query });
};

/** A statement made from a query, with parameters of its own. */
export class QueryStatement implements TransformedStatement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly #query: object;
  readonly #compiled: Statement;

  constructor(query: object, compiled: Statement, parameters: readonly unknown[]) {
    this.sql = compiled.sql;
    this.parameters = parameters;
    this.#query = query;
    this.#compiled = compiled;
  }

  [transformRows](result: StatementResult): Promise<readonly Row[]> {
    return executed(this.#query, this.#compiled, result, this.parameters);
  }
}

/** The rows of several statements, without a wait where none of them was made from a query. */
export const rowsOfAll = (
  statements: readonly Statement[],
  results: readonly StatementResult[],
): readonly (readonly Row[])[] | Promise<readonly (readonly Row[])[]> => {
  const rows = results.map((result, at) => rowsOf(statements[at] as Statement, result));
  return rows.every((some) => Array.isArray(some))
    ? (rows as readonly (readonly Row[])[])
    : Promise.all(rows);
};

/** The rows of a statement's result, transformed by the plugins of its query if it was made from one. */
export const rowsOf = (
  one: Statement,
  result: StatementResult,
): readonly Row[] | Promise<readonly Row[]> =>
  (one as TransformedStatement)[transformRows]?.(result) ?? result.rows;
