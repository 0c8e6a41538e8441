import { randomUUID } from 'node:crypto';
import type { IdempotencyStore } from '../../../domain/kernel/index.ts';
import type { Checks } from '../suite.ts';

/** A store of leases and responses that is tried. */
export type IdempotencyStoreSubject = {
  readonly store: IdempotencyStore;
  /** The same records, as several processes see them that run at once: a connection each. */
  readonly contenders: readonly IdempotencyStore[];
  /** The records of another service in the same database. */
  readonly elsewhere: IdempotencyStore;
  /** Lets time pass by the store's clock, in milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
};

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

type Request = Parameters<IdempotencyStore['acquire']>[0];

/** A store with a key that nobody has asked for. */
export const trialOf = (subject: IdempotencyStoreSubject) => {
  const { store, contenders } = subject;
  const key = `job#${randomUUID()}`;
  const request = (changes: Partial<Request> = {}): Request => ({
    key,
    fingerprint: 'print',
    leaseMs: hourMs,
    ...changes,
  });
  return {
    ...subject,
    subject,
    key,
    request,
    complete: (fence: string, response: string, retentionMs = hourMs) =>
      store.complete({ key, fence, response, retentionMs }),
    acquire: async (changes: Partial<Request> = {}): Promise<string> => {
      const lease = await store.acquire(request(changes));
      if (lease.status !== 'acquired') throw new Error(`not acquired: ${lease.status}`);
      return lease.fence;
    },
    /** The answers to all contenders that ask for the key at once; none of them may fail. */
    race: async () => {
      const leases = await Promise.all(contenders.map((one) => one.acquire(request())));
      return leases.map(({ status }) => status).toSorted();
    },
    oneWins: () => ['acquired', ...contenders.slice(1).map(() => 'in-progress')],
  };
};

/** The checks of one group of rules. */
export type StoreChecks = Checks<ReturnType<typeof trialOf>>;

/** A key of a lease that lasts. */
export const inProgress = { status: 'in-progress', fingerprint: 'print' };

/** A key of work that is done. */
export const completed = (response: string) => ({
  status: 'completed',
  fingerprint: 'print',
  response,
});
