import type { BatchEnd } from '../backend/channel.ts';
import type { BatchEffects } from '../injection/network-conditions.ts';

/** The messages up to a `Sync` or a simple `Query`, while they pass through the session. */
export type SyncBatch = {
  /** The transaction has written more rows than DSQL allows. */
  exceeded: boolean;
  /**
   * The session runs the batch in a transaction that the client does not know of, so that it can be
   * undone.
   */
  wrapped: boolean;
  /** The end of the first part, which failed: the client is told when it has sent the rest. */
  failedPart: BatchEnd | undefined;
  /**
   * A COMMIT or ROLLBACK of the batch was sent: its next messages belong to another transaction.
   */
  isLast: boolean;
  /** PostgreSQL has run that COMMIT or ROLLBACK. */
  hasEnded: boolean;
  /** The batch has bound a portal, which ends with its transaction. */
  hasBound: boolean;
  /** Effects of the network and of injected failures on the batch. */
  effects: BatchEffects | undefined;
  /** `effects` is decided: once for a batch, although its start may be tried several times. */
  isExamined: boolean;
};

/** Holds the batch at hand. */
export type CurrentBatch = { batch: SyncBatch };

export const newBatch = (): SyncBatch => ({
  exceeded: false,
  wrapped: false,
  failedPart: undefined,
  isLast: false,
  hasEnded: false,
  hasBound: false,
  effects: undefined,
  isExamined: false,
});
