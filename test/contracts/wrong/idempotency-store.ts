import {
  Conflict,
  type IdempotencyStore,
  type LeaseRefusal,
  responseBytesMax,
} from '../../../src/domain/kernel/index.ts';
import type { IdempotencyStoreSubject } from '../../../src/testing/contracts/idempotency/store-trial.ts';
import type { Wrong } from '../suite.ts';

type Store = IdempotencyStore;
type Request = Parameters<Store['acquire']>[0];
type Completion = Parameters<Store['complete']>[0];

/**
 * A fault keeps what it needs to know in the closure that makes the store; `now` is the time that
 * has passed.
 */
type Fault = (now: () => number, elsewhere: Store) => (right: Store) => Partial<IdempotencyStore>;

const minuteMs = 60_000;

/** Applies a fault to all stores of a subject that share their records. */
const wrong = (fault: string, caughtBy: string, make: Fault): Wrong<IdempotencyStoreSubject> => ({
  fault,
  caughtBy,
  apply: (right) => {
    let now = 0;
    const changesOf = make(() => now, right.elsewhere);
    const over = (store: Store): Store => ({ ...store, ...changesOf(store) });
    return {
      ...right,
      store: over(right.store),
      contenders: right.contenders.map(over),
      advance: (ms) => {
        now += ms;
        return right.advance(ms);
      },
    };
  },
});

/** A fault that needs to know nothing but what it is asked. */
const stateless = (
  fault: string,
  caughtBy: string,
  changesOf: (right: Store) => Partial<Store>,
): Wrong<IdempotencyStoreSubject> => wrong(fault, caughtBy, () => changesOf);

/** Changes what is asked before the right store is asked. */
const asking = (
  fault: string,
  caughtBy: string,
  changes: {
    readonly request?: (request: Request) => Request;
    readonly completion?: (completion: Completion) => Completion;
    readonly key?: (key: string) => string;
  },
): Wrong<IdempotencyStoreSubject> => {
  const { request = (one) => one, completion = (one) => one, key = (one) => one } = changes;
  return stateless(fault, caughtBy, (right) => ({
    find: (asked) => right.find(key(asked)),
    acquire: (asked) => right.acquire(request({ ...asked, key: key(asked.key) })),
    complete: (asked) => right.complete(completion({ ...asked, key: key(asked.key) })),
    release: (asked, fence) => right.release(key(asked), fence),
  }));
};

const race = 'gives a key to one of all who ask at once, and tells the others';
const lateRace = 'gives a key whose lease has ended to one of all who ask at once';
const whileItLasts = 'says that a key is in progress while its lease lasts';
const leaseTime = 'keeps a key taken for as long as its lease was asked for, and no longer';
const bytes = 'keeps the response as it was written, byte for byte';
const anyResponse =
  'keeps any response byte for byte, whatever its texts, numbers and order of keys';
const size = 'keeps a response of 1 MiB in UTF-8, refuses a larger one, and leaves the key taken';
const fencing = 'gives a key to another one when its lease has ended, and fences the first';
const content = 'knows the content of the last one who has taken a key';
const late = 'stores the response of work that has outlived its lease, if nobody took the key';
const hurried = 'stores a response although the time to do it is over';
const repeated = 'knows a completion that its owner repeats, and keeps the first response';
const repeatedLater = 'keeps a response no longer for a completion that is repeated';
const overtaken = 'knows no completion of an owner whose key another one has taken since';
const untaken = 'stores nothing for a key that nobody has taken';
const givenBack = 'frees a key that is given back, but only by its owner';
const doneAndGivenBack = 'keeps a completed record when its owner gives the key back';
const retention = 'keeps a response for its retention, which begins when the work is done';
const apart = 'keeps keys apart, whatever they differ in';
const services = 'keeps the records of services apart';

