import type { Clock, IdempotencyStore, Ids, LeaseRefusal } from '../../domain/kernel/index.ts';

type Entry = {
  readonly fingerprint: string;
  readonly expiresAt: number;
  /** Absent while the work is under way. */
  readonly response?: string;
  readonly fence: string;
  readonly leaseUntil: number;
};

/** Leases in memory, for tests and simulations. */
export const createMemoryIdempotencyStore = (deps: {
  readonly clock: Clock;
  readonly ids: Ids;
}): IdempotencyStore => {
  const { clock, ids } = deps;
  const entries = new Map<string, Entry>();

  const inForce = (key: string): LeaseRefusal | undefined => {
    const entry = entries.get(key);
    if (!entry || entry.expiresAt <= clock.now()) return undefined;
    const { fingerprint, response, leaseUntil } = entry;
    if (response !== undefined) return { status: 'completed', fingerprint, response };
    return leaseUntil > clock.now() ? { status: 'in-progress' } : undefined;
  };

  const owned = (key: string, fence: string): Entry | undefined => {
    const entry = entries.get(key);
    return entry?.fence === fence && entry.response === undefined ? entry : undefined;
  };

  return {
    find: async (key) => inForce(key),
    acquire: async ({ key, fingerprint, leaseMs, retentionMs }) => {
      const refusal = inForce(key);
      if (refusal) return refusal;
      const fence = ids.uuid();
      const now = clock.now();
      const leaseUntil = now + leaseMs;
      entries.set(key, { fingerprint, fence, leaseUntil, expiresAt: now + retentionMs });
      return { status: 'acquired', fence };
    },
    complete: async (key, fence, response) => {
      const entry = owned(key, fence);
      if (entry) entries.set(key, { ...entry, response });
      return entry !== undefined;
    },
    release: async (key, fence) => {
      if (owned(key, fence)) entries.delete(key);
    },
  };
};
