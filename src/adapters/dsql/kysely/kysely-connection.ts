import type { CompiledQuery, DatabaseConnection, QueryResult, TransactionSettings } from 'kysely';
import { type Fault, InvariantViolation, type Retry } from '../../../domain/kernel/index.ts';
import type { Connection } from '../connection/connection.ts';
import { faultOf } from '../connection/error-mapping.ts';
import type { TimeLimit } from '../connection/time-limit.ts';
import { untilNoConflict } from '../transaction/conflict-retry.ts';
import { errorForCaller } from '../transaction/error-for-caller.ts';
import { answerOf, toQueryResult } from '../transaction/kysely-result.ts';
import {
  begin,
  beginReadOnly,
  commit,
  rollback,
  rollbackMsMax,
} from '../transaction/transaction-control.ts';
import type { Statement, StatementResult } from '../wire/statement.ts';
import { control, controlQuery, isControl } from './control-query.ts';
import { rolledBack, transactionOver, withMessage } from './transaction-fault.ts';

export type KyselyConnectionOptions = {
  /** Milliseconds for a statement, with all its attempts. */
  readonly statementMsMax: number;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
};

/** Whether a query is a SELECT of Kysely, which changes nothing. Raw SQL may change data. */
const onlyReads = (query: Statement | CompiledQuery): boolean =>
  'query' in query && query.query.kind === 'SelectQueryNode' && query.query.with === undefined;

/**
 * A connection as Kysely uses it. BEGIN is sent with the first statement of a transaction.
 *
 * A statement by itself runs again after a conflict, within its time, and so does the first
 * statement of a transaction, before which the caller has seen no data. After a later conflict the
 * caller must run the whole transaction again.
 */
export class KyselyConnection implements DatabaseConnection {
  readonly #connection: Connection;
  readonly #options: KyselyConnectionOptions;
  readonly #limit: TimeLimit;
  readonly #giveBack: () => void;
  /** BEGIN, until it is sent with the first statement. */
  #unsent: Statement | undefined;
  #readOnly = false;
  /** Whether the server has an open transaction that Kysely began. */
  #open = false;
  /** The server's last transaction status. Only this shows a transaction that a raw BEGIN began. */
  #status: string | undefined;
  /**
   * The first failure of the transaction. Later statements are refused until the transaction ends.
   */
  #failure: Fault | undefined;
  #forbidden: Fault | undefined;
  /** Settles when all statements have settled, also those that are not awaited. */
  #settled: Promise<unknown> = Promise.resolve();
  /** Whether only the end of the transaction may be sent. */
  #ending = false;

  /**
   * @param giveBack is called when Kysely has released the connection
   */
  constructor(connection: Connection, options: KyselyConnectionOptions, giveBack: () => void) {
    this.#connection = connection;
    this.#options = options;
    this.#limit = { ms: options.statementMsMax, option: '"statementMsMax" of DsqlDialect' };
    this.#giveBack = giveBack;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const known = answerOf(query);
    if (known) return known;
    if (isControl(query)) {
      await query[control]();
      return { rows: [] };
    }
    const [result] = await this.executeTogether([query]);
    return toQueryResult(result as StatementResult);
  }

