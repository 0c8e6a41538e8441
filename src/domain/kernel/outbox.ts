import type { EventEnvelope } from './event.ts';

/**
 * How many parts the outbox has. A row's part is the first hexadecimal digit of its random id, so rows spread
 * evenly and relays that own different parts never conflict.
 */
export const outboxShardCount = 16;

/** The part of the outbox that an event belongs to: 0 … 15; 0 for an id that is no UUID, which a person made up. */
export const outboxShard = (eventId: string): number => Number.parseInt(eventId.charAt(0), 16) || 0;

/** A row that one relay holds until its lease ends. */
export type ClaimedEvent = {
  readonly event: EventEnvelope;
  /** How often it has been claimed, this time included. */
  readonly attempts: number;
};

export type OutboxClaim = {
  /** The claimant: what it settles later must still be its own. */
  readonly owner: string;
  readonly shards: readonly number[];
  /** Rows of this Region are claimed when they are due, those of another one when it seems to be gone. */
  readonly region: string;
  /** Age in milliseconds from which rows of another Region are claimed too. */
  readonly takeoverAgeMs: number;
  /** Milliseconds after which an unsettled claim may be claimed again. */
  readonly leaseMs: number;
  readonly rowsMax: number;
};

/** What a relay deletes that is no longer needed. */
export type OutboxPurge = {
  readonly shards: readonly number[];
  /** Only rows that come from this Region: two relays would delete the same ones, and one of them conflict. */
  readonly region: string;
  readonly rowsMax: number;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
};

/** Why an event was not published and what becomes of it. */
export type OutboxFailure = {
  readonly eventId: string;
  readonly reason: string;
  /** Milliseconds until the next attempt; `undefined` when the row is dead and waits for a person. */
  readonly retryInMs: number | undefined;
};

/** What is in the outbox and needs attention. */
export type OutboxStatus = {
  /** Not published yet and not dead. */
  readonly pending: number;
  readonly dead: number;
  /** Age of the oldest pending row in milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
};

/**
 * Events that committed with their state change and wait to be published. Rows are written by the unit of work.
 *
 * Waits and leases are on the database's clock: those of two Regions differ. An event's own time, by which its age is
 * judged, is the clock's of the process that recorded it.
 */
export interface Outbox {
  /** Marks as published what the command that wrote it has published itself. */
  readonly markPublished: (eventIds: readonly string[]) => Promise<void>;
  /**
   * Takes rows that are due, by compare-and-swap; never the same row for two owners at once.
   *
   * @throws {Conflict} when another claimant has just taken one of them: nothing is claimed
   */
  readonly claim: (claim: OutboxClaim) => Promise<readonly ClaimedEvent[]>;
  /** Settles claimed rows; those whose lease has meanwhile gone to another owner are left alone. */
  readonly settle: (
    owner: string,
    published: readonly string[],
    failed: readonly OutboxFailure[],
  ) => Promise<void>;
  /**
   * Deletes published rows whose replay window has ended.
   *
   * @returns how many; fewer than `rowsMax` when there are no more
   * @throws {Conflict} when another one has just changed one of them: nothing is deleted
   */
  readonly purge: (purge: OutboxPurge) => Promise<number>;
  /** @param deadline milliseconds since the epoch; ten seconds from now when it is absent */
  readonly status: (deadline?: number) => Promise<OutboxStatus>;
  /** Makes dead rows due again. */
  readonly redrive: (eventIds: readonly string[]) => Promise<number>;
}
