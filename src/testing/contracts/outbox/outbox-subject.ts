import { randomBytes } from 'node:crypto';
import type {
  BoundedCount,
  EventEnvelope,
  Outbox,
  OutboxClaim,
  OutboxPurge,
  ScheduledEvent,
} from '../../../domain/kernel/index.ts';
import { outboxShardCount } from '../../../domain/kernel/outbox/outbox.ts';
import { added, envelopeOf } from '../counter.ts';
import type { Checks } from '../suite.ts';

/**
 * The windows of each outbox under test. They are so long that the time which a test itself takes
 * does not count: only `advance` lets them end.
 */
export const outboxWindows = { graceMs: 60_000, replayWindowMs: 30 * 60_000 };

/** An empty outbox with {@link outboxWindows}. */
export type OutboxSubject = {
  readonly outbox: Outbox;
  /** The same rows, as several processes see them that run at once: a connection each. */
  readonly contenders: readonly Outbox[];
  /**
   * Puts events into the outbox, as a unit of work does: those of one call have one origin and one
   * time.
   */
  readonly insert: (
    events: readonly EventEnvelope[],
    scheduled?: readonly ScheduledEvent[],
  ) => Promise<void>;
  /**
   * Moves the database's clock forward: all that is stored is so many milliseconds older
   * afterwards.
   */
  readonly advance: (ms: number) => Promise<void>;
  /** Milliseconds since the epoch, for the times of events; goes on as `advance` says. */
  readonly now: () => number;
};

/** The checks of one group of rules. */
export type OutboxChecks = Checks<OutboxSubject>;

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

export const shards = Array.from({ length: outboxShardCount }, (_, shard) => shard);

/** The Region that wrote the rows, and another one. */
export const origin = 'us-east-1';
export const afar = 'us-west-2';
export const origins: readonly string[] = [origin, afar];

/** A deadline for one statement. */
export const soon = (): number => Date.now() + 10_000;

export const counted = (count: number): BoundedCount => ({ count, orMore: false });

/**
 * An event in one part of the outbox: in the fourth unless said otherwise, as claims and deletions.
 */
export const anEventIn = (shard = 3, changes: Partial<EventEnvelope> = {}): EventEnvelope => ({
  ...envelopeOf(added('a', 1)),
  id: `${shard.toString(16)}${crypto.randomUUID().slice(1)}`,
  ...changes,
});

/** 60 kB that cannot be compressed: an envelope may have 64 KiB. */
export const largeNote = (): string => randomBytes(45_000).toString('base64');

/** A claim for a lease of ten minutes, unless said otherwise. */
export const claimOf = (claim: Partial<OutboxClaim> & Pick<OutboxClaim, 'owner'>): OutboxClaim => ({
  shard: 3,
  origin,
  leaseMs: 10 * minuteMs,
  rowsMax: 100,
  ...claim,
});

export const purgeOf = (purge: Partial<OutboxPurge> = {}): OutboxPurge => ({
  shard: 3,
  origin,
  rowsMax: 10,
  deadline: soon(),
  ...purge,
});

export const idsOf = (rows: readonly { readonly event: EventEnvelope }[]): readonly string[] =>
  rows.map(({ event }) => event.id).toSorted();

/** Inserts events whose grace is over. */
export const insertDue = async (
  { insert, advance }: OutboxSubject,
  ...events: readonly EventEnvelope[]
): Promise<void> => {
  await insert(events);
  await advance(outboxWindows.graceMs);
};

/** A failure after which a row is tried again, or is dead when no wait is given. */
export const failureOf = (eventId: string, retryInMs?: number) => ({
  eventId,
  reason: 'failed',
  retryInMs,
});
