import type { Compilable } from 'kysely';
import type { Row, RowOf, Statement } from '../wire/statement.ts';

/** A transaction that reads only. */
export interface ReadTransaction {
  /** 1 in the first attempt, 2 in the next, and so on. */
  readonly attempt: number;
  /**
   * Runs a statement now and returns its rows. Reads of one tick are sent together. The first ones
   * are sent with BEGIN. A read sees the writes that were queued before it, which are sent with it.
   * The statement may also be a write whose `RETURNING` is needed now.
   *
   * A query's rows go through the plugins of its own Kysely, as with `execute`: an INSERT without
   * `RETURNING` returns one `InsertResult`. The rows of a `statement` or a compiled query have the
   * database's names.
   *
   * @throws {InvariantViolation} for a query of a Kysely that is not on a `DsqlDialect`, whose
   * plugins cannot be asked
   * @throws {Fault} that ends the transaction
   */
  readonly read: <Result = Row>(
    one: Statement<Result> | Compilable<Result>,
  ) => Promise<readonly RowOf<Result>[]>;
}

/** A transaction that reads now and writes when it commits. */
export interface Transaction extends ReadTransaction {
  /**
   * Queues a statement. It is sent with COMMIT or with the next read, in the order of the calls.
   *
   * The number of rows that it changes is known only afterwards. Use `read` with `RETURNING` where
   * later work depends on it, as in a compare-and-swap on a version that the client has sent.
   *
   * @param options.rows that the statement changes at least. Rows in VALUES of a Kysely INSERT are
   * counted without it
   * @throws {InvalidInput} when a limit of DSQL is exceeded for certain
   * @throws {InvariantViolation} for a parameter that cannot be sent; a later change of one has no
   * effect
   */
  readonly write: (one: Statement | Compilable, options?: { readonly rows?: number }) => void;
}
