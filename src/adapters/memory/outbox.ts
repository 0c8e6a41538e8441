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

const everyRow = (rows: readonly OutboxRow[]): readonly OutboxRow[] => rows;

type DueIn = OutboxLane & { readonly rowsMax: number; readonly published: boolean };

/** The rows of one lane that have been due for longest: published ones, or those that are not. */
const dueIn =
  ({ shard, origin, rowsMax, published }: DueIn, now: number) =>
  (rows: readonly OutboxRow[]): readonly OutboxRow[] =>
    rows
      .filter((row) => row.published === published && row.dueAt <= now)
      .filter(({ event }) => event.originregion === origin && outboxShard(event.id) === shard)
      .toSorted((one, other) => one.dueAt - other.dueAt)
      .slice(0, rowsMax);

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
  readonly insert: (
    transaction: MemoryTransaction,
    events: readonly EventEnvelope[],
    scheduled?: readonly ScheduledEvent[],
  ) => void;
} => {
  const { clock, graceMs, replayWindowMs } = options;

  /** Changes those of the chosen rows that `change` has an answer for, in one transaction. */
  const update = (
    choose: (rows: readonly OutboxRow[]) => readonly OutboxRow[],
    change: (row: OutboxRow) => OutboxRow | undefined,
  ): readonly OutboxRow[] => {
    const transaction = database.begin();
    const changed = choose(transaction.all<OutboxRow>(table)).flatMap((row) => change(row) ?? []);
    for (const row of changed) transaction.put(table, row.event.id, row);
    transaction.commit();
    return changed;
  };

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
      update(everyRow, (row) =>
        ids.includes(row.event.id) && !row.published ? published(row) : undefined,
      );
    },
    due: async (shards) => {
      const now = clock.now();
      return lanesOf(
        database
          .begin()
          .all<OutboxRow>(table)
          .filter(({ published, dueAt }) => !published && dueAt <= now),
      ).filter(({ shard }) => shards.includes(shard));
    },
    claim: async ({ owner, ageMsMin, leaseMs, ...lane }) => {
      const now = clock.now();
      const isOld = ({ since }: OutboxRow): boolean =>
        ageMsMin === undefined || since <= now - ageMsMin;
      const every = { ...lane, published: false, rowsMax: Number.POSITIVE_INFINITY };
      // The leases of these are over.
      update(dueIn(every, now), (row) => (row.owner === undefined ? undefined : freeRow(row)));
      const claimed = update(dueIn({ ...lane, published: false }, now), (row) =>
        isOld(row)
          ? { ...row, owner, attempts: row.attempts + 1, dueAt: now + leaseMs }
          : undefined,
      );
      return claimed.map(({ event, attempts }) => ({ event, attempts }));
    },
    settle: async (owner, ids, failures) => {
      update(everyRow, (row) => {
        if (row.owner !== owner) return undefined;
        if (ids.includes(row.event.id)) return published(row);
        const failure = failures.find(({ eventId }) => eventId === row.event.id);
        return failure && failed(row, failure);
      });
    },
    purge: async (lane) => {
      const transaction = database.begin();
      const rows = transaction.all<OutboxRow>(table);
      const ended = dueIn({ ...lane, published: true }, clock.now())(rows);
      for (const { event } of ended) transaction.remove(table, event.id);
      transaction.commit();
      return ended.length;
    },
    status: async () => statusOf(database.begin().all<OutboxRow>(table), clock.now()),
    redrive: async (ids) =>
      update(everyRow, (row) =>
        ids.includes(row.event.id) && !row.published && row.dueAt === never
          ? { ...row, attempts: 0, dueAt: clock.now() }
          : undefined,
      ).length,
  };
};
