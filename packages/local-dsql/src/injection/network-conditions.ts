import type { ServiceError, TransactionStatus } from '../protocol/protocol.ts';
import type { JudgedStatement } from '../statements/index.ts';

/** A batch that is about to run. */
export type BatchAhead = {
  readonly statements: () => readonly JudgedStatement[];
  readonly status: TransactionStatus;
  /** Its transaction has changed or locked rows before. */
  readonly hasWritten: boolean;
};

/** Effects of the network and of injected failures on a batch. */
export type BatchEffects = {
  /** The error with which the batch fails instead of running. */
  readonly error?: ServiceError;
  /** Milliseconds that the answer is held back when the batch has committed changes. */
  readonly commitMs: number;
  /** The connection ends when the batch has run: its answer is lost. */
  readonly losesAnswer: boolean;
  /** Runs at that moment: the batch has taken effect, and nobody knows. */
  readonly onLost?: (() => void) | undefined;
};

/** The network between one client and the cluster, with its injected failures. */
export interface NetworkConditions {
  /** Resolves when the Region can reach the others again; `undefined` while it can. */
  readonly isolation: () => Promise<void> | undefined;
  /** The effects on a batch; `undefined` for none. */
  readonly effectsOn: (ahead: BatchAhead) => BatchEffects | undefined;
  /** Milliseconds from a client's message to its answer. */
  readonly roundTripMs: () => number;
  /** Whether the connection ends at this step of the protocol. */
  readonly endsAt: (step: ProtocolStep) => boolean;
}

/**
 * Steps at which a connection can be made to end: before its handshake, at its login, at a message
 * of its session.
 */
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
