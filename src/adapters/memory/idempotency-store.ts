import type { Clock, IdempotencyStore, Ids, LeaseRefusal } from '../../domain/kernel/index.ts';
import { requireStorable } from '../../domain/kernel/work/recorded-response.ts';
import { createMemoryDatabase, type MemoryDatabase, type MemoryTransaction } from './database.ts';
import { type MemoryRecord, recordTables } from './records.ts';

type Entry = MemoryRecord & {
  readonly fingerprint: string;
  /** Absent while the work is under way. */
  readonly response?: string;
  readonly fence: string;
};

const table = recordTables.lease;

/** Leases in memory, for tests and simulations. */
export const createMemoryIdempotencyStore = (deps: {
  readonly clock: Clock;
  readonly ids: Ids;
  /**
   * The database that holds the records, so that a cleanup finds them; one of its own when it is
   * absent.
   */
  readonly database?: MemoryDatabase;
}): IdempotencyStore => {
  const { clock, ids, database = createMemoryDatabase() } = deps;

  const get = (transaction: MemoryTransaction, key: string): Entry | undefined =>
    transaction.get<Entry>(table, key);

  const put = (transaction: MemoryTransaction, entry: Entry): void =>
    transaction.put(table, entry.key, entry);

  const inForce = (transaction: MemoryTransaction, key: string): LeaseRefusal | undefined => {
    const entry = get(transaction, key);
    if (!entry || entry.expiresAt <= clock.now()) return undefined;
    const { fingerprint, response } = entry;
    return response === undefined
      ? { status: 'in-progress', fingerprint }
      : { status: 'completed', fingerprint, response };
  };

  const owned = (transaction: MemoryTransaction, key: string, fence: string): Entry | undefined => {
    const entry = get(transaction, key);
    return entry?.fence === fence && entry.response === undefined ? entry : undefined;
  };

  return {
    find: (key) => database.transact((transaction) => inForce(transaction, key)),
    acquire: ({ key, fingerprint, leaseMs }) =>
      database.transact((transaction) => {
        const refusal = inForce(transaction, key);
        if (refusal) return refusal;
        const fence = ids.uuid();
        put(transaction, { key, fingerprint, fence, expiresAt: clock.now() + leaseMs });
        return { status: 'acquired', fence };
      }),
    complete: async ({ key, fence, response, retentionMs }) => {
      requireStorable(response);
      return database.transact((transaction) => {
        const entry = owned(transaction, key, fence);
        if (!entry) return get(transaction, key)?.fence === fence;
        put(transaction, { ...entry, response, expiresAt: clock.now() + retentionMs });
        return true;
      });
    },
    release: (key, fence) =>
      database.transact((transaction) => {
        if (owned(transaction, key, fence)) transaction.remove(table, key);
      }),
  };
};
