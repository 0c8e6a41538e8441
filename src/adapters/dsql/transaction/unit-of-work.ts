import type { Compilable } from 'kysely';
import {
  Conflict,
  type EventEnvelope,
  Fault,
  InvariantViolation,
  type Json,
  type Outcome,
  OutcomeUnknown,
  type Refused,
  type Retrier,
  type ScheduledEvent,
  type UnitOfWork,
  type Work,
} from '../../../domain/kernel/index.ts';
import {
  decideWork,
  requireAnswered,
  requireWork,
} from '../../../domain/kernel/work/decide-work.ts';
import type { Connection } from '../connection/connection.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { faultOf, serverErrorOf } from '../connection/error-mapping.ts';
import type { TimeLimit } from '../connection/time-limit.ts';
import type { FlightResult, Row, RowOf, Statement, StatementResult } from '../wire/statement.ts';
import { refuseLongMessage, refuseOversized, writtenBytesMin } from '../wire/transaction-limits.ts';
import { errorForCaller } from './error-for-caller.ts';
import type { IdempotencyRecords } from './idempotency-records.ts';
import { insertedRowsMin } from './insert-size.ts';
import { compiledOf, rowsOfAll, statementOf } from './kysely-result.ts';
import { attemptFault, begin, commit, proveCommit, rollBack } from './transaction-control.ts';

/** A statement for each type of row, in the same order. */
export type Loads<Rows extends readonly unknown[]> = {
  readonly [At in keyof Rows]: Statement<Rows[At]> | Compilable<Rows[At]>;
};

/** The rows of each load, in the same order. */
export type LoadedRows<Rows extends readonly unknown[]> = {
  readonly [At in keyof Rows]: readonly RowOf<Rows[At]>[];
};

/**
 * Translates a context's state to SQL and back. It makes statements; the unit of work sends them.
 *
 * @typeParam Rows the row type of each load: `[ShowRow, SeatRow]` for two loads, `readonly
 * ShowRow[]` for any number of the same type. A `bigint` or `numeric` column is a `string`, which
 * `toState` converts
 * @example
 * const shows: DsqlRepository<{ readonly id: string }, Show, [ShowRow]> = {
 *   empty,
 *   load: ({ id }) => [statement<ShowRow>('SELECT id, version FROM shows WHERE id = $1', id)],
 *   toState: ([[row]]) => (row ? { id: row.id, version: Number(row.version) } : empty),
 *   save: ({ id, version }) => [
 *     statement('UPDATE shows SET version = $2 WHERE id = $1', id, version),
 *   ],
 * };
 */
export interface DsqlRepository<Query, State, Rows extends readonly unknown[] = readonly Row[]> {
  /** The state of a decision that loads nothing. */
  readonly empty: State;
  /** Reads: statements or Kysely queries. `toState` gets their rows in the same order. */
  readonly load: (query: Query) => Loads<Rows>;
  /** The state that the rows of `load` hold, or `empty` where there are none. */
  readonly toState: (results: LoadedRows<Rows>) => State;
  /** Writes. Sort rows of several aggregates, so that PostgreSQL cannot deadlock. */
  readonly save: (state: State) => readonly (Statement | Compilable)[];
  /** The refusal for the violation of one of the context's constraints. */
  readonly refusalOf?: (constraint: string) => Refused | undefined;
}

/** Facts from earlier attempts at the same work. */
type History = {
  /** Whether an attempt may have committed, although it failed. */
  unknown: boolean;
  /** Constraints that an attempt has violated. */
  readonly clashes: Set<string>;
};

/** The limit that a message names: in Lambda the deadline is the end of the function's time. */
const timeOfWork: TimeLimit = { option: '"deadline" of the work, or time of the function' };

type Decided<Result extends Json> =
  | { readonly refusal: Refused }
  | {
      readonly refusal?: never;
      readonly writes: readonly Statement[];
      readonly outcome: Outcome<Result>;
    };

/**
 * Creates a unit of work on DSQL. A command without reads takes one network flight, with reads two,
 * a replay one.
 *
 * State, outbox rows and the record of `once` are in the same transaction. Reads are sent with
 * BEGIN, writes with COMMIT, which the server reaches only if everything before it has succeeded.
 */
export const createDsqlUnitOfWork = <
  Query,
  State,
  Rows extends readonly unknown[] = readonly Row[],
