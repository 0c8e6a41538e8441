import type { ServiceError, TransactionStatus } from '../protocol/protocol.ts';
import type { Statement } from '../statements/index.ts';

/** A batch of a client's messages that is about to run. */
export type BatchAhead = {
  readonly statements: () => readonly Statement[];
  readonly status: TransactionStatus;
  /** The transaction that it belongs to has changed or locked rows before. */
  readonly hasWritten: boolean;
};

/** What becomes of a batch apart from what PostgreSQL makes of it. */
export type BatchEffects = {
  /** Fails the batch in place of running it. */
  readonly error?: ServiceError;
  /** Time that the answer is held back once the batch has committed something. */
  readonly commitMs: number;
  /** The connection ends when the batch has run: its answer is lost. */
  readonly losesAnswer: boolean;
};

/** The network between one client and the cluster, and the faults that are injected into it. */
export interface NetworkConditions {
  /** Resolves when the Region can reach the others again; `undefined` while it can. */
  readonly isolation: () => Promise<void> | undefined;
  /** `undefined` for a batch to which nothing special happens. */
  readonly effectsOn: (ahead: BatchAhead) => BatchEffects | undefined;
  /** Time that a message of the client is on its way, with its answer. */
  readonly roundTripMs: () => number;
  /** Whether the connection ends when it has come to this step of the protocol. */
  readonly endsAt: (step: ProtocolStep) => boolean;
}

/** Where a connection can be made to end: before its handshake, while it logs in, at a message of a session. */
export const protocolSteps = [
  'connect',
  'startup',
  'password',
  'query',
  'parse',
  'bind',
  'describe',
  'execute',
  'close',
  'sync',
  'flush',
  'answer',
] as const;

export type ProtocolStep = (typeof protocolSteps)[number];
