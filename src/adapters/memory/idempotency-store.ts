import type { Clock, IdempotencyStore, Ids, LeaseRefusal } from '../../domain/kernel/index.ts';
import { requireStorable } from '../../domain/kernel/work/recorded-response.ts';
import { createMemoryDatabase, type MemoryDatabase } from './database.ts';
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

  const get = (key: string): Entry | undefined => database.begin().get<Entry>(table, key);
  // Nothing is awaited between reading and writing, so no other call can come between.
  const put = (entry: Entry): void => {
    const transaction = database.begin();
    transaction.put(table, entry.key, entry);
    transaction.commit();
  };

  const inForce = (key: string): LeaseRefusal | undefined => {
    const entry = get(key);
    if (!entry || entry.expiresAt <= clock.now()) return undefined;
    const { fingerprint, response } = entry;
    return response === undefined
      ? { status: 'in-progress', fingerprint }
      : { status: 'completed', fingerprint, response };
  };

  const owned = (key: string, fence: string): Entry | undefined => {
    const entry = get(key);
    return entry?.fence === fence && entry.response === undefined ? entry : undefined;
  };

  return {
    find: async (key) => inForce(key),
    acquire: async ({ key, fingerprint, leaseMs }) => {
      const refusal = inForce(key);
      if (refusal) return refusal;
      const fence = ids.uuid();
      put({ key, fingerprint, fence, expiresAt: clock.now() + leaseMs });
      return { status: 'acquired', fence };
    },
    complete: async ({ key, fence, response, retentionMs }) => {
      requireStorable(response);
      const entry = owned(key, fence);
      if (entry) put({ ...entry, response, expiresAt: clock.now() + retentionMs });
      return get(key)?.fence === fence;
    },
    release: async (key, fence) => {
      if (!owned(key, fence)) return;
      const transaction = database.begin();
      transaction.remove(table, key);
      transaction.commit();
    },
  };
};
