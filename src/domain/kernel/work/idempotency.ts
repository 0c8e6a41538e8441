import type { Json } from '../json/json.ts';
import type { Once } from './unit-of-work.ts';

/**
 * The record of a key that cannot be acquired. `fingerprint` is that of the content which the key
 * came with.
 */
export type LeaseRefusal =
  | { readonly status: 'in-progress'; readonly fingerprint: string }
  | { readonly status: 'completed'; readonly fingerprint: string; readonly response: string };

/** The answer to a request for a key. */
export type Lease =
  | {
      readonly status: 'acquired';
      /** Proof of ownership. */
      readonly fence: string;
    }
  | LeaseRefusal;

/**
 * Idempotency for work whose effect is *outside* the database: a fenced lease around it. For
 * effects inside, the unit of work records the key in the same transaction, which is cheaper and
 * stronger.
 *
 * One store serves both Regions, so a retry in the other Region meets the same record. Leases and
 * retentions end by the store's clock, not by that of a process.
 */
export interface IdempotencyStore {
  /**
   * Takes the key if nobody has it, its lease has ended, or its record has expired. Of several who
   * ask at once one gets it, and the others are told that it is in progress. An answer that is lost
   * is asked for again, under the same fence.
   */
  readonly acquire: (request: {
    readonly key: string;
    readonly fingerprint: string;
    /** Milliseconds after which the work counts as crashed and another one may take the key. */
    readonly leaseMs: number;
  }) => Promise<Lease>;
  /**
   * The record of a key that is completed or in progress; `undefined` when there is none in force.
   */
  readonly find: (key: string) => Promise<LeaseRefusal | undefined>;
  /**
   * Stores the response. Returns false when the lease was lost: somebody else does or did the work.
   * Repeated by the same owner it changes nothing and returns true, so an answer that was lost is
   * no reason to do the work again.
   *
   * @throws {InvalidInput} for a response over `responseBytesMax`; the key stays taken
   */
  readonly complete: (completion: {
    readonly key: string;
    readonly fence: string;
    /** Replayed as it is, byte for byte. */
    readonly response: string;
    /** Milliseconds from now for which the response is replayed. */
    readonly retentionMs: number;
    /** Milliseconds since the epoch until which it is tried again; absent: ten seconds from now. */
    readonly deadline?: number;
  }) => Promise<boolean>;
  /**
   * Gives the key back after a failure; a record that is completed or not one's own stays. May be
   * repeated.
   */
  readonly release: (key: string, fence: string) => Promise<void>;
}

/** The record of a command that has committed. */
export type KnownCommand =
  | { readonly status: 'replayed'; readonly result: Json }
  /** The key was used with another content. */
  | { readonly status: 'mismatched' };

/** The records that units of work have written in the transactions of their commands. */
export interface CommandRecords {
  /**
   * The record of a command; `undefined` when none has committed.
   *
   * @param deadline milliseconds since the epoch
   */
  readonly find: (
    once: Extract<Once, { readonly kind: 'command' }>,
    deadline: number,
  ) => Promise<KnownCommand | undefined>;
}
