import type { Compilable, Kysely, QueryResult } from 'kysely';
import { InvariantViolation } from '../../domain/kernel/index.ts';
import type { Session } from './session.ts';

/** The results of several queries, in their order. */
export type PipelineResults<Queries extends readonly Compilable<unknown>[]> = {
  readonly [Index in keyof Queries]: Queries[Index] extends Compilable<infer Row>
    ? QueryResult<Row>
    : never;
};

/**
 * Runs queries in one network flight, where Kysely by itself waits for each answer before it sends the next query.
 *
 * In a transaction they belong to it, and its BEGIN travels with them if they are the first. Otherwise they are a
 * transaction of their own, BEGIN and COMMIT in the same flight, which is run again when it meets a conflict.
 * The first query that fails ends it; what follows is not executed.
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
    // Not by its class: a migration may have been loaded with another copy of this module.
    if ('executeTogether' in connection) {
      return (connection as Session).executeTogether(compiled);
    }
    throw new InvariantViolation('pipeline needs a Kysely on a DsqlDialect');
  });
  const transformed = results.map(async (answer, index) => {
    let result = answer as QueryResult<Record<string, unknown>>;
    const queryId = compiled[index]?.queryId;
    if (!queryId) return result;
    for (const plugin of executor.plugins)
      result = await plugin.transformResult({ queryId, result });
    return result;
  });
  return (await Promise.all(transformed)) as unknown as PipelineResults<Queries>;
};
