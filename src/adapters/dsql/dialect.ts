import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { InvariantViolation } from '../../domain/kernel/index.ts';
import type { Connection } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { faultOf } from './faults.ts';
import { type Statement, statement } from './statement.ts';

/** Kysely's statements have no deadline of their own; nothing that a service asks takes longer. Milliseconds. */
const defaultStatementMsMax = 10_000;

/** DSQL has no transactional DDL and no advisory locks: migrations are `createMigrator`'s. */
class DsqlAdapter extends PostgresAdapter {
  override get supportsTransactionalDdl(): boolean {
    return false;
  }

  override acquireMigrationLock(): Promise<void> {
    return Promise.reject(
      new InvariantViolation('Use createMigrator: DSQL has no advisory locks for Kysely to take'),
    );
  }
}

const begin = statement('BEGIN ISOLATION LEVEL REPEATABLE READ');
const commit = statement('COMMIT');
const rollback = statement('ROLLBACK');

/** What Kysely sees of a connection; it goes back to the pool when `release` is called. */
type Lent = DatabaseConnection & {
  readonly run: (one: Statement) => Promise<QueryResult<never>>;
  readonly release: () => void;
};

const lend = (connection: Connection, release: () => void, statementMsMax: number): Lent => {
  let inTransaction = false;

  const run: Lent['run'] = async (one) => {
    // Outside a transaction each statement commits by itself; inside, only COMMIT does.
    const committing = !inTransaction || one === commit;
    if (one === commit || one === rollback) inTransaction = false;
    const { results, error } = await connection.flight([one], Date.now() + statementMsMax);
    if (error !== undefined) throw faultOf(error, committing);
    const [result] = results;
    if (!result) throw new InvariantViolation(`No answer to ${one.sql}`);
    if (one === begin) inTransaction = true;
    if (one === commit && result.command !== 'COMMIT') {
      throw new InvariantViolation('A statement of the transaction had failed; it was rolled back');
    }
    return {
      rows: result.rows as never[],
      numAffectedRows: BigInt(result.rowCount),
    };
  };
  return {
    run,
    release,
    executeQuery: <R>({ sql, parameters }: CompiledQuery) =>
      run({ sql, parameters }) as Promise<QueryResult<R>>,
    // biome-ignore lint/correctness/useYield: Kysely's interface asks for a generator.
    streamQuery: async function* () {
      throw new InvariantViolation('Streaming needs a cursor, which DSQL does not have');
    },
  };
};

const takeFrom = (pool: ConnectionPool, statementMsMax: number): Promise<Lent> =>
  new Promise((resolve, reject) => {
    pool
      .use(
        (connection) =>
          new Promise<void>((release) => resolve(lend(connection, release, statementMsMax))),
      )
      .catch(reject);
  });

const createDriver = (pool: ConnectionPool, statementMsMax: number): Driver => ({
  init: async () => undefined,
  acquireConnection: () => takeFrom(pool, statementMsMax),
  releaseConnection: async (connection) => (connection as Lent).release(),
  beginTransaction: async (
    connection,
    { isolationLevel = 'repeatable read' }: TransactionSettings,
  ) => {
    if (isolationLevel !== 'repeatable read') {
      throw new InvariantViolation(`DSQL has no isolation level but repeatable read`);
    }
    await (connection as Lent).run(begin);
  },
  commitTransaction: async (connection) => {
    await (connection as Lent).run(commit);
  },
  rollbackTransaction: async (connection) => {
    await (connection as Lent).run(rollback);
  },
  destroy: () => pool.close(),
});

/**
 * Kysely on DSQL.
 *
 * Its transactions are plain ones: they are not retried and take a flight per statement. What must take effect
 * once belongs into the unit of work.
 *
 * @example
 * const db = new Kysely<Tables>({ dialect: createDsqlDialect(connections) });
 */
export const createDsqlDialect = (
  pool: ConnectionPool,
  options: { readonly statementMsMax?: number } = {},
): Dialect => ({
  createAdapter: () => new DsqlAdapter(),
  createDriver: () => createDriver(pool, options.statementMsMax ?? defaultStatementMsMax),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
});