const wrongAcquisitions: readonly Wrong<IdempotencyStoreSubject>[] = [
  stateless('gives a key to everybody', whileItLasts, (right) => ({
    acquire: async (request) => {
      const lease = await right.acquire(request);
      return lease.status === 'acquired'
        ? lease
        : { status: 'acquired', fence: crypto.randomUUID() };
    },
  })),
  stateless('gives a key again to the content that has it', whileItLasts, (right) => ({
    acquire: async (request) => {
      const lease = await right.acquire(request);
      const isSame = lease.status === 'in-progress' && lease.fingerprint === request.fingerprint;
      return isSame ? { status: 'acquired', fence: crypto.randomUUID() } : lease;
    },
  })),
  wrong('looks at a key and takes it in two steps', race, () => {
    const taken = new Set<string>();
    return () => ({
      acquire: async ({ key, fingerprint }) => {
        const isTaken = taken.has(key);
        await Promise.resolve();
        taken.add(key);
        return isTaken
          ? { status: 'in-progress', fingerprint }
          : { status: 'acquired', fence: crypto.randomUUID() };
      },
    });
  }),
  wrong('looks at a key whose lease has ended and takes it in two steps', lateRace, () => {
    const taken = new Set<string>();
    return (right) => ({
      acquire: async (request) => {
        const found = taken.has(request.key) ? await right.find(request.key) : undefined;
        const wasTaken = taken.has(request.key);
        if (found) return found;
        const lease = await right.acquire(request);
        taken.add(request.key);
        return wasTaken ? { status: 'acquired', fence: crypto.randomUUID() } : lease;
      },
    });
  }),
  stateless('fails where another one has just taken the key', race, (right) => ({
    acquire: async (request) => {
      const lease = await right.acquire(request);
      if (lease.status === 'in-progress') throw new Conflict('taken');
      return lease;
    },
  })),
  wrong('never ends a lease', fencing, () => {
    const taken = new Map<string, string>();
    return (right) => ({
      acquire: async (request) => {
        const fingerprint = taken.get(request.key);
        if (fingerprint !== undefined) return { status: 'in-progress', fingerprint };
        taken.set(request.key, request.fingerprint);
        return right.acquire(request);
      },
    });
  }),
  asking('ends a lease at half of its time', leaseTime, {
    request: (request) => ({ ...request, leaseMs: request.leaseMs / 2 }),
  }),
  asking('ends a lease at twice its time', leaseTime, {
    request: (request) => ({ ...request, leaseMs: request.leaseMs * 2 }),
  }),
  asking('gives every lease the same time', leaseTime, {
    request: (request) => ({ ...request, leaseMs: 60 * minuteMs }),
  }),
  wrong('prolongs a lease for those who ask in vain', leaseTime, (now) => {
    const until = new Map<string, number>();
    return (right) => ({
      find: async (key) =>
        now() < (until.get(key) ?? 0)
          ? { status: 'in-progress', fingerprint: 'print' }
          : right.find(key),
      acquire: async (request) => {
        const lease = await right.acquire(request);
        if (lease.status === 'in-progress') until.set(request.key, now() + request.leaseMs);
        return lease;
      },
    });
  }),
  wrong('keeps the content of the first at a takeover', content, () => {
    const first = new Map<string, string>();
    const withFirst = <Found extends LeaseRefusal>(key: string, found: Found): Found => ({
      ...found,
      fingerprint: first.get(key) ?? found.fingerprint,
    });
    return (right) => ({
      find: async (key) => {
        const found = await right.find(key);
        return found && withFirst(key, found);
      },
      acquire: async (request) => {
        const lease = await right.acquire(request);
        if (lease.status !== 'acquired') return withFirst(request.key, lease);
        if (!first.has(request.key)) first.set(request.key, request.fingerprint);
        return lease;
      },
    });
  }),
  stateless('tells everybody their own content', bytes, (right) => ({
    acquire: async (request) => {
      const lease = await right.acquire(request);
      return lease.status === 'acquired' ? lease : { ...lease, fingerprint: request.fingerprint };
    },
  })),
  wrong('keeps the response of the one before at a takeover', overtaken, () => {
    const responses = new Map<string, string>();
    return (right) => ({
      find: async (key) => {
        const found = await right.find(key);
        const response = responses.get(key);
        return found?.status === 'in-progress' && response !== undefined
          ? { status: 'completed', fingerprint: found.fingerprint, response }
          : found;
      },
      complete: async (completion) => {
        const isStored = await right.complete(completion);
        if (isStored) responses.set(completion.key, completion.response);
        return isStored;
      },
    });
  }),
  stateless('finds nothing of a key in progress', whileItLasts, (right) => ({
    find: async (key) => {
      const found = await right.find(key);
      return found?.status === 'in-progress' ? undefined : found;
    },
  })),
  wrong('finds a key in progress whose lease has ended', leaseTime, () => {
    const leases = new Map<string, LeaseRefusal>();
    return (right) => ({
      find: async (key) => (await right.find(key)) ?? leases.get(key),
      acquire: async (request) => {
        leases.set(request.key, { status: 'in-progress', fingerprint: request.fingerprint });
        return right.acquire(request);
      },
    });
  }),
];

/** The last proof of ownership that was given for each key. */
const lastFences = () => {
  const fences = new Map<string, string>();
  const acquireOver =
    (right: Store): Store['acquire'] =>
    async (request) => {
      const lease = await right.acquire(request);
      if (lease.status === 'acquired') fences.set(request.key, lease.fence);
      return lease;
    };
  return { fences, acquireOver };
};

