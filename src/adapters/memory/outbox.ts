import type {
  BoundedCount,
  Clock,
  EventEnvelope,
  Outbox,
  OutboxFailure,
  OutboxLane,
  OutboxStatus,
  ScheduledEvent,
} from '../../domain/kernel/index.ts';
import { outboxCountPerShardMax, outboxShard } from '../../domain/kernel/outbox/outbox.ts';
import type { MemoryDatabase, MemoryTransaction } from './database.ts';

type OutboxRow = {
  readonly event: EventEnvelope;
  readonly attempts: number;
  /** From when its age counts, in milliseconds since the epoch. */
  readonly since: number;
  /** Milliseconds since the epoch; a dead row is due never. */
  readonly dueAt: number;
  readonly owner?: string;
  readonly published: boolean;
};

const table = 'outbox';
const never = Number.POSITIVE_INFINITY;

/** The clock and the times of an outbox in memory. */
export type MemoryOutboxOptions = {
  readonly clock: Clock;
  /** Milliseconds in which the command that wrote a row may still publish it itself. */
  readonly graceMs: number;
  /** Milliseconds for which a published row is kept. */
  readonly replayWindowMs: number;
};

/** The lanes that these rows lie in, each once. */
const lanesOf = (rows: readonly OutboxRow[]): readonly OutboxLane[] => {
  const lanes = rows.map(({ event }) => ({
    shard: outboxShard(event.id),
    origin: event.originregion,
  }));
  return [...new Map(lanes.map((lane) => [`${lane.shard} ${lane.origin}`, lane])).values()];
};

const statusOf = (rows: readonly OutboxRow[], now: number): OutboxStatus => {
  const waiting = rows.filter(({ published }) => !published);
  const pending = waiting.filter(({ dueAt }) => dueAt !== never);
  const oldest = Math.min(now, ...pending.map(({ since }) => since));
  return {
    pending: boundedCount(pending),
    dead: boundedCount(waiting.filter(({ dueAt }) => dueAt === never)),
    oldestAgeMs: now - oldest,
  };
};

/** Counts as the database does, part by part up to the limit. */
const boundedCount = (rows: readonly OutboxRow[]): BoundedCount => {
  const parts = [...Map.groupBy(rows, ({ event }) => outboxShard(event.id)).values()];
  return {
    count: parts.reduce((sum, part) => sum + Math.min(part.length, outboxCountPerShardMax), 0),
    orMore: parts.some((part) => part.length > outboxCountPerShardMax),
  };
};

type DueIn = OutboxLane & { readonly rowsMax: number; readonly published: boolean };

/** The rows of one lane that have been due for longest: published ones, or those that are not. */
const dueIn =
  ({ shard, origin, rowsMax, published }: DueIn, now: number) =>
  (transaction: MemoryTransaction): readonly OutboxRow[] =>
    transaction
      .all<OutboxRow>(table)
      .filter((row) => row.published === published && row.dueAt <= now)
      .filter(({ event }) => event.originregion === origin && outboxShard(event.id) === shard)
      .toSorted((one, other) => one.dueAt - other.dueAt)
      .slice(0, rowsMax);

/** The parts with published rows of one Region that nobody needs any more. */
const expiredOf =
  (origin: string, now: () => number) =>
  (transaction: MemoryTransaction): ReadonlySet<number> => {
    const ended = now();
    const rows = transaction
      .all<OutboxRow>(table)
      .filter(({ published, dueAt }) => published && dueAt <= ended)
      .filter(({ event }) => event.originregion === origin);
    return new Set(rows.map(({ event }) => outboxShard(event.id)));
  };

/** The rows of these events, as far as there are any. */
const rowsOf =
  (ids: Iterable<string>) =>
  (transaction: MemoryTransaction): readonly OutboxRow[] =>
    [...new Set(ids)].flatMap((id) => transaction.get<OutboxRow>(table, id) ?? []);

/** A row that nobody holds any more. */
const freeRow = ({ owner: _, ...row }: OutboxRow): OutboxRow => row;

const settledRow = (
  { event, since, attempts }: OutboxRow,
  published: boolean,
  dueAt: number,
): OutboxRow => ({ event, since, attempts, published, dueAt });

