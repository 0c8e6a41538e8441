import type { BatchEffects } from '../injection/network-conditions.ts';
import type { BatchEnd } from './channel.ts';

/** Messages up to a `Sync` or a simple `Query`, on their way through PostgreSQL. */
export type SyncBatch = {
  isOpen: boolean;
  /** The transaction has written more rows than it may. */
  exceeded: boolean;
  /** A statement outside of a transaction runs in one, so that it can still be undone. */
  wrapped: boolean;
  /** PostgreSQL gets the part before a COMMIT first. */
  isCut: boolean;
  /** How the batch has ended for PostgreSQL, while the client may still send what belongs to it. */
  skipped: BatchEnd | undefined;
  /** It has sent a COMMIT or ROLLBACK; what follows belongs to another transaction. */
  isLast: boolean;
  /** That has been carried out. */
  hasEnded: boolean;
  /** The client waits for answers before it ends the batch. */
  isFlushing: boolean;
  hasBound: boolean;
  /** What becomes of the batch; decided once, however often its start is put off. */
  effects: BatchEffects | undefined;
  isExamined: boolean;
};

export const newBatch = (): SyncBatch => ({
  isOpen: false,
  exceeded: false,
  wrapped: false,
  isCut: false,
  skipped: undefined,
  isLast: false,
  hasEnded: false,
  isFlushing: false,
  hasBound: false,
  effects: undefined,
  isExamined: false,
});
