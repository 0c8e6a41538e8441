import type { Compilable } from 'kysely';
import type { Row, RowOf, Statement } from '../wire/statement.ts';

/** A transaction that only reads. */
export interface ReadTransaction {
  /** 1 in the first attempt, 2 in the next, and so on. */
  readonly attempt: number;
  /**
   * Runs a statement now and answers its rows. Those that are asked for in one tick travel together; the first ones with
   * BEGIN, and each behind the writes that were queued before it, whose effect it sees. It may also be a write whose
   * `RETURNING` is needed now.
   *
   * A query's rows go through the plugins of its own Kysely, as `execute` would answer them: an INSERT without
   * `RETURNING` answers one `InsertResult`. The rows of a `statement` or a compiled query are as the database names them.
   *
   * @throws {InvariantViolation} for a query of a Kysely that is not on a `DsqlDialect`, whose plugins cannot be asked
   * @throws {Fault} of the transaction, of which nothing more can be done then
   */
  readonly read: <Result = Row>(
    one: Statement<Result> | Compilable<Result>,
  ) => Promise<readonly RowOf<Result>[]>;
}

/** A transaction that reads now and writes when it commits. */
export interface Transaction extends ReadTransaction {
  /**
   * Queues a statement, which travels with COMMIT or with the next read, in the order of the calls.
   *
   * How many rows it finds is known only afterwards. What must not happen unless a row was found, such as a
   * compare-and-swap on a version that the client has sent, is a `read` with `RETURNING`.
   *
   * @param options.rows that it is known to change at least, where that is not the VALUES of a Kysely INSERT
   * @throws {InvalidInput} when a limit of DSQL's is exceeded for certain
   * @throws {InvariantViolation} for a parameter that cannot be sent; a later change of one has no effect
   */
  readonly write: (one: Statement | Compilable, options?: { readonly rows?: number }) => void;
}
