import type { Compilable } from 'kysely';
import { faultIn } from '../../../domain/kernel/fault.ts';
import {
  type Cancellation,
  type Clock,
  type Fault,
  InvariantViolation,
  Unavailable,
} from '../../../domain/kernel/index.ts';
import type { Connection } from '../connection/connection.ts';
import { faultOf, serverErrorOf } from '../connection/error-mapping.ts';
import { inWords, type TimeLimit } from '../connection/time-limit.ts';
import { encodedNow } from '../wire/parameters.ts';
import type { Row, RowOf, Statement, StatementResult } from '../wire/statement.ts';
import {
  refuseLongMessage,
  refuseOld,
  refuseOversized,
  writtenBytesMin,
} from '../wire/transaction-limits.ts';
import { errorForCaller } from './error-for-caller.ts';
import { insertedRowsMin, onConflictClause } from './insert-size.ts';
import { compiledOf, rowsOf, statementOf } from './kysely-result.ts';
import type { Transaction } from './transaction.ts';
import {
  attemptFault,
  begin,
  beginReadOnly,
  commit,
  proveCommit,
  rollBack,
} from './transaction-control.ts';

type Limits = {
  readonly deadline: number;
  /** The limit that a message about the deadline names. */
  readonly time: TimeLimit;
  readonly signal: Cancellation | undefined;
  readonly readOnly: boolean;
};

/** A statement that waits to be sent. */
type Queued = {
  readonly one: Statement;
  /** The same statement, with its parameters as they were when it was queued. */
  readonly sent: Statement;
  /** Rows that the statement changes at least, as far as is known before it has run. */
  readonly rows: number;
  /** Settles with the rows of a read; absent for a write. */
  readonly answer: PromiseWithResolvers<readonly Row[]> | undefined;
};

/** Statements that begin or end a transaction, or change the schema. */
const misplaced =
  /^\s*(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|CREATE|ALTER|DROP|GRANT|REVOKE|TRUNCATE)\b/i;

/**
 * Refuses a misplaced statement. The database's role, which may run no DDL, refuses one behind a
 * comment.
 */
const refuseMisplaced = ({ sql }: Statement): void => {
  const word = misplaced.exec(sql)?.[1];
  if (word === undefined) return;
  throw new InvariantViolation(
    `A transaction sends no ${word.toUpperCase()}: it begins and ends by itself, and the schema is for migrations`,
  );
};

const ended = () =>
  new InvariantViolation(
    'The transaction has ended: use it only inside the work that it was given to, and await what that starts',
  );

const notMade = (cause: unknown) =>
  new InvariantViolation('A statement of the transaction cannot be made', { cause });

/** One attempt at a transaction, on one connection. */
export class TransactionAttempt implements Transaction {
  readonly attempt: number;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #clashes: Set<string>;
  /** Statements in the order of the calls. */
  #queue: Queued[] = [];
  #flying: Promise<void> | undefined;
  #begunAt: number | undefined;
  #failure: Fault | undefined;
  /** The failure whose stack shows its caller already. */
  #shown: unknown;
  #ended = false;
  #committed = false;
  #rows = 0;
  #bytes = 0;

  constructor(
    attempt: number,
    connection: Connection,
    clock: Clock,
    limits: Limits,
    clashes: Set<string>,
  ) {
    this.attempt = attempt;
    this.#connection = connection;
    this.#clock = clock;
    this.#limits = limits;
    this.#clashes = clashes;
  }

  // Functions, not methods: a caller may take them out of the object and call them alone.
  readonly read = <Result = Row>(
    one: Statement<Result> | Compilable<Result>,
  ): Promise<readonly RowOf<Result>[]> => {
    const answer = Promise.withResolvers<readonly Row[]>();
    const rows: Promise<readonly Row[]> = this.#answered(answer.promise, () => rows);
    try {
      this.#enqueue(statementOf(one), 0, answer);
      this.#flying ??= this.#fly();
    } catch (error) {
      // This may be a write that is not awaited: later statements must not be committed without it.
      if (!this.#ended) this.#failure ??= faultIn(error) ?? notMade(error);
      answer.reject(error);
    }
    return rows as Promise<readonly RowOf<Result>[]>;
  };

  readonly write = (one: Statement | Compilable, options?: { readonly rows?: number }): void => {
    if (this.#limits.readOnly) {
      throw new InvariantViolation(
        'A read-only transaction writes nothing: run it without readOnly',
      );
    }
    this.#enqueue(compiledOf(one), options?.rows ?? 0);
  };

  /** Calls the work, then commits its transaction or rolls it back. */
  async run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    try {
      const result = await work(this);
      await this.#commit();
      return result;
    } catch (error) {
      const reason = this.#reasonOf(error);
      await this.#stop();
      throw reason;
    } finally {
      this.#undo();
    }
  }