/** The outbox in memory; `insert` is for the unit of work, whose transaction the rows belong to. */
export const createMemoryOutbox = (
  database: MemoryDatabase,
  options: MemoryOutboxOptions,
): Outbox & {
  /** Adds a row for each event; those of `scheduled` are due at their time. */
  readonly insert: (
    transaction: MemoryTransaction,
    events: readonly EventEnvelope[],
    scheduled?: readonly ScheduledEvent[],
  ) => void;
} => {
  const { clock, graceMs, replayWindowMs } = options;

  /** Changes those of the chosen rows that `change` has an answer for, in one transaction. */
  const update = (
    choose: (transaction: MemoryTransaction) => readonly OutboxRow[],
    change: (row: OutboxRow) => OutboxRow | undefined,
  ): Promise<readonly OutboxRow[]> =>
    database.transact((transaction) => {
      const changed = choose(transaction).flatMap((row) => change(row) ?? []);
      for (const row of changed) transaction.put(table, row.event.id, row);
      return changed;
    });

  const published = (row: OutboxRow): OutboxRow =>
    settledRow(row, true, clock.now() + replayWindowMs);

  const failed = (row: OutboxRow, { retryInMs }: OutboxFailure): OutboxRow =>
    settledRow(row, false, retryInMs === undefined ? never : clock.now() + retryInMs);

  return {
    insert: (transaction, events, scheduled = []) => {
      const put = (event: EventEnvelope, since: number, dueAt: number): void => {
        const row: OutboxRow = { event, since, dueAt, attempts: 0, published: false };
        transaction.put(table, event.id, row);
      };
      for (const event of events) put(event, Date.parse(event.time), clock.now() + graceMs);
      for (const { event, notBefore } of scheduled) {
        put(event, Math.max(notBefore, Date.parse(event.time)), notBefore);
      }
    },
    markPublished: async (ids) => {
      await update(rowsOf(ids), (row) => (row.published ? undefined : published(row)));
    },
    due: (shards) =>
      database.transact((transaction) => {
        const now = clock.now();
        const rows = transaction
          .all<OutboxRow>(table)
          .filter(({ published, dueAt }) => !published && dueAt <= now);
        return lanesOf(rows).filter(({ shard }) => shards.includes(shard));
      }),
    claim: async ({ owner, ageMsMin, leaseMs, ...lane }) => {
      const now = clock.now();
      const isOld = ({ since }: OutboxRow): boolean =>
        ageMsMin === undefined || since <= now - ageMsMin;
      const every = { ...lane, published: false, rowsMax: Number.POSITIVE_INFINITY };
      // The leases of these are over.
      await update(dueIn(every, now), (row) =>
        row.owner === undefined ? undefined : freeRow(row),
      );
      const claimed = await update(dueIn({ ...lane, published: false }, now), (row) =>
        isOld(row)
          ? { ...row, owner, attempts: row.attempts + 1, dueAt: now + leaseMs }
          : undefined,
      );
      return claimed.map(({ event, attempts }) => ({ event, attempts }));
    },
    settle: async (owner, ids, failures) => {
      const isPublished = new Set(ids);
      const failureOf = new Map(failures.map((failure) => [failure.eventId, failure]));
      await update(rowsOf([...ids, ...failureOf.keys()]), (row) => {
        if (row.owner !== owner) return undefined;
        if (isPublished.has(row.event.id)) return published(row);
        const failure = failureOf.get(row.event.id);
        return failure && failed(row, failure);
      });
    },
    expired: async (origin, shards) => {
      const found = await database.transact(expiredOf(origin, clock.now));
      return shards.filter((shard) => found.has(shard));
    },
    purge: (lane) =>
      database.transact((transaction) => {
        const ended = dueIn({ ...lane, published: true }, clock.now())(transaction);
        for (const { event } of ended) transaction.remove(table, event.id);
        return ended.length;
      }),
    status: () =>
      database.transact((transaction) => statusOf(transaction.all<OutboxRow>(table), clock.now())),
    redrive: async (ids) => {
      const redriven = await update(rowsOf(ids), (row) =>
        !row.published && row.dueAt === never
          ? { ...row, attempts: 0, dueAt: clock.now() }
          : undefined,
      );
      return redriven.length;
    },
  };
};
