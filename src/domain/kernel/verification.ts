import type { EventEnvelope } from './events/event.ts';
import type { BoundedCount } from './outbox/outbox.ts';

/**
 * The member of an event by which an operator asks a deployed function to verify itself. Only a
 * direct invocation can have it: EventBridge, SQS and HTTP wrap what they deliver.
 */
export const verificationMember = 'antipode:verify';

/**
 * The member of an answer that says why a question has none. The invocation itself succeeds: a
 * question must not raise the alarm on the errors of a function.
 */
export const verificationFailureMember = 'antipode:verify-failure';

/** Why a question has no answer, with the name of the error. */
export type VerificationFailure = { readonly errorType: string; readonly errorMessage: string };

/** The questions that a function of a service answers about itself and its database. */
export type VerificationRequest =
  /** Any function: whether it reaches the database under its own IAM role and database role. */
  | { readonly name: 'connection' }
  /** The relay: whether the cluster takes every kind of statement that the framework sends. */
  | { readonly name: 'statements' }
  /** The relay: commits a row of its own. */
  | { readonly name: 'write'; readonly key: string }
  /** The relay: looks for the row that the other Region has committed. */
  | { readonly name: 'read'; readonly key: string }
  /** The relay: deletes that row. */
  | { readonly name: 'remove'; readonly key: string; readonly fence: string }
  /** The relay: publishes a probe for each consumer. */
  | { readonly name: 'publish' }
  /** The relay: the consumers that have recorded probes. */
  | { readonly name: 'handled'; readonly ids: readonly string[] }
  /** The relay: deletes the records of probes. */
  | { readonly name: 'forget'; readonly records: readonly ProbeRecord[] }
  /** The relay: the rows of the outbox that need attention. */
  | { readonly name: 'outbox' }
  /** The migrating function: the migrations of its code, and the IAM roles that are let in. */
  | { readonly name: 'migrations' };

/** A function that has connected and asked for a 1. */
export type VerifiedConnection = {
  readonly region: string;
  /** The database role. */
  readonly user: string;
  readonly ms: number;
};

/** One trial on the database. */
export type StatementTrial = {
  readonly name: string;
  readonly ms: number;
  /** Why the cluster does not take it; absent when it does. */
  readonly reason?: string;
  /** The variable of the deployment that makes the adapter do without it, and its value. */
  readonly setting?: string;
};

/** A consumer's record of a probe in its inbox. */
export type ProbeRecord = { readonly id: string; readonly consumer: string };

/** A probe of an event type, and the consumers that it is for. */
export type PublishedProbe = {
  readonly id: string;
  readonly type: string;
  readonly consumers: readonly {
    readonly name: string;
    /** Whether it gets the copies of the other Region's events. */
    readonly ofOtherRegion: boolean;
  }[];
};

/** The probes of one Region. */
export type PublishedProbes = {
  /** By the clock of the database. Milliseconds since the epoch. */
  readonly publishedAt: number;
  readonly probes: readonly PublishedProbe[];
};

/** When a consumer has recorded a probe, by the clock of the database. */
export type HandledProbe = ProbeRecord & { readonly handledAt: number };

/** The outbox, which both Regions share. */
export type VerifiedOutbox = {
  readonly pending: BoundedCount;
  readonly dead: BoundedCount;
  readonly oldestAgeMs: number;
};

/** The schema that the deployed code needs, and what the database has. */
export type VerifiedMigrations = {
  /** Migrations of the code that have not been applied as a whole. */
  readonly pending: readonly string[];
  /** One line for each that contradicts the journal. */
  readonly problems: readonly string[];
  /** Tables of the framework that are missing. */
  readonly missingTables: readonly string[];
  /** The IAM roles that may connect as the database role. */
  readonly iamRoles: readonly string[];
};

/** The attribute of an event that consumers record, and do not hand to a use case. */
export const probeAttribute = 'antipodeprobe';

/** An event that tries the way to a consumer. */
export type ProbeEvent = EventEnvelope & { readonly [probeAttribute]: true };

/** The question in an event; `undefined` for any other event. */
export const verificationIn = (event: unknown): VerificationRequest | undefined => {
  const { [verificationMember]: asked } = Object(event) as Record<string, unknown>;
  return asked as VerificationRequest | undefined;
};
