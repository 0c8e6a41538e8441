import {
  type Clock,
  type EventEnvelope,
  type Json,
  type Once,
  type Outcome,
  OutcomeUnknown,
  type Refused,
  type Retrier,
  type ScheduledEvent,
  type UnitOfWork,
  type Work,
} from '../../domain/kernel/index.ts';
import {
  type Decided,
  decideWork,
  requireAnswered,
  requireWork,
} from '../../domain/kernel/work/decide-work.ts';
import { recordResult, replayResult } from '../../domain/kernel/work/recorded-response.ts';
import type { MemoryDatabase, MemoryTransaction } from './database.ts';
import { takeInOrder } from './ordered-events.ts';
import { type CompletedRecord, fingerprintOf, recordKey, recordTables } from './records.ts';

/** Keeps a context's state in memory. */
export interface MemoryRepository<Query, State> {
  /** The state of a decision that loads nothing. */
  readonly empty: State;
  /** The state that a query asks for, as the snapshot has it. */
  readonly load: (transaction: MemoryTransaction, query: Query) => State;
  /** Writes, or the refusal that a violated constraint of the context's own stands for. */
  readonly save: (transaction: MemoryTransaction, state: State) => Refused | undefined;
}

const replay = <Result extends Json>(once: Once, record: CompletedRecord): Outcome<Result> =>
  record.fingerprint === fingerprintOf(once)
    ? { status: 'replayed', result: replayResult(record.response) }
    : { status: 'mismatched' };

/** A constraint of the context's own is violated, so COMMIT fails. */
class ConstraintViolated extends Error {
  readonly refusal: Refused;

  constructor(refusal: Refused) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/**
 * The unit of work in memory, for tests and simulations; under the same contract as the one on
 * DSQL.
 */
export const createMemoryUnitOfWork = <Query, State>(deps: {
  readonly database: MemoryDatabase;
  readonly repository: MemoryRepository<Query, State>;
  readonly outboxInsert: (
    transaction: MemoryTransaction,
    events: readonly EventEnvelope[],
    scheduled: readonly ScheduledEvent[],
  ) => void;
  readonly retrier: Retrier;
  /** How long a record is kept, for a cleanup to delete it; for ever when it is absent. */
  readonly retention?: { readonly clock: Clock; readonly retentionMs: number };
}): UnitOfWork<Query, State> => {
  const { database, repository, outboxInsert, retrier, retention } = deps;
  const expiresAt = () =>
    retention ? retention.clock.now() + retention.retentionMs : Number.POSITIVE_INFINITY;

  /** Writes what a decision asks for, with its record and its events. */
  const write = <Result extends Json>(
    transaction: MemoryTransaction,
    { once }: Pick<Work<Query, State, Result>, 'once'>,
    { state, events, scheduled, result }: Decided<State, Result>,
  ): Outcome<Result> => {
    const key = recordKey(once);
    // The record of an event has no result to answer with.
    const response = once.kind === 'command' ? recordResult(result) : 'null';
    const fingerprint = fingerprintOf(once);
    const record = { key, fingerprint, response, expiresAt: expiresAt() };
    transaction.put(recordTables[once.kind], key, record);
    const refusal = repository.save(transaction, state);
    requireAnswered('`save` of a repository', refusal);
    if (refusal) transaction.violate(new ConstraintViolated(refusal));
    else outboxInsert(transaction, events, scheduled);
    return { status: 'committed', result, events };
  };

  /** The record of the same work, or nothing when it is the turn of this one. */
  const find = (transaction: MemoryTransaction, once: Once): CompletedRecord | undefined => {
    const record = transaction.get<CompletedRecord>(recordTables[once.kind], recordKey(once));
    if (!record) takeInOrder(transaction, once);
    return record;
  };

  /** Everything travels with COMMIT, so nobody comes between. */
  const attemptWithoutReads = <Result extends Json>(
    work: Work<Query, State, Result>,
  ): Promise<Outcome<Result>> =>
    database.transact((transaction) => {
      const decided = decideWork(work, repository.empty);
      if (!decided.accepted) return { status: 'refused', refusal: decided };
      const record = find(transaction, work.once);
      return record ? replay(work.once, record) : write(transaction, work, decided);
    });

  const attemptWithReads = async <Result extends Json>(
    work: Work<Query, State, Result>,
    load: Query,
  ): Promise<Outcome<Result>> => {
    // Another transaction may run between reading and committing, as it may on a network.
    const { transaction, read } = await database.open((open) => {
      const record = find(open, work.once);
      return record ? { record } : { state: repository.load(open, load) };
    });
    if (read.record) return replay(work.once, read.record);
    const { state } = read;
    requireAnswered('`load` of a repository', state);
    const decided = decideWork(work, state);
    if (!decided.accepted) return { status: 'refused', refusal: decided };
    const outcome = write(transaction, work, decided);
    await database.commit(transaction);
    return outcome;
  };

  const attempt = async <Result extends Json>(
    work: Work<Query, State, Result>,
  ): Promise<Outcome<Result>> => {
    try {
      return work.load === undefined || work.load === null
        ? await attemptWithoutReads(work)
        : await attemptWithReads(work, work.load);
    } catch (error) {
      if (!(error instanceof ConstraintViolated)) throw error;
      return { status: 'refused', refusal: error.refusal };
    }
  };

  return {
    execute: async (work) => {
      requireWork(work);
      let isUnknown = false;
      const attemptInDoubt = async () => {
        const outcome = await attempt(work).catch((error: unknown) => {
          isUnknown ||= error instanceof OutcomeUnknown;
          throw error;
        });
        if (outcome.status !== 'refused' || !isUnknown) return outcome;
        throw new OutcomeUnknown('Refused now, but an earlier attempt may still take effect');
      };
      return retrier.run(attemptInDoubt, work.deadline, work);
    },
  };
};