const wrongOwnership: readonly Wrong<IdempotencyStoreSubject>[] = [
  wrong('lets anybody complete', fencing, () => {
    const { fences, acquireOver } = lastFences();
    return (right) => ({
      acquire: acquireOver(right),
      complete: (completion) =>
        right.complete({ ...completion, fence: fences.get(completion.key) ?? completion.fence }),
    });
  }),
  stateless('says to everybody that the response is stored', fencing, (right) => ({
    complete: async (completion) => {
      await right.complete(completion);
      return true;
    },
  })),
  wrong('lets anybody give a key back', givenBack, () => {
    const { fences, acquireOver } = lastFences();
    return (right) => ({
      acquire: acquireOver(right),
      release: (key, fence) => right.release(key, fences.get(key) ?? fence),
    });
  }),
  wrong('lets the owner of before give back the key of the one who took it', fencing, () => {
    const { fences, acquireOver } = lastFences();
    const given = new Set<string>();
    return (right) => ({
      acquire: async (request) => {
        const lease = await acquireOver(right)(request);
        if (lease.status === 'acquired') given.add(lease.fence);
        return lease;
      },
      release: (key, fence) =>
        right.release(key, given.has(fence) ? (fences.get(key) ?? fence) : fence),
    });
  }),
  wrong('gives the same proof to every owner of a key', givenBack, () => {
    const { fences, acquireOver } = lastFences();
    const real = (key: string): string => fences.get(key) ?? '';
    return (right) => ({
      acquire: async (request) => {
        const lease = await acquireOver(right)(request);
        return lease.status === 'acquired' ? { ...lease, fence: request.key } : lease;
      },
      complete: (completion) => right.complete({ ...completion, fence: real(completion.key) }),
      release: (key, fence) => right.release(key, fence === key ? real(key) : fence),
    });
  }),
  wrong('asks for a proof of any key', apart, () => {
    const keys = new Map<string, string>();
    return (right) => ({
      acquire: async (request) => {
        const lease = await right.acquire(request);
        if (lease.status === 'acquired') keys.set(lease.fence, request.key);
        return lease;
      },
      complete: ({ key, fence, ...rest }) =>
        right.complete({ ...rest, fence, key: keys.get(fence) ?? key }),
    });
  }),
  stateless('does not give a key back', givenBack, () => ({ release: async () => undefined })),
  wrong('fails to give back a key that is free', untaken, () => (right) => ({
    release: async (key, fence) => {
      if (!(await right.find(key))) throw new Conflict('free');
      await right.release(key, fence);
    },
  })),
  wrong('deletes a completed record that is given back', doneAndGivenBack, () => {
    const deleted = new Set<string>();
    return (right) => ({
      find: async (key) => (deleted.has(key) ? undefined : right.find(key)),
      release: async (key, fence) => {
        if ((await right.find(key))?.status === 'completed') deleted.add(key);
        await right.release(key, fence);
      },
    });
  }),
  wrong('stores the response of anybody for a key that nobody has', untaken, () => (right) => ({
    complete: async (completion) => {
      const { key } = completion;
      if (await right.find(key)) return right.complete(completion);
      const lease = await right.acquire({ key, fingerprint: '', leaseMs: minuteMs });
      const fence = lease.status === 'acquired' ? lease.fence : completion.fence;
      return right.complete({ ...completion, fence });
    },
  })),
];

