import type { EventEnvelope, Outbox, OutboxFailure } from '../../../src/domain/kernel/index.ts';
import { outboxShard } from '../../../src/domain/kernel/outbox/outbox.ts';
import {
  failureOf,
  type OutboxSubject,
} from '../../../src/testing/contracts/outbox/outbox-subject.ts';
import type { Wrong } from '../suite.ts';

/** A wrong outbox's own notes about its rows; the right outbox below it tells the rest. */
export type Seen = {
  /** In the order of their insertion. */
  readonly events: EventEnvelope[];
  /** The owner of each row's lease, by event id. */
  readonly holders: Map<string, string>;
  /** The last claimant of each row, by event id. */
  readonly claimants: Map<string, string>;
  readonly published: Set<string>;
  readonly dead: Set<string>;
  /** Rows that wait after a failure. */
  readonly retried: Set<string>;
  /** Milliseconds that the clock has moved. */
  passedMs: number;
};

const watchSettlement = (
  seen: Seen,
  owner: string,
  published: readonly string[],
  failed: readonly OutboxFailure[],
): void => {
  const isHeld = (id: string) => seen.holders.get(id) === owner;
  for (const id of published.filter(isHeld)) {
    seen.published.add(id);
    seen.holders.delete(id);
  }
  for (const { eventId, retryInMs } of failed.filter(({ eventId: id }) => isHeld(id))) {
    (retryInMs === undefined ? seen.dead : seen.retried).add(eventId);
    seen.holders.delete(eventId);
  }
};

/** The same outbox, and what becomes of its rows. */
export const watched = (right: OutboxSubject): OutboxSubject & { readonly seen: Seen } => {
  const seen: Seen = {
    events: [],
    holders: new Map(),
    claimants: new Map(),
    published: new Set(),
    dead: new Set(),
    retried: new Set(),
    passedMs: 0,
  };
  const { outbox } = right;
  return {
    ...right,
    seen,
    insert: async (events, scheduled = []) => {
      await right.insert(events, scheduled);
      seen.events.push(...events, ...scheduled.map(({ event }) => event));
    },
    advance: async (ms) => {
      await right.advance(ms);
      seen.passedMs += ms;
    },
    outbox: {
      ...outbox,
      claim: async (claim) => {
        const rows = await outbox.claim(claim);
        for (const { event } of rows) {
          seen.holders.set(event.id, claim.owner);
          seen.claimants.set(event.id, claim.owner);
        }
        return rows;
      },
      settle: async (owner, published, failed) => {
        await outbox.settle(owner, published, failed);
        watchSettlement(seen, owner, published, failed);
      },
      markPublished: async (ids) => {
        await outbox.markPublished(ids);
        for (const id of ids) seen.published.add(id);
      },
      redrive: async (ids) => {
        const redriven = await outbox.redrive(ids);
        for (const id of ids) seen.dead.delete(id);
        return redriven;
      },
    },
  };
};

/** Ends all leases. */
export const release = async (outbox: Outbox, { holders }: Seen): Promise<void> => {
  for (const [id, owner] of [...holders]) await outbox.settle(owner, [], [failureOf(id, 0)]);
};

type Changes = Partial<Outbox & Pick<OutboxSubject, 'insert'>>;

/** A right outbox of which some methods are wrong. */
export const wrong = (
  fault: string,
  caughtBy: string,
  change: (right: OutboxSubject & { readonly seen: Seen }) => Changes,
): Wrong<OutboxSubject> => ({
  fault,
  caughtBy,
  apply: (right) => {
    const subject = watched(right);
    const { insert = subject.insert, ...methods } = change(subject);
    return { ...subject, insert, outbox: { ...subject.outbox, ...methods } };
  },
});

/** Does one after the other. */
export const inTurn = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<readonly Result[]>,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const item of items) results.push(...(await work(item)));
  return results;
};

export const laneOf = (event: EventEnvelope) => ({
  shard: outboxShard(event.id),
  origin: event.originregion,
});
