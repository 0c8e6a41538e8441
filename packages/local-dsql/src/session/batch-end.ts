import type { BatchEnd, Channel } from '../backend/channel.ts';
import type { CommitValidator } from '../concurrency/commit-validator.ts';
import type { RowLockInspector } from '../concurrency/row-lock-inspector.ts';
import { decodeError, encodeQuery, encodeServiceError } from '../protocol/protocol.ts';
import { conflict } from '../protocol/service-errors.ts';
import { failingSql } from '../statements/index.ts';
import { rowLimitExceeded, type TransactionRules } from './transaction/transaction-rules.ts';

/**
 * Ends a batch that needs more than PostgreSQL's answer. It tells a conflict from a violated
 * constraint, fails a transaction that has written too many rows, and commits the hidden
 * transaction around statements that the client sent outside of one.
 */
export const endBatch = async (batch: {
  readonly channel: Channel;
  readonly write: (bytes: Buffer) => void;
  readonly end: BatchEnd;
  /** The transaction's snapshot, if an error has to be judged by it. */
  readonly snapshot: string | undefined;
  readonly exceeded: boolean;
  readonly wrapped: boolean;
  readonly rules: TransactionRules;
  readonly commitValidator: CommitValidator;
  readonly rowLockInspector: RowLockInspector;
}): Promise<BatchEnd> => {
  const { channel, write, commitValidator, rules, snapshot } = batch;
  let { status, failed, message } = batch.end;
  const run = async (sql: string): Promise<void> => {
    const result = await channel.runInternal(encodeQuery(sql));
    if (result.error) {
      failed = true;
      write(channel.wordError(result.error));
    }
    status = result.status;
    message = result.ready;
  };
  const { disputed } = batch.end;
  if (disputed && snapshot !== undefined) {
    const isNewerThanSnapshot = await batch.rowLockInspector.isNewerThanSnapshot(
      decodeError(disputed),
      snapshot,
    );
    write(
      isNewerThanSnapshot ? encodeServiceError('ERROR', conflict) : channel.wordError(disputed),
    );
  }
  if (batch.exceeded) await run(failingSql(rowLimitExceeded));
  if (!batch.wrapped) return { status, failed, disputed: undefined, message };
  const isLost = status === 'T' && (rules.mustFail() || !(await commitValidator.validate()));
  if (isLost) write(encodeServiceError('ERROR', conflict));
  await run(isLost ? 'ROLLBACK' : 'COMMIT');
  return { status, failed: failed || isLost, disputed: undefined, message };
};
