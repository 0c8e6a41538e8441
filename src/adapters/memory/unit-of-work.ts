import type {
  Clock,
  EventEnvelope,
  Json,
  Once,
  Outcome,
  Refused,
  Retrier,
  ScheduledEvent,
  UnitOfWork,
  Work,
} from '../../domain/kernel/index.ts';
import { decideWork, requireAnswered, requireWork } from '../../domain/kernel/work/decide-work.ts';
import { recordResult, replayResult } from '../../domain/kernel/work/recorded-response.ts';
import type { MemoryDatabase, MemoryTransaction } from './database.ts';
import { takeInOrder } from './ordered-events.ts';
import { type CompletedRecord, fingerprintOf, recordKey, recordTables } from './records.ts';

/** Keeps a context's state in memory. */
export interface MemoryRepository<Query, State> {
  readonly empty: State;
  readonly load: (transaction: MemoryTransaction, query: Query) => State;
  /** Writes, or the refusal that a violated constraint of the context's own stands for. */
  readonly save: (transaction: MemoryTransaction, state: State) => Refused | undefined;
}

const replay = <Result extends Json>(once: Once, record: CompletedRecord): Outcome<Result> =>
  record.fingerprint === fingerprintOf(once)
    ? { status: 'replayed', result: replayResult(record.response) }
    : { status: 'mismatched' };

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

  const attempt = async <Result extends Json>(
    work: Work<Query, State, Result>,
  ): Promise<Outcome<Result>> => {
    const table = recordTables[work.once.kind];
    const key = recordKey(work.once);
    // Another transaction may run between reading and committing, as it may on a network.
    const { transaction, read } = await database.open((open) => {
      const record = open.get<CompletedRecord>(table, key);
      if (record) return { record };
      takeInOrder(open, work.once);
      const { load } = work;
      return {
        state: load === undefined || load === null ? repository.empty : repository.load(open, load),
      };
    });
    if (read.record) return replay(work.once, read.record);
    const { state } = read;
    requireAnswered('`load` of a repository', state);
    const decided = decideWork(work, state);
    if (!decided.accepted) return { status: 'refused', refusal: decided };
    const { events, scheduled, result } = decided;
    // The record of an event has no result to answer with.
    const response = work.once.kind === 'command' ? recordResult(result) : 'null';
    const fingerprint = fingerprintOf(work.once);
    transaction.put(table, key, { key, fingerprint, response, expiresAt: expiresAt() });
    const refusal = repository.save(transaction, decided.state);
    requireAnswered('`save` of a repository', refusal);
    if (refusal) return { status: 'refused', refusal };
    outboxInsert(transaction, events, scheduled);
    await database.commit(transaction);
    return { status: 'committed', result, events };
  };

  return {
    execute: async (work) => {
      requireWork(work);
      return retrier.run(() => attempt(work), work.deadline, work);
    },
  };
};