>(deps: {
  readonly connections: ConnectionPool;
  readonly repository: DsqlRepository<Query, State, Rows>;
  readonly records: IdempotencyRecords;
  /** The outbox rows of a decision's events. */
  readonly outboxInsert: (
    events: readonly EventEnvelope[],
    scheduled: readonly ScheduledEvent[],
  ) => readonly Statement[];
  readonly retrier: Retrier;
}): UnitOfWork<Query, State> => {
  const { connections, repository, records, outboxInsert, retrier } = deps;

  const decide = <Result extends Json>(
    work: Work<Query, State, Result>,
    state: State,
  ): Decided<Result> => {
    const decided = decideWork(work, state);
    if (!decided.accepted) return { refusal: decided };
    const { events, scheduled, result } = decided;
    const saved = listOf('save', repository.save(decided.state)).map(compiledOf);
    const around = [records.insert(work.once, result), ...records.removals(work.once)];
    const writes = [...around, ...saved, ...outboxInsert(events, scheduled)];
    // Each event is a row; the record of `once` is another one.
    refuseTooMuch(
      writes,
      saved.reduce((sum, one) => sum + insertedRowsMin(one), events.length + scheduled.length + 1),
    );
    return { writes, outcome: { status: 'committed', result, events } };
  };

  const attemptWithoutReads = async <Result extends Json>(
    work: Work<Query, State, Result>,
    history: History,
  ): Promise<Outcome<Result>> => {
    const decided = decide(work, repository.empty);
    if (decided.refusal) return { status: 'refused', refusal: decided.refusal };
    const statements = [begin, records.find(work.once), ...decided.writes, commit];
    return inTransaction(connections, work, async (connection) => {
      const flown = await connection.flight(statements, work.deadline);
      const [found] = flown.results[1]?.rows ?? [];
      const isKnown = found !== undefined && flown.error !== undefined;
      const known = isKnown ? records.outcomeOf<Result>(work.once, found) : undefined;
      return known ?? conclude(deps, flown, decided.outcome, history);
    });
  };

  const attemptWithReads = <Result extends Json>(
    work: Work<Query, State, Result>,
    query: Query,
    history: History,
  ): Promise<Outcome<Result>> =>
    inTransaction(connections, work, async (connection) => {
      const loads = listOf('load', repository.load(query)).map(statementOf);
      const reads = [begin, records.find(work.once), ...loads];
      const { results, error } = await connection.flight(reads, work.deadline);
      if (error !== undefined) throw faultOf(error, false, timeOfWork);
      if (results.length !== reads.length) throw unanswered();
      const [found] = (results[1] as StatementResult).rows;
      const known = found && records.outcomeOf<Result>(work.once, found);
      if (known) return known;
      const rows = (await rowsOfAll(loads, results.slice(2))) as unknown as LoadedRows<Rows>;
      const state = repository.toState(rows);
      requireAnswered('`toState` of a repository', state);
      const decided = decide(work, state);
      if (decided.refusal) return { status: 'refused', refusal: decided.refusal };
      const flown = await connection.flight([...decided.writes, commit], work.deadline);
      return conclude(deps, flown, decided.outcome, history);
    });

  const attempt = async <Result extends Json>(
    work: Work<Query, State, Result>,
    history: History,
  ): Promise<Outcome<Result>> => {
    try {
      const outcome =
        work.load === undefined || work.load === null
          ? await attemptWithoutReads(work, history)
          : await attemptWithReads(work, work.load, history);
      if (outcome.status !== 'refused' || !history.unknown) return outcome;
    } catch (error) {
      if (error instanceof Fault && error.kind === 'OutcomeUnknown') history.unknown = true;
      throw error;
    }
    throw new OutcomeUnknown('Refused now, but an earlier attempt may still take effect');
  };

  return {
    execute: async (work) => {
      requireWork(work);
      const history: History = { unknown: false, clashes: new Set() };
      try {
        return await retrier.run(() => attempt(work, history), work.deadline, work);
      } catch (error) {
        throw errorForCaller(error, new Error());
      }
    },
  };
};

const unanswered = () => new InvariantViolation('A read of the unit of work was not answered');

/** @throws {InvariantViolation} when a repository answers with a promise, or with no list */
const listOf = (
  method: string,
  answer: readonly (Statement | Compilable)[],
): readonly (Statement | Compilable)[] => {
  requireAnswered(`\`${method}\` of a repository`, answer);
  if (Array.isArray(answer)) return answer;
  throw new InvariantViolation(`\`${method}\` of a repository must return a list of statements`);
};

/** Refuses a transaction that DSQL would refuse for certain, before it is sent. */
const refuseTooMuch = (writes: readonly Statement[], rows: number): void => {
  let bytes = 0;
  for (const one of writes) {
    refuseLongMessage(one);
    bytes += writtenBytesMin(one);
  }
  refuseOversized(rows, bytes);
};

/**
 * Lends a connection for one transaction, and rolls the transaction back unless it has committed.
 */
const inTransaction = <Result extends Json>(
  connections: ConnectionPool,
  { deadline, signal }: Pick<Work<unknown, unknown, Result>, 'deadline' | 'signal'>,
  attempt: (connection: Connection) => Promise<Outcome<Result>>,
): Promise<Outcome<Result>> =>
  connections.use(
    async (connection) => {
      let committed = false;
      try {
        const outcome = await attempt(connection);
        committed = outcome.status === 'committed';
        return outcome;
      } finally {
        if (!committed) rollBack(connection, deadline);
      }
    },
    deadline,
    signal,
  );

/** The outcome of a transaction whose COMMIT has been sent. */
const conclude = <Result extends Json>(
  deps: {
    readonly records: IdempotencyRecords;
    readonly repository: { readonly refusalOf?: (constraint: string) => Refused | undefined };
  },
  flown: FlightResult,
  committed: Outcome<Result>,
  history: History,
): Outcome<Result> => {
  const { error } = flown;
  if (error === undefined) {
    proveCommit(flown);
    return committed;
  }
  const server = serverErrorOf(error);
  if (server && deps.records.isDuplicate(server)) {
    // The same work committed after this snapshot was taken. The next attempt sees it.
    throw new Conflict('The same work has just been committed', { cause: error });
  }
  const refusal = deps.repository.refusalOf?.(server?.constraint ?? '');
  if (refusal) return { status: 'refused', refusal };
  throw attemptFault(error, true, history.clashes, timeOfWork);
};