  /** Runs statements in one flight: in the open transaction, otherwise in one of their own. */
  async executeTogether(queries: readonly Statement[]): Promise<readonly StatementResult[]> {
    if (this.#forbidden) throw this.#forbidden;
    this.#refuseLate();
    const answered = this.#send(queries);
    this.#settled = Promise.allSettled([this.#settled, answered]);
    try {
      const results = await answered;
      if (results.length === queries.length) return results;
      throw new InvariantViolation('An answer is missing');
    } catch (error) {
      throw errorForCaller(error, new Error());
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely's interface asks for a generator.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new InvariantViolation(
      'DSQL has no cursors to stream from: read pages, each from the last key of the one before',
    );
  }

  /** Begins a transaction; nothing is sent before its first statement. */
  async begin(settings: TransactionSettings): Promise<void> {
    const { isolationLevel = 'repeatable read', accessMode } = settings;
    if (isolationLevel !== 'repeatable read') {
      throw new InvariantViolation('DSQL has no isolation level but repeatable read');
    }
    this.#readOnly = accessMode === 'read only';
    const first = this.#readOnly ? beginReadOnly : begin;
    await this.#logged(first, async () => {
      this.#unsent = first;
      this.#failure = undefined;
    });
  }

  /**
   * Commits. Sends nothing for a transaction without statements.
   *
   * The transaction has ended afterwards, also when this throws. Kysely takes a transaction whose
   * commit throws `OutcomeUnknown` for rolled back, though it may have committed.
   *
   * @throws {Fault} also when the server has rolled back instead, because the caller swallowed the
   * fault of a statement
   */
  async commit(): Promise<void> {
    await this.#logged(commit, async () => {
      try {
        await this.#commit();
      } catch (error) {
        throw errorForCaller(error, new Error());
      }
    });
  }

  /**
   * Rolls back. Never fails: a connection that cannot be rolled back is closed, which ends its
   * transaction.
   */
  async rollback(): Promise<void> {
    await this.#logged(rollback, () => this.#rollBack());
  }

  /**
   * Runs a step of the transaction as a query where Kysely logs. Kysely then replaces
   * `executeQuery` of the connection by a function that logs; without a log a query object would be
   * made in vain.
   */
  async #logged({ sql }: Statement, run: () => Promise<void>): Promise<void> {
    if (Object.hasOwn(this, 'executeQuery')) await this.executeQuery(controlQuery(sql, run));
    else await run();
  }

  async #commit(): Promise<void> {
    await this.#settled;
    this.#unsent = undefined;
    const failure = this.#failure;
    if (failure) {
      await this.#rollBack();
      throw rolledBack(failure);
    }
    if (!this.#open) return;
    // Any answer means that the transaction has ended, and so does the end of the connection.
    this.#open = false;
    this.#status = undefined;
    try {
      const [result] = await this.#fly([commit], !this.#readOnly);
      if (result?.command === 'COMMIT') return;
      throw rolledBack(new InvariantViolation(`COMMIT was answered with ${result?.command}`));
    } catch (error) {
      throw transactionOver(faultOf(error, !this.#readOnly));
    }
  }

  async #rollBack(): Promise<void> {
    this.#ending = true;
    await this.#settled;
    this.#unsent = undefined;
    this.#failure = undefined;
    if (this.#open) await this.#abandon();
    this.#ending = false;
  }

  /** Fails every later statement with this fault. */
  forbid(fault: Fault): void {
    this.#forbidden = fault;
  }

  /** Gives the connection back without a transaction, also without one that a raw BEGIN began. */
  async end(): Promise<void> {
    this.#ending = true;
    try {
      await this.#settled;
      if (this.#open || (this.#status ?? 'I') !== 'I') await this.#abandon();
    } finally {
      this.#giveBack();
    }
  }

  async #fly(
    statements: readonly Statement[],
    committing: boolean,
    deadline = Date.now() + this.#options.statementMsMax,
  ): Promise<readonly StatementResult[]> {
    const { results, status, error } = await this.#connection.flight(statements, deadline);
    if (error === undefined) {
      this.#status = status;
      return results;
    }
    // If any statement was executed, BEGIN was.
    if (this.#unsent) this.#open = results.length > 0;
    if (this.#status === 'T') this.#status = 'E';
    throw faultOf(error, committing, this.#limit);
  }

  /** Refuses a statement that was not awaited, and is sent or repeated after its transaction. */
  #refuseLate(): void {
    if (!this.#ending) return;
    throw new InvariantViolation('The transaction has ended: await all that is started in it');
  }

  #send(queries: readonly Statement[]): Promise<readonly StatementResult[]> {
    if (this.#unsent !== undefined || this.#open || this.#failure !== undefined) {
      return this.#inTransaction(queries);
    }
    // A raw BEGIN was sent: its author ends the transaction.
    if ((this.#status ?? 'I') !== 'I') return this.#fly(queries, !queries.every(onlyReads));
    return this.#alone(queries);
  }

  async #abandon(): Promise<void> {
    this.#open = false;
    this.#status = undefined;
    const deadline = Date.now() + rollbackMsMax;
    const { results, error } = await this.#connection.flight([rollback], deadline);
    if (error !== undefined || results[0]?.command !== 'ROLLBACK') await this.#connection.close();
  }

  async #inTransaction(statements: readonly Statement[]): Promise<readonly StatementResult[]> {
    const { message } = this.#failure ?? {};
    if (this.#failure) {
      throw withMessage(this.#failure, `The transaction has failed before: ${message}`);
    }
    try {
      const results = await (this.#unsent
        ? this.#start(this.#unsent, statements)
        : this.#fly(statements, false));
      if (this.#status !== 'I') return results;
      this.#open = false;
      throw new InvariantViolation('A statement has ended the transaction that Kysely began');
    } catch (error) {
      this.#failure = faultOf(error, false);
      throw this.#failure;
    }
  }

  #repeat<T>(attempt: () => Promise<T>, deadline: number): Promise<T> {
    return untilNoConflict(attempt, deadline, this.#options.onRetry);
  }

  /** Sends BEGIN with the first statements of a transaction. */
  async #start(first: Statement, statements: readonly Statement[]) {
    const deadline = Date.now() + this.#options.statementMsMax;
    const [, ...results] = await this.#repeat(async () => {
      this.#refuseLate();
      try {
        return await this.#fly([first, ...statements], false, deadline);
      } catch (error) {
        if (this.#open) await this.#abandon();
        throw error;
      }
    }, deadline);
    this.#unsent = undefined;
    this.#open = true;
    return results;
  }

  /** Runs statements that commit in their own flight. */
  #alone(statements: readonly Statement[]): Promise<readonly StatementResult[]> {
    const deadline = Date.now() + this.#options.statementMsMax;
    const committing = !statements.every(onlyReads);
    if (statements.length === 1) {
      return this.#repeat(() => this.#fly(statements, committing, deadline), deadline);
    }
    return this.#repeat(async () => {
      try {
        const results = await this.#fly([begin, ...statements, commit], committing, deadline);
        if (results.at(-1)?.command === 'COMMIT') return results.slice(1, -1);
        throw new InvariantViolation(`COMMIT was answered with ${results.at(-1)?.command}`);
      } catch (error) {
        await this.#abandon();
        throw error;
      }
    }, deadline);
  }
}
