import {
  Conflict,
  type EventEnvelope,
  InvariantViolation,
  type Json,
  type Outcome,
  type Refused,
  type Retrier,
  type UnitOfWork,
  type Work,
} from '../../domain/kernel/index.ts';
import type { Connection } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { faultOf, serverErrorOf } from './faults.ts';
import type { OnceRecords } from './once-record.ts';
import { type Answer, type Row, type Statement, statement } from './statement.ts';

/** Translates a context's state to SQL and back. Statements only: when they are sent is the unit of work's matter. */
export interface DsqlRepository<Query, State> {
  /** What a decision sees that has loaded nothing. */
  readonly empty: State;
  /** Reads, answered in this order to `toState`. */
  readonly load: (query: Query) => readonly Statement[];
  readonly toState: (results: readonly (readonly Row[])[]) => State;
  /** Writes. Rows of several aggregates in an order that is always the same, so that PostgreSQL cannot deadlock. */
  readonly save: (state: State) => readonly Statement[];
  /** The refusal that the violation of one of the context's own constraints stands for. */
  readonly refusalOf?: (constraint: string) => Refused | undefined;
}

/**
 * DSQL knows this level only; PostgreSQL must be told. Under it the first to commit wins, whatever both have read.
 */
const begin = statement('BEGIN ISOLATION LEVEL REPEATABLE READ');
const commit = statement('COMMIT');
const rollback = statement('ROLLBACK');

/** SQLSTATE of a second row with the same key. */
const uniqueViolation = '23505';

const rowsOf = (answer: Answer | undefined): readonly Row[] => (answer?.ok ? answer.rows : []);

const firstError = (answers: readonly Answer[]): unknown =>
  answers.find((answer) => !answer.ok)?.error;

/**
 * A unit of work on DSQL: a command without reads takes one network flight, one with reads two, a replay one.
 *
 * State, outbox rows and the record of `once` are in the same transaction. Reads travel with BEGIN, writes with
 * COMMIT; every answer is looked at, since a failed pipelined transaction answers COMMIT with `ROLLBACK` and throws
 * nothing.
 */
export const createDsqlUnitOfWork = <Query, State>(deps: {
  readonly connections: ConnectionPool;
  readonly repository: DsqlRepository<Query, State>;
  readonly once: OnceRecords;
  /** The outbox rows of a decision's events. */
  readonly outboxInsert: (events: readonly EventEnvelope[]) => readonly Statement[];
  readonly retrier: Retrier;
}): UnitOfWork<Query, State> => {
  const { connections, repository, once, outboxInsert, retrier } = deps;
  const conclusions = { once, refusalOf: repository.refusalOf };

  /** Ends a transaction that has written nothing. Not awaited: nobody waits for it, and it cannot fail usefully. */
  const abandon = (connection: Connection, deadline: number): void => {
    connection.flight([rollback], deadline).catch(() => undefined);
  };

  const decide = <Result extends Json>(work: Work<Query, State, Result>, state: State) => {
    const decision = work.decide(state);
    if (!decision.accepted) return { refusal: decision };
    const events = decision.events.map(work.envelop);
    const writes = [
      once.insert(work.once, decision.result),
      ...repository.save(decision.state),
      ...outboxInsert(events),
    ];
    const outcome: Outcome<Result> = { status: 'committed', result: decision.result, events };
    return { writes, outcome };
  };

  const attemptWithoutReads = async <Result extends Json>(
    work: Work<Query, State, Result>,
  ): Promise<Outcome<Result>> => {
    const decided = decide(work, repository.empty);
    if (decided.refusal) return { status: 'refused', refusal: decided.refusal };
    return connections.use(async (connection) => {
      const answers = await connection.flight(
        [begin, once.find(work.once), ...decided.writes, commit],
        work.deadline,
      );
      const [found] = rowsOf(answers[1]);
      return found
        ? once.outcomeOf(work.once, found)
        : settle(conclusions, answers, decided.outcome, false);
    });
  };

  const attemptWithReads = async <Result extends Json>(
    work: Work<Query, State, Result>,
    query: Query,
  ): Promise<Outcome<Result>> =>
    connections.use(async (connection) => {
      let open = true;
      try {
        const reads = [begin, once.find(work.once), ...repository.load(query)];
        const answers = await connection.flight(reads, work.deadline);
        const error = firstError(answers);
        if (error !== undefined) throw faultOf(error, false);
        const [found] = rowsOf(answers[1]);
        if (found) return once.outcomeOf(work.once, found);
        const decided = decide(work, repository.toState(answers.slice(2).map(rowsOf)));
        if (decided.refusal) return { status: 'refused', refusal: decided.refusal };
        const written = await connection.flight([...decided.writes, commit], work.deadline);
        open = false; // COMMIT has ended it, whatever it answered.
        return settle(conclusions, written, decided.outcome, true);
      } finally {
        if (open) abandon(connection, work.deadline);
      }
    });

  return {
    execute: (work) =>
      retrier.run(
        () =>
          work.load === undefined ? attemptWithoutReads(work) : attemptWithReads(work, work.load),
        work.deadline,
      ),
  };
};

/** What a transaction came to whose COMMIT has been sent. */
const settle = <Result extends Json>(
  deps: {
    readonly once: OnceRecords;
    readonly refusalOf?: ((constraint: string) => Refused | undefined) | undefined;
  },
  answers: readonly Answer[],
  committed: Outcome<Result>,
  decidedOnReads: boolean,
): Outcome<Result> => {
  const error = firstError(answers);
  const last = answers.at(-1);
  const durable = last?.ok === true && last.command === 'COMMIT';
  if (durable !== (error === undefined)) {
    throw new InvariantViolation('COMMIT and its statements disagree', { cause: error });
  }
  if (durable) return committed;
  const { code, constraint } = serverErrorOf(error) ?? {};
  if (deps.once.isDuplicate(constraint)) {
    // It committed after this transaction's snapshot was taken: a new one will see it.
    throw new Conflict('The same work has just been committed', { cause: error });
  }
  const refusal = constraint === undefined ? undefined : deps.refusalOf?.(constraint);
  if (refusal) return { status: 'refused', refusal };
  if (code === uniqueViolation && decidedOnReads) {
    // The decision has seen that the row is not there, so another transaction has just made it.
    throw new Conflict('A row that was absent has just been inserted', { cause: error });
  }
  throw faultOf(error, committing(answers));
};

/**
 * Whether a failed transaction may have committed all the same: only when no statement before COMMIT is known to
 * have failed at the server.
 */
const committing = (answers: readonly Answer[]): boolean =>
  !answers.slice(0, -1).some((answer) => !answer.ok && serverErrorOf(answer.error) !== undefined);
