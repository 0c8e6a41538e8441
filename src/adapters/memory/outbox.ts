import {
  type Clock,
  type EventEnvelope,
  type Outbox,
  type OutboxFailure,
  outboxShard,
} from '../../domain/kernel/index.ts';
import type { MemoryDatabase, MemoryTransaction } from './database.ts';

type OutboxRow = {
  readonly event: EventEnvelope;
  readonly attempts: number;
  /** Milliseconds since the epoch; a dead row is due never. */
  readonly dueAt: number;
  readonly owner?: string;
  readonly published: boolean;
};

const table = 'outbox';
const never = Number.POSITIVE_INFINITY;

export type MemoryOutboxOptions = {
  readonly clock: Clock;
  /** Milliseconds in which the command that wrote a row may still publish it itself. */
  readonly graceMs: number;
  /** Milliseconds for which a published row is kept. */
  readonly replayWindowMs: number;
};

/** The outbox in memory; `insert` is for the unit of work, whose transaction the rows belong to. */
export const createMemoryOutbox = (
  database: MemoryDatabase,
  options: MemoryOutboxOptions,
): Outbox & {
  readonly insert: (transaction: MemoryTransaction, events: readonly EventEnvelope[]) => void;
} => {
  const { clock, graceMs, replayWindowMs } = options;

  /** Changes the rows that `change` has an answer for, in one transaction. */
  const update = (change: (row: OutboxRow) => OutboxRow | 'remove' | undefined): OutboxRow[] => {
    const transaction = database.begin();
    const changed = transaction.all<OutboxRow>(table).flatMap((row) => {
      const next = change(row);
      if (next === 'remove') transaction.remove(table, row.event.id);
      else if (next) transaction.put(table, row.event.id, next);
      return next === 'remove' ? [row] : (next ?? []);
    });
    transaction.commit();
    return changed;
  };

  const published = (row: OutboxRow): OutboxRow => ({
    event: row.event,
    attempts: row.attempts,
    published: true,
    dueAt: clock.now() + replayWindowMs,
  });

  const failed = (row: OutboxRow, { retryInMs }: OutboxFailure): OutboxRow => ({
    event: row.event,
    attempts: row.attempts,
    published: false,
    dueAt: retryInMs === undefined ? never : clock.now() + retryInMs,
  });

  return {
    insert: (transaction, events) => {
      for (const event of events) {
        const dueAt = clock.now() + graceMs;
        transaction.put(table, event.id, { event, attempts: 0, dueAt, published: false });
      }
    },
    markPublished: async (ids) => {
      update((row) => (ids.includes(row.event.id) && !row.published ? published(row) : undefined));
    },
    claim: async ({ owner, shards, region, takeoverAgeMs, leaseMs, rowsMax }) => {
      const now = clock.now();
      let room = rowsMax;
      const claimed = update((row) => {
        const { event, attempts } = row;
        const ours = event.originregion === region || Date.parse(event.time) <= now - takeoverAgeMs;
        const due = !row.published && row.dueAt <= now;
        if (!ours || !due || !shards.includes(outboxShard(event.id)) || room === 0) {
          return undefined;
        }
        room -= 1;
        return { ...row, owner, attempts: attempts + 1, dueAt: now + leaseMs };
      });
      return claimed.map(({ event, attempts }) => ({ event, attempts }));
    },
    settle: async (owner, ids, failures) => {
      update((row) => {
        if (row.owner !== owner) return undefined;
        if (ids.includes(row.event.id)) return published(row);
        const failure = failures.find(({ eventId }) => eventId === row.event.id);
        return failure && failed(row, failure);
      });
    },
    purge: async ({ shards, region, rowsMax }) => {
      const now = clock.now();
      let room = rowsMax;
      return update(({ event, published, dueAt }) => {
        const ours = event.originregion === region && shards.includes(outboxShard(event.id));
        if (!ours || !published || dueAt > now || room === 0) return undefined;
        room -= 1;
        return 'remove';
      }).length;
    },
    status: async () => {
      const rows = database
        .begin()
        .all<OutboxRow>(table)
        .filter((row) => !row.published);
      const pending = rows.filter(({ dueAt }) => dueAt !== never);
      const oldest = Math.min(...pending.map(({ event }) => Date.parse(event.time)));
      return {
        pending: pending.length,
        dead: rows.length - pending.length,
        oldestAgeMs: pending.length === 0 ? 0 : clock.now() - oldest,
      };
    },
    redrive: async (ids) =>
      update((row) =>
        ids.includes(row.event.id) && !row.published && row.dueAt === never
          ? { ...row, attempts: 0, dueAt: clock.now() }
          : undefined,
      ).length,
  };
};
