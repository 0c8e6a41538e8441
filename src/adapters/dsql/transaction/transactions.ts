import type { Clock, Retrier, RetryOptions } from '../../../domain/kernel/index.ts';
import { systemClock } from '../../system/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import {
  checkOptions,
  instant,
  type OptionRules,
  ofType,
  withMethods,
} from '../connection/options.ts';
import { unmeasuredRetrier } from '../connection/unmeasured-retrier.ts';
import { errorForCaller } from './error-for-caller.ts';
import type { ReadTransaction, Transaction } from './transaction.ts';
import { TransactionAttempt } from './transaction-attempt.ts';

/** The deadline of a transaction, its retries, and whether it reads only. */
export type TransactionOptions = Omit<RetryOptions, 'keyed'> & {
  /**
   * Whether `work` may run again after a COMMIT whose outcome is unknown, because a second run
   * finds the effect of the first. Absent: `false`, and `OutcomeUnknown` ends the run.
   */
  readonly keyed?: boolean | undefined;
  /**
   * Milliseconds since the epoch after which no attempt may still be running; absent: ten seconds
   * from now.
   */
  readonly deadline?: number | undefined;
  /**
   * Sends `BEGIN READ ONLY`, and refuses a write before it is sent. The run does not wait for the
   * end of the transaction: all reads are of one snapshot.
   */
  readonly readOnly?: boolean | undefined;
};

type ReadOnly = TransactionOptions & { readonly readOnly: true };

/** Runs transactions, each as a whole and as often as it takes. */
export interface Transactions {
  /**
   * Runs `work` in a transaction and commits when it returns; when it throws, everything is undone.
   *
   * After a conflict, or when the database could not be reached, `work` is called again with a new
   * transaction and reads anew. So it must have no effect outside of the transaction. Make ids and
   * times outside of it, so that they stay the same.
   *
   * The outcome is unknown when the connection is lost during COMMIT. Then the run ends with
   * `OutcomeUnknown`, unless `keyed` allows another run of `work`. Use `keyed` where `work` inserts
   * a row whose key was made outside, and first reads whether that row exists, as
   * `createDsqlUnitOfWork` does.
   *
   * `work` sends neither DDL nor COMMIT; the service's database role refuses DDL that is not
   * recognised here. `work` must not run another transaction on the same connections: it could wait
   * for its own connection.
   *
   * @param work must await everything that it starts: the transaction ends with it
   * @throws {InvalidInput} for what exceeds DSQL's limits
   * @throws {InvariantViolation} before it begins, for an option that is unknown or wrong
   * @throws {OutcomeUnknown} when COMMIT was sent and its answer was lost
   * @throws {Conflict | Unavailable} when time is up or the signal aborts; nothing has happened
   * @throws what `work` throws, unless it does so because of a fault that may be retried
   * @example
   * const balance = await transactions.run(async (tx) => {
   *   const [account] = await tx.read(db.selectFrom('accounts').selectAll().where('id', '=', id));
   *   if (!account) throw new InvalidInput(`There is no account ${id}`);
   *   const balance = account.balance - amount;
   *   tx.write(db.updateTable('accounts').set({ balance }).where('id', '=', id));
   *   return balance;
   * }, { deadline });
   */
  run<Result>(work: (tx: ReadTransaction) => Promise<Result>, options: ReadOnly): Promise<Result>;
  /** Runs `work`, which may also write, in the same way. */
  run<Result>(
    work: (tx: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
}

/** Time for a transaction without a deadline. Milliseconds. */
const runMsMax = 10_000;

const optionsRules = {
  deadline: { rule: instant },
  keyed: { rule: ofType('true or false', 'boolean') },
  onRetry: { rule: ofType('a function', 'function') },
  readOnly: { rule: ofType('true or false', 'boolean') },
  signal: { rule: withMethods('an AbortSignal', 'addEventListener', 'removeEventListener') },
} as const satisfies Record<keyof TransactionOptions, OptionRules[string]>;

/**
 * Creates transactions on DSQL for work that is no command with a decision. A transaction without
 * reads takes one network flight; with reads, one for each round of them and one for COMMIT.
 *
 * @param deps.retrier absent: a retrier without metrics
 * @param deps.clock absent: the process's clock
 */
export const createTransactions = (deps: {
  readonly connections: ConnectionPool;
  readonly retrier?: Retrier;
  readonly clock?: Clock;
}): Transactions => {
  const { connections, clock = systemClock, retrier = unmeasuredRetrier(clock) } = deps;
  return {
    run: async <Result>(
      work: (tx: Transaction) => Promise<Result>,
      options: TransactionOptions = {},
    ): Promise<Result> => {
      checkOptions('transactions.run', options, optionsRules);
      const { readOnly = false, keyed = false, signal, onRetry } = options;
      const deadline = options.deadline ?? clock.now() + runMsMax;
      const time = {
        ms: options.deadline === undefined ? runMsMax : undefined,
        option: '"deadline" of transactions.run',
      };
      const clashes = new Set<string>();
      const attempt = (number: number): Promise<Result> =>
        connections.use(
          async (connection) => {
            const limits = { deadline, time, signal, readOnly };
            return new TransactionAttempt(number, connection, clock, limits, clashes).run(work);
          },
          deadline,
          signal,
        );
      try {
        return await retrier.run(attempt, deadline, { signal, keyed, onRetry });
      } catch (error) {
        throw errorForCaller(error, new Error());
      }
    },
  };
};