const wrongCompletions: readonly Wrong<IdempotencyStoreSubject>[] = [
  wrong('refuses a late response though nobody took the key', late, (now) => {
    const ends = new Map<string, number>();
    return (right) => ({
      acquire: async (request) => {
        const lease = await right.acquire(request);
        if (lease.status === 'acquired') ends.set(lease.fence, now() + request.leaseMs);
        return lease;
      },
      complete: async (completion) =>
        now() < (ends.get(completion.fence) ?? 0) && right.complete(completion),
    });
  }),
  stateless('does not try to store a response whose deadline has passed', hurried, (right) => ({
    complete: async (completion) =>
      (completion.deadline ?? Number.POSITIVE_INFINITY) > Date.now() && right.complete(completion),
  })),
  stateless('stores nothing and says that it has', bytes, () => ({ complete: async () => true })),
  wrong('refuses a completion that is repeated', repeated, () => {
    const done = new Set<string>();
    return (right) => ({
      complete: async (completion) => {
        if (done.has(completion.fence)) return false;
        done.add(completion.fence);
        return right.complete(completion);
      },
    });
  }),
  wrong('overwrites the response when a completion is repeated', repeated, () => {
    const last = new Map<string, string>();
    return (right) => ({
      find: async (key) => {
        const found = await right.find(key);
        return found?.status === 'completed'
          ? { ...found, response: last.get(key) ?? found.response }
          : found;
      },
      complete: async (completion) => {
        const isStored = await right.complete(completion);
        if (isStored) last.set(completion.key, completion.response);
        return isStored;
      },
    });
  }),
  wrong('knows every completion that ever was', overtaken, () => {
    const done = new Set<string>();
    return (right) => ({
      complete: async (completion) => {
        if (done.has(completion.fence)) return true;
        const isStored = await right.complete(completion);
        if (isStored) done.add(completion.fence);
        return isStored;
      },
    });
  }),
  wrong('keeps a response longer when its completion is repeated', repeatedLater, (now) => {
    const kept = new Map<string, { readonly until: number; readonly response: string }>();
    return (right) => ({
      find: async (key) => {
        const found = await right.find(key);
        const { until = 0, response = '' } = kept.get(key) ?? {};
        return !found && now() < until
          ? { status: 'completed', fingerprint: 'print', response }
          : found;
      },
      complete: async (completion) => {
        const { key, response, retentionMs } = completion;
        kept.set(key, { until: now() + retentionMs, response });
        return right.complete(completion);
      },
    });
  }),
  wrong('keeps a response from the time when the key was taken', retention, (now) => {
    const begun = new Map<string, number>();
    return (right) => ({
      acquire: (request) => {
        begun.set(request.key, now());
        return right.acquire(request);
      },
      complete: ({ key, retentionMs, ...rest }) =>
        right.complete({ ...rest, key, retentionMs: retentionMs - now() + (begun.get(key) ?? 0) }),
    });
  }),
  wrong('keeps a response for the rest of the lease only', retention, (now) => {
    const ends = new Map<string, number>();
    return (right) => ({
      acquire: (request) => {
        ends.set(request.key, now() + request.leaseMs);
        return right.acquire(request);
      },
      complete: ({ key, retentionMs, ...rest }) =>
        right.complete({
          ...rest,
          key,
          retentionMs: Math.min(retentionMs, (ends.get(key) ?? 0) - now()),
        }),
    });
  }),
  asking('keeps every response for the same time', retention, {
    completion: (completion) => ({ ...completion, retentionMs: 60 * minuteMs }),
  }),
  asking('keeps a response for ever', retention, {
    completion: (completion) => ({ ...completion, retentionMs: completion.retentionMs * 1_000 }),
  }),
  asking('joins letters with their accents', anyResponse, {
    completion: (completion) => ({ ...completion, response: completion.response.normalize() }),
  }),
  asking('writes the JSON of a response anew', bytes, {
    completion: (completion) => ({
      ...completion,
      response: JSON.stringify(JSON.parse(completion.response)),
    }),
  }),
  stateless('says that a response is stored which is too large', size, (right) => ({
    complete: (completion) => right.complete(completion).catch(() => true),
  })),
  stateless('gives a key back whose response is too large', size, (right) => ({
    complete: async (completion) => {
      try {
        return await right.complete(completion);
      } catch (error) {
        await right.release(completion.key, completion.fence);
        throw error;
      }
    },
  })),
  asking('cuts a long response', size, {
    completion: (completion) =>
      Buffer.byteLength(completion.response) > responseBytesMax
        ? completion
        : { ...completion, response: completion.response.slice(0, 65_536) },
  }),
];

const wrongKeys: readonly Wrong<IdempotencyStoreSubject>[] = [
  asking('takes upper and lower case for the same', apart, { key: (key) => key.toLowerCase() }),
  asking('leaves out spaces at the end of a key', apart, { key: (key) => key.trimEnd() }),
  asking('cuts a key at NUL', apart, { key: (key) => key.split('\u0000')[0] ?? '' }),
  asking('cuts a long key', apart, { key: (key) => key.slice(0, 1_024) }),
  wrong("answers with another service's records", services, (_, elsewhere) => (right) => ({
    find: async (key) => (await right.find(key)) ?? elsewhere.find(key),
  })),
  wrong("takes another service's proof", services, (_, elsewhere) => (right) => ({
    complete: async (completion) =>
      (await right.complete(completion)) || elsewhere.complete(completion),
  })),
];

/** Stores of leases that the contract has to refuse. */
export const wrongIdempotencyStores: readonly Wrong<IdempotencyStoreSubject>[] = [
  ...wrongAcquisitions,
  ...wrongOwnership,
  ...wrongCompletions,
  ...wrongKeys,
];
