import type { Compilable } from 'kysely';
import {
  type Cancellation,
  type Clock,
  type Fault,
  faultIn,
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
  /** How the deadline came about. */
  readonly time: TimeLimit;
  readonly signal: Cancellation | undefined;
  readonly readOnly: boolean;
};

/** A statement that waits for its flight. */
type Queued = {
  readonly one: Statement;
  /** The same with its parameters as they were when it was queued. */
  readonly sent: Statement;
  /** That it changes at least, as far as is known before it has run. */
  readonly rows: number;
  /** Absent where nobody waits for its rows. */
  readonly answer: PromiseWithResolvers<readonly Row[]> | undefined;
};

/** What begins or ends a transaction under its own hands, and what changes the schema. */
const misplaced =
  /^\s*(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|CREATE|ALTER|DROP|GRANT|REVOKE|TRUNCATE)\b/i;

/** A slip is told here; what is hidden behind a comment is refused by the database, whose role has no DDL. */
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
  /** In the order of the calls. */
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

  // Not methods: they may be taken out of the transaction and called by themselves.
  readonly read = <Result = Row>(
    one: Statement<Result> | Compilable<Result>,
  ): Promise<readonly RowOf<Result>[]> => {
    const answer = Promise.withResolvers<readonly Row[]>();
    const rows: Promise<readonly Row[]> = this.#answered(answer.promise, () => rows);
    try {
      this.#enqueue(statementOf(one), 0, answer);
      this.#flying ??= this.#fly();
    } catch (error) {
      // It may be a write that nobody awaits: what follows must not be committed without it.
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

  /** Calls the work and commits what it has done, or undoes it. */
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
   * Waits for the rows of a read, and shows its caller in the stack of a failure. V8 knows who awaits
   * a promise only while nothing else waits for it, so the failure is marked as handled afterwards.
   */
  async #answered(
    answer: Promise<readonly Row[]>,
    own: () => Promise<readonly Row[]>,
  ): Promise<readonly Row[]> {
    try {
      return await answer;
    } catch (error) {
      // All reads of a flight fail with one fault: the first one's caller is enough.
      if (error !== this.#shown) errorForCaller(error, new Error());
      this.#shown = error;
      // A read that nobody awaits must not end the process; its failure ends the transaction anyway.
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
    // What is asked for in the same tick travels with it.
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
    // What only reads has nothing to prove, and a transaction without statements nothing to commit.
    if (this.#limits.readOnly) return;
    if (this.#begunAt === undefined && this.#queue.length === 0) return;
    await this.#send(this.#queue, commit);
    this.#committed = true;
  }

  /** One flight: BEGIN if it is the first, what was queued, and COMMIT if it is the last. */
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
    // Inserted rows are new ones; an updated one may have been counted before.
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

  /** What the work throws after a fault that may be retried is a consequence of it. */
  #reasonOf(error: unknown): unknown {
    if (this.#failure?.retryable) return this.#failure;
    return faultIn(error) || !serverErrorOf(error) ? error : faultOf(error, false);
  }

  /**
   * Sends no more, and waits for what is on its way: where a flight goes statement by statement, a ROLLBACK would come
   * between them, and what follows would commit by itself.
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
