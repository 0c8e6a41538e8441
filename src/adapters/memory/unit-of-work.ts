import type {
  EventEnvelope,
  Json,
  Once,
  Outcome,
  Refused,
  Retrier,
  UnitOfWork,
  Work,
} from '../../domain/kernel/index.ts';
import type { MemoryDatabase, MemoryTransaction } from './database.ts';

/** Keeps a context's state in memory. */
export interface MemoryRepository<Query, State> {
  readonly empty: State;
  readonly load: (transaction: MemoryTransaction, query: Query) => State;
  /** Writes, or the refusal that a violated constraint of the context's own stands for. */
  readonly save: (transaction: MemoryTransaction, state: State) => Refused | undefined;
}

type OnceRecord = { readonly fingerprint: string; readonly response: string };

const addressOf = (once: Once): readonly [table: string, key: string] =>
  once.kind === 'command'
    ? ['idempotency', once.key]
    : ['inbox', JSON.stringify([once.eventId, once.consumer])];

const fingerprintOf = (once: Once): string => (once.kind === 'command' ? once.fingerprint : '');

const replay = <Result extends Json>(once: Once, record: OnceRecord): Outcome<Result> =>
  record.fingerprint === fingerprintOf(once)
    ? { status: 'replayed', result: JSON.parse(record.response) }
    : { status: 'mismatched' };

/** The unit of work in memory, for tests and simulations; under the same contract as the one on DSQL. */
export const createMemoryUnitOfWork = <Query, State>(deps: {
  readonly database: MemoryDatabase;
  readonly repository: MemoryRepository<Query, State>;
  readonly outboxInsert: (transaction: MemoryTransaction, events: readonly EventEnvelope[]) => void;
  readonly retrier: Retrier;
}): UnitOfWork<Query, State> => {
  const { database, repository, outboxInsert, retrier } = deps;

  const attempt = async <Result extends Json>(
    work: Work<Query, State, Result>,
  ): Promise<Outcome<Result>> => {
    const transaction = database.begin();
    const [table, key] = addressOf(work.once);
    const record = transaction.get<OnceRecord>(table, key);
    if (record) return replay(work.once, record);
    const state =
      work.load === undefined ? repository.empty : repository.load(transaction, work.load);
    // Another transaction may run between reading and committing, as it may on a network.
    await Promise.resolve();
    const decision = work.decide(state);
    if (!decision.accepted) return { status: 'refused', refusal: decision };
    const events = decision.events.map(work.envelop);
    const response = JSON.stringify(decision.result);
    transaction.put(table, key, { fingerprint: fingerprintOf(work.once), response });
    const refusal = repository.save(transaction, decision.state);
    if (refusal) return { status: 'refused', refusal };
    outboxInsert(transaction, events);
    transaction.commit();
    return { status: 'committed', result: decision.result, events };
  };

  return { execute: (work) => retrier.run(() => attempt(work), work.deadline, work) };
};