  /**
   * Waits for the rows of a read, and adds its caller to the stack of a failure. V8 knows the
   * function that awaits a promise only while nothing else awaits it, so `catch` is called
   * afterwards.
   */
  async #answered(
    answer: Promise<readonly Row[]>,
    own: () => Promise<readonly Row[]>,
  ): Promise<readonly Row[]> {
    try {
      return await answer;
    } catch (error) {
      // All reads of a flight fail with one fault, whose stack shows the caller of the first.
      if (error !== this.#shown) errorForCaller(error, new Error());
      this.#shown = error;
      // The failure of a read that is not awaited ends the transaction, and must not end the
      // process.
      own().catch(() => undefined);
      throw error;
    }
  }

  #enqueue(one: Statement, rows: number, answer?: Queued['answer']): void {
    if (this.#ended) throw ended();
    if (this.#failure) throw this.#failure;
    refuseMisplaced(one);
    refuseLongMessage(one);
    const added = Math.max(rows, insertedRowsMin(one));
    const bytes = writtenBytesMin(one);
    refuseOversized(this.#rows + added, this.#bytes + bytes);
    const sent = encodedNow(one);
    this.#rows += added;
    this.#bytes += bytes;
    this.#queue.push({ one, sent, rows: added, answer });
  }

  /** Sends reads, and the writes before them, until none is queued. */
  async #fly(): Promise<void> {
    // Statements of the same tick are sent together.
    await undefined;
    for (let last = this.#lastRead(); last >= 0; last = this.#lastRead()) {
      const queued = this.#queue.splice(0, last + 1);
      try {
        await this.#send(queued);
      } catch (error) {
        this.#failure ??= faultOf(error, false);
        for (const { answer } of queued) answer?.reject(this.#failure);
      }
    }
    this.#flying = undefined;
  }

  #lastRead(): number {
    return this.#queue.findLastIndex(({ answer }) => answer !== undefined);
  }

  async #commit(): Promise<void> {
    this.#ended = true;
    await this.#flying;
    if (this.#failure) throw this.#failure;
    // A read-only transaction, and one without statements, has nothing to commit.
    if (this.#limits.readOnly) return;
    if (this.#begunAt === undefined && this.#queue.length === 0) return;
    await this.#send(this.#queue, commit);
    this.#committed = true;
  }

  /**
   * Sends one flight: BEGIN if it is the first, the queued statements, COMMIT if it is the last.
   */
  async #send(queued: readonly Queued[], last?: Statement): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#refuseLate();
    const statements: Statement[] = [];
    if (this.#begunAt === undefined) statements.push(this.#limits.readOnly ? beginReadOnly : begin);
    const first = statements.length;
    for (const { sent } of queued) statements.push(sent);
    if (last) statements.push(last);
    this.#begunAt ??= this.#clock.now();
    const flown = await this.#connection.flight(statements, this.#limits.deadline);
    if (flown.error !== undefined) {
      this.#failure = attemptFault(
        flown.error,
        last !== undefined,
        this.#clashes,
        this.#limits.time,
      );
      throw this.#failure;
    }
    if (last) proveCommit(flown);
    if (flown.results.length !== statements.length) {
      throw new InvariantViolation('A statement of the transaction was not answered');
    }
    for (let index = 0; index < queued.length; index += 1) {
      this.#settle(queued[index] as Queued, flown.results[first + index] as StatementResult);
    }
  }

  #settle({ one, rows, answer }: Queued, result: StatementResult): void {
    // An inserted row is new. An updated one may have been counted before.
    const areNew = result.command === 'INSERT' && !onConflictClause.test(one.sql);
    if (areNew) this.#rows += Math.max(0, result.rowCount - rows);
    answer?.resolve(rowsOf(one, result));
  }

  #refuseLate(): void {
    const { deadline, signal, time } = this.#limits;
    const now = this.#clock.now();
    if (signal?.aborted) throw new Unavailable('The transaction was aborted');
    if (now >= deadline) {
      throw new Unavailable(`The transaction did not end ${inWords(time)}`);
    }
    if (this.#begunAt !== undefined) refuseOld(now - this.#begunAt);
  }

  /**
   * The reason to throw. An error of the work after a retryable fault is a consequence of that
   * fault.
   */
  #reasonOf(error: unknown): unknown {
    if (this.#failure?.retryable) return this.#failure;
    return faultIn(error) || !serverErrorOf(error) ? error : faultOf(error, false);
  }

  /**
   * Sends no more statements, and waits for those on their way. Where statements are sent one by
   * one, a ROLLBACK between them would let the rest of them commit by themselves.
   */
  async #stop(): Promise<void> {
    this.#ended = true;
    if (this.#flying === undefined) return;
    this.#failure ??= ended();
    await this.#flying;
  }

  #undo(): void {
    if (this.#begunAt === undefined || this.#committed) return;
    rollBack(this.#connection, this.#limits.deadline);
  }
}
