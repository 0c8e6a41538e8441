import type { Compilable, CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { InvariantViolation } from '../../../domain/kernel/index.ts';
import type { Row, Statement, StatementResult } from '../wire/statement.ts';

/**
 * Kysely does not give access to the plugins of a query: only `execute` applies them to a result.
 * So the adapter calls `execute` when it has the result already, and the dialect's driver returns
 * that without a connection.
 *
 * The symbols are registered, since a program may have loaded this module twice.
 */
const replay: unique symbol = Symbol.for('antipode.dsql.replay') as never;
const answer: unique symbol = Symbol.for('antipode.dsql.answer') as never;

/** The method that applies the plugins of a statement's query to the rows of the statement. */
const transformRows: unique symbol = Symbol.for('antipode.dsql.transformRows') as never;

type Executable = { execute(options?: unknown): Promise<unknown> };

/** A statement and its result. */
type Answered = Pick<CompiledQuery, 'sql' | 'parameters' | 'queryId'> & {
  readonly result: QueryResult<unknown>;
};

type Replay = (query: Executable, answered: Answered) => Promise<unknown>;

/** A query as this dialect's compiler returns it. */
type DsqlCompiledQuery = CompiledQuery & {
  readonly [replay]?: Replay;
  readonly [answer]?: QueryResult<unknown>;
};

/** A statement that can apply its query's plugins. */
type TransformedStatement = Statement & {
  readonly [transformRows]?: (result: StatementResult) => Promise<readonly Row[]>;
};

const changesRows = new Set(['INSERT', 'UPDATE', 'DELETE']);

/** The result of a statement in Kysely's form. */
export const toQueryResult = ({
  command,
  rowCount,
  rows,
}: StatementResult): QueryResult<never> => ({
  rows: rows as never[],
  ...(changesRows.has(command) ? { numAffectedRows: BigInt(rowCount) } : {}),
});

/** Set only while `execute` compiles its query, which it does synchronously. */
let replayed: Answered | undefined;

const replayThrough: Replay = (query, answered) => {
  replayed = answered;
  try {
    // Kysely passes the options to the driver, where `isReplay` finds them.
    return query.execute({ [answer]: true });
  } finally {
    replayed = undefined;
  }
};

/**
 * The compiled query of a replay, with its result; undefined for every other query. A plugin may
 * compile queries of its own meanwhile: these have other ids.
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

/** Adds to a compiled query the function that applies its plugins. */
export const replayable = (compiled: CompiledQuery): CompiledQuery =>
  Object.freeze(Object.defineProperty({ ...compiled }, replay, { value: replayThrough }));

/** Whether Kysely asks for a connection only for a replay. */
export const isReplay = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && answer in options;

/** The result of a query that was compiled for a replay. */
export const answerOf = (query: CompiledQuery): QueryResult<never> | undefined =>
  (query as DsqlCompiledQuery)[answer] as QueryResult<never> | undefined;

/** Takes the place of a connection during a replay. */
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

/** Whether it is a query builder: other things that can be compiled have no plugins. */
export const isExecutable = (query: object): query is Executable =>
  'execute' in query && typeof query.execute === 'function';

/**
 * Returns the rows that `execute` of a query would return for this result.
 *
 * @throws {InvariantViolation} for a query of a Kysely on another dialect, whose plugins cannot be
 * asked
 */
export const executed = async (
  query: object,
  compiled: Statement,
  result: StatementResult,
  parameters = compiled.parameters,
): Promise<readonly Row[]> => {
  const { [replay]: through, queryId } = compiled as DsqlCompiledQuery;
  // Only query builders have plugins.
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

/** The statement of a query whose rows are not read. The query may be of any dialect. */
export const compiledOf = (given: Statement | Compilable): Statement =>
  'compile' in given ? given.compile() : given;

/**
 * The statement of a query whose rows are read, by way of the plugins of the query's Kysely.
 *
 * @throws {InvariantViolation} for a query of a Kysely on another dialect
 */
export const statementOf = (given: Statement | Compilable): Statement => {
  if (!('compile' in given)) return given;
  const compiled = given.compile();
  if (isExecutable(given) && !(replay in compiled)) throw foreignQuery();
  // The node is needed to count the rows of an INSERT before it is sent.
  const statement = new QueryStatement(given, compiled, compiled.parameters);
  return Object.assign(statement, { query: compiled.query });
};

/** A statement of a query, with its own parameters. */
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

/** The rows of several statements; no promise where none of them is of a query. */
export const rowsOfAll = (
  statements: readonly Statement[],
  results: readonly StatementResult[],
): readonly (readonly Row[])[] | Promise<readonly (readonly Row[])[]> => {
  const rows = results.map((result, at) => rowsOf(statements[at] as Statement, result));
  return rows.every((some) => Array.isArray(some))
    ? (rows as readonly (readonly Row[])[])
    : Promise.all(rows);
};

/** The rows of a statement's result, by way of the plugins of its query if it has one. */
export const rowsOf = (
  one: Statement,
  result: StatementResult,
): readonly Row[] | Promise<readonly Row[]> =>
  (one as TransformedStatement)[transformRows]?.(result) ?? result.rows;
