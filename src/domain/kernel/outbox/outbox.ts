import type { EventEnvelope } from '../events/event.ts';

/**
 * How many parts the outbox has. A row's part is the first hexadecimal digit of its random id, so
 * rows spread evenly and relays that own different parts never conflict.
 */
export const outboxShardCount = 16;

/**
 * The part of the outbox that an event belongs to: 0 … 15; 0 for an id that is no UUID, which a
 * person made up.
 */
export const outboxShard = (eventId: string): number => Number.parseInt(eventId.charAt(0), 16) || 0;

/**
 * Pending and dead rows that are counted in each part, 10,000 in all: {@link OutboxStatus} reads no
 * more at any backlog. A full count reads an index entry for each of them, 4 ms in PostgreSQL.
 */
export const outboxCountPerShardMax = 625;

/** A row that one relay holds until its lease ends. */
export type ClaimedEvent = {
  /** The event to publish. */
  readonly event: EventEnvelope;
  /**
   * How often it has been claimed, this time included: also by relays that died before they settled
   * it.
   */
  readonly attempts: number;
};

/** Rows of one part of the outbox that the commands of one Region have written. */
export type OutboxLane = {
  /** The part, 0 … 15. */
  readonly shard: number;
  /** The Region whose commands have written the rows. */
  readonly origin: string;
};

/**
 * A claim takes the rows of one lane that have been due for longest, so its cost does not depend on
 * the backlog.
 */
export type OutboxClaim = OutboxLane & {
  /** The claimant: a row that it settles later must still be its own. */
  readonly owner: string;
  /**
   * Takes only rows that are at least so old, in milliseconds. Of the `rowsMax` rows that have been
   * due for longest, the younger ones are left where they are. Absent: rows of any age.
   */
  readonly ageMsMin?: number;
  /** Milliseconds after which an unsettled claim may be claimed again. */
  readonly leaseMs: number;
  /** Rows that are taken at most. */
  readonly rowsMax: number;
};

/** Chooses the published rows of a lane that a relay deletes, since nobody needs them any more. */
export type OutboxPurge = OutboxLane & {
  /** Rows that are deleted at most. */
  readonly rowsMax: number;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
};

/** The reason why an event was not published, and the time of its next attempt. */
export type OutboxFailure = {
  /** The event's `id`. */
  readonly eventId: string;
  /** One line for the operator who finds a dead row. */
  readonly reason: string;
  /**
   * Milliseconds until the next attempt; `undefined` when the row is dead and waits for a person.
   */
  readonly retryInMs: number | undefined;
};

/** A count that stops at a limit, so that it costs the same however many there are. */
export type BoundedCount = {
  /** Rows that were counted. */
  readonly count: number;
  /** Whether counting stopped: there are `count` or more. */
  readonly orMore: boolean;
};

/** The rows of the outbox that need attention. */
export type OutboxStatus = {
  /**
   * Not published yet and not dead; at most `outboxCountPerShardMax` of each part are counted.
   */
  readonly pending: BoundedCount;
  /** Given up; at most `outboxCountPerShardMax` of each part are counted. */
  readonly dead: BoundedCount;
  /**
   * Age in milliseconds of the oldest row that an attempt has failed for, or that is first in its
   * lane, whether a relay holds it or not; 0 when nothing is pending.
   */
  readonly oldestAgeMs: number;
};

/**
 * Events that committed with their state change and wait to be published. Rows are written by the
 * unit of work.
 *
 * Waits and leases are on the database's clock: those of two Regions differ. An event's own time,
 * by which its age is judged, is the clock's of the process that recorded it. No operation reads
 * more rows because a backlog is long.
 */
export interface Outbox {
  /** Marks as published the events that their own command has published. */
  readonly markPublished: (eventIds: readonly string[]) => Promise<void>;
  /**
   * The lanes of these parts that have a row which is due. A database of DSQL has two Regions at
   * most, so each part has at most two lanes.
   *
   * @param deadline milliseconds since the epoch
   * @throws {Conflict} when another one has just changed the table
   */
  readonly due: (shards: readonly number[], deadline: number) => Promise<readonly OutboxLane[]>;
  /**
   * Takes rows that are due, by compare-and-swap; never the same row for two owners at once.
   *
   * First it ends those claims of the lane whose leases are over: their owners settle nothing of
   * them any more.
   *
   * A row without a valid envelope, which only a person can have written, becomes dead and is left
   * out.
   *
   * @returns the rows; fewer than `rowsMax` also where that many would take too much memory, none
   * when the lane has no more for this claim
   * @throws {Conflict} when another one has just claimed or settled rows of the same lane: nothing
   * is claimed
   */
  readonly claim: (claim: OutboxClaim) => Promise<readonly ClaimedEvent[]>;
  /**
   * Settles rows that the owner holds, also after the end of their lease; those that it holds no
   * more are left alone.
   */
  readonly settle: (
    owner: string,
    published: readonly string[],
    failed: readonly OutboxFailure[],
  ) => Promise<void>;
  /**
   * The parts that have published rows of one Region whose replay window has ended.
   *
   * @param deadline milliseconds since the epoch
   * @throws {Conflict} when another one has just changed the table
   */
  readonly expired: (
    origin: string,
    shards: readonly number[],
    deadline: number,
  ) => Promise<readonly number[]>;
  /**
   * Deletes published rows of one lane whose replay window has ended.
   *
   * @returns how many; fewer than `rowsMax` when there are no more
   * @throws {Conflict} when another one has just changed one of them: nothing is deleted
   */
  readonly purge: (purge: OutboxPurge) => Promise<number>;
  /**
   * Counts the rows that need attention, at the same cost at any backlog.
   *
   * @param deadline milliseconds since the epoch; ten seconds from now when it is absent
   */
  readonly status: (deadline?: number) => Promise<OutboxStatus>;
  /** Makes dead rows due again; returns how many there were. */
  readonly redrive: (eventIds: readonly string[]) => Promise<number>;
}
