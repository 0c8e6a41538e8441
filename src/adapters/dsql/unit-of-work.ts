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
  type UnitOfWork,
  type Work,
} from '../../domain/kernel/index.ts';
import type { Connection } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { faultOf, serverErrorOf } from './faults.ts';
import type { FlightResult } from './flight.ts';
import type { OnceRecords } from './once-record.ts';
import { type Row, type Statement, statement } from './statement.ts';

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

/** What the attempts at one piece of work have met so far. */
type History = {
  /** Whether an attempt may have committed all the same. */
  unknown: boolean;
  /** Constraints that an attempt has violated. */
  readonly clashes: Set<string>;
};

type Decided<Result extends Json> =
  | { readonly refusal: Refused }
  | {
      readonly refusal?: never;
      readonly writes: readonly Statement[];
      readonly outcome: Outcome<Result>;
    };

/**
 * A unit of work on DSQL: a command without reads waits for one network flight, one with reads for two, a replay for one.
 *
 * State, outbox rows and the record of `once` are in the same transaction. Reads travel with BEGIN, writes with
 * COMMIT, which is reached only if everything before it has succeeded.
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

  const decide = <Result extends Json>(
    work: Work<Query, State, Result>,
    state: State,
  ): Decided<Result> => {
    const decision = work.decide(state);
    if (!decision.accepted) return { refusal: decision };
    const events = decision.events.map(work.envelop);
    const writes = [
      once.insert(work.once, decision.result),
      ...repository.save(decision.state),
      ...outboxInsert(events),
    ];
    return { writes, outcome: { status: 'committed', result: decision.result, events } };
  };

  const attemptWithoutReads = async <Result extends Json>(
    work: Work<Query, State, Result>,
    history: History,
  ): Promise<Outcome<Result>> => {
    const decided = decide(work, repository.empty);
    if (decided.refusal) return { status: 'refused', refusal: decided.refusal };
    const statements = [begin, once.find(work.once), ...decided.writes, commit];
    return inTransaction(connections, work.deadline, async (connection) => {
      const flown = await connection.flight(statements, work.deadline);
      const [found] = flown.results[1]?.rows ?? [];
      return found && flown.error !== undefined
        ? once.outcomeOf(work.once, found)
        : conclude(deps, flown, decided.outcome, history);
    });
  };

  const attemptWithReads = <Result extends Json>(
    work: Work<Query, State, Result>,
    query: Query,
    history: History,
  ): Promise<Outcome<Result>> =>
    inTransaction(connections, work.deadline, async (connection) => {
      const reads = [begin, once.find(work.once), ...repository.load(query)];
      const { results, error } = await connection.flight(reads, work.deadline);
      if (error !== undefined) throw faultOf(error, false);
      const [, findings, ...loaded] = results;
      const [found] = findings?.rows ?? [];
      if (found) return once.outcomeOf(work.once, found);
      const decided = decide(work, repository.toState(loaded.map(({ rows }) => rows)));
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
        work.load === undefined
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
    execute: (work) => {
      const history: History = { unknown: false, clashes: new Set() };
      return retrier.run(() => attempt(work, history), work.deadline);
    },
  };
};

/** Lends a connection for one transaction, and ends the transaction unless it ends itself with an outcome to keep. */
const inTransaction = <Result extends Json>(
  connections: ConnectionPool,
  deadline: number,
  work: (connection: Connection) => Promise<Outcome<Result>>,
): Promise<Outcome<Result>> =>
  connections.use(async (connection) => {
    let committed = false;
    try {
      const outcome = await work(connection);
      committed = outcome.status === 'committed';
      return outcome;
    } finally {
      // Not awaited: nobody needs to wait for it, and it cannot fail usefully.
      if (!committed) connection.flight([rollback], deadline).catch(() => undefined);
    }
  }, deadline);

/** What a transaction came to whose COMMIT has been sent. */
const conclude = <Result extends Json>(
  deps: {
    readonly once: OnceRecords;
    readonly repository: { readonly refusalOf?: (constraint: string) => Refused | undefined };
  },
  { results, error }: FlightResult,
  committed: Outcome<Result>,
  history: History,
): Outcome<Result> => {
  if (error === undefined) {
    if (results.at(-1)?.command === 'COMMIT') return committed;
    throw new InvariantViolation('COMMIT was not answered with COMMIT though nothing has failed');
  }
  const server = serverErrorOf(error);
  if (server && deps.once.isDuplicate(server)) {
    // It committed after this transaction's snapshot was taken: a new one will see it.
    throw new Conflict('The same work has just been committed', { cause: error });
  }
  const constraint = server?.constraint ?? '';
  const refusal = deps.repository.refusalOf?.(constraint);
  if (refusal) return { status: 'refused', refusal };
  if (server?.code === uniqueViolation && !history.clashes.has(constraint)) {
    // What the decision did not see may have been inserted since. With a new snapshot it cannot happen again.
    history.clashes.add(constraint);
    throw new Conflict('A row with the same key has just been inserted', { cause: error });
  }
  throw faultOf(error, true);
};
