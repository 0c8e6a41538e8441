import type { Clock, Retrier, RetryOptions } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import {
  checkOptions,
  instant,
  type OptionRules,
  ofType,
  withMethods,
} from '../connection/options.ts';
import { processClock, unmeasuredRetrier } from '../connection/system-clock.ts';
import { errorForCaller } from './error-for-caller.ts';
import type { ReadTransaction, Transaction } from './transaction.ts';
import { TransactionAttempt } from './transaction-attempt.ts';

/** Until when and under what conditions a transaction is run, and whether it only reads. */
export type TransactionOptions = Omit<RetryOptions, 'keyed'> & {
  /**
   * Whether `work` may run again after a COMMIT of which nothing is known, since a second run finds what the first one
   * has left; `false` unless said otherwise, and `OutcomeUnknown` ends the run then.
   */
  readonly keyed?: boolean | undefined;
  /** Milliseconds since the epoch after which no attempt may still be running; absent: ten seconds from now. */
  readonly deadline?: number | undefined;
  /**
   * `BEGIN … READ ONLY`: a write is refused before it is sent, and nobody waits for the end of the transaction, since
   * what was read is of one snapshot anyway.
   */
  readonly readOnly?: boolean | undefined;
};

type ReadOnly = TransactionOptions & { readonly readOnly: true };

/** Runs transactions, each as a whole and as often as it takes. */
export interface Transactions {
  /**
   * Runs `work` in a transaction and commits when it returns; when it throws, everything is undone.
   *
   * After a conflict, or when the database could not be reached, `work` is called again with a new transaction and
   * reads anew. So it may be called any number of times: it must have no effect outside the transaction, and names that
   * must stay the same (ids, times) are made outside.
   *
   * A connection that is lost during COMMIT proves nothing. Then the run ends with `OutcomeUnknown`, unless `keyed`
   * says that `work` may run again after it has taken effect: because it inserts a row whose key was made outside, and
   * first reads whether that row is there, as `createDsqlUnitOfWork` does with its record.
   *
   * Neither DDL nor COMMIT belongs into it; what is not recognised here the service's database role refuses. `work` runs
   * no other transaction on the same connections, or it may wait for the one that it has itself.
   *
   * @param work gets what ends with it: whatever it starts it must await
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
  run<Result>(
    work: (tx: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
}

/** Room for a transaction that has no deadline of its own, in milliseconds. */
const runMsMax = 10_000;

const optionsRules = {
  deadline: { rule: instant },
  keyed: { rule: ofType('true or false', 'boolean') },
  onRetry: { rule: ofType('a function', 'function') },
  readOnly: { rule: ofType('true or false', 'boolean') },
  signal: { rule: withMethods('an AbortSignal', 'addEventListener', 'removeEventListener') },
} as const satisfies Record<keyof TransactionOptions, OptionRules[string]>;

/**
 * Transactions on DSQL for whatever is not a command with a decision: without reads one network flight, with them one for
 * each round of reads and one for COMMIT.
 *
 * @param deps.retrier absent: one of their own, which counts nothing
 * @param deps.clock absent: the process's
 */
export const createTransactions = (deps: {
  readonly connections: ConnectionPool;
  readonly retrier?: Retrier;
  readonly clock?: Clock;
}): Transactions => {
  const { connections, clock = processClock, retrier = unmeasuredRetrier(clock) } = deps;
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
