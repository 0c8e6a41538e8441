import type { Compilable, CompiledQuery, Kysely, QueryExecutor, QueryResult } from 'kysely';
import { InvariantViolation } from '../../../domain/kernel/index.ts';
import { executed, isExecutable, toQueryResult } from '../transaction/kysely-result.ts';
import type { StatementResult } from '../wire/statement.ts';
import type { KyselyConnection } from './kysely-connection.ts';

/** The results of several queries, in their order. */
export type PipelineResults<Queries extends readonly Compilable<unknown>[]> = {
  readonly [Index in keyof Queries]: Queries[Index] extends Compilable<infer Row>
    ? QueryResult<Row>
    : never;
};

/**
 * Runs queries in one network flight. Kysely by itself waits for each answer before it sends the
 * next.
 *
 * In a transaction the queries belong to it, and the first ones are sent with BEGIN. Otherwise they
 * are a transaction of their own, with BEGIN and COMMIT in the same flight, which runs again after
 * a conflict. The queries behind one that fails are not executed. The rows of each query go through
 * the plugins of its own Kysely.
 *
 * @param db on a `DsqlDialect`
 * @throws {Fault} that says whether running them again can help
 * @example
 * const [order, lines] = await pipeline(db, [
 *   db.selectFrom('orders').selectAll().where('id', '=', id),
 *   db.selectFrom('order_lines').selectAll().where('order_id', '=', id),
 * ]);
 */
export const pipeline = async <
  const Queries extends readonly [Compilable<unknown>, ...Compilable<unknown>[]],
>(
  db: Pick<Kysely<unknown>, 'getExecutor'>,
  queries: Queries,
): Promise<PipelineResults<Queries>> => {
  const executor = db.getExecutor();
  const compiled = queries.map((query) => query.compile());
  const results = await executor.provideConnection((connection) => {
    // Not `instanceof`: a migration may have been loaded with another copy of this module.
    if ('executeTogether' in connection) {
      return (connection as KyselyConnection).executeTogether(compiled);
    }
    throw new InvariantViolation('pipeline needs a Kysely on a DsqlDialect');
  });
  const transformed = results.map((result, index) =>
    transform(executor, queries[index] as Compilable, compiled[index] as CompiledQuery, result),
  );
  return (await Promise.all(transformed)) as unknown as PipelineResults<Queries>;
};

/** A result whose rows have gone through the plugins of the query's own Kysely. */
const transform = async (
  { plugins }: Pick<QueryExecutor, 'plugins'>,
  query: Compilable,
  compiled: CompiledQuery,
  answered: StatementResult,
): Promise<QueryResult<unknown>> => {
  const result = toQueryResult(answered);
  if (isExecutable(query)) {
    const rows = await executed(query, compiled, answered);
    // Without RETURNING, `execute` returns a count instead of rows.
    return returnsRows(compiled) || answered.rows.length > 0
      ? { ...result, rows: [...rows] }
      : result;
  }
  let plain = result as QueryResult<Record<string, unknown>>;
  const { queryId } = compiled;
  for (const plugin of plugins) plain = await plugin.transformResult({ queryId, result: plain });
  return plain;
};

const returnsRows = ({ query }: CompiledQuery): boolean =>
  query.kind === 'SelectQueryNode' || ('returning' in query && query.returning !== undefined);
