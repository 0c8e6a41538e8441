import type { CommitValidator } from '../concurrency/commit-validator.ts';
import { encodeQuery, type Frame, frontend, readPayload } from '../protocol/protocol.ts';
import { type Statement, transactionEnds } from '../statements/index.ts';
import { flushingTypes } from './message-queue.ts';
import type { ReadStatements } from './prepared-statements.ts';
import type { StatementStage } from './statement-stage.ts';
import type { SyncBatch } from './sync-batch.ts';
import type { TransactionRules, TransactionStatus } from './transaction-rules.ts';

/** What goes to PostgreSQL before the cut, unless it has been sent already, and what follows as a batch of its own. */
export type Parts = readonly [before: Frame | undefined, after: Frame];

/** In the client's words: what stands in for them would be judged as something else. One may end with a comment. */
const joined = (statements: readonly Statement[]): Frame => ({
  type: frontend.query,
  bytes: encodeQuery(statements.map(({ text }) => text).join('\n;\n')),
});

const partsAt = (statements: readonly Statement[], at: number): Parts | undefined =>
  at < 1 || at >= statements.length
    ? undefined
    : [joined(statements.slice(0, at)), joined(statements.slice(at))];

/**
 * Finds where a batch has to be cut: before its COMMIT, if others have to be heard first, and behind its COMMIT or
 * ROLLBACK, since what follows belongs to another transaction.
 */
export const createBatchSplitter = (deps: {
  readonly readStatements: ReadStatements;
  readonly rules: TransactionRules;
  readonly stage: StatementStage;
  readonly commitValidator: CommitValidator;
}): ((frame: Frame, batch: SyncBatch, status: TransactionStatus) => Parts | undefined) => {
  const { readStatements, rules, stage, commitValidator } = deps;

  const behindEnd = (statements: readonly Statement[]): Parts | undefined => {
    const at = statements.findIndex(({ kind }) => transactionEnds.has(kind));
    return at < 0 ? undefined : partsAt(statements, at + 1);
  };

  const beforeCommit = (statements: readonly Statement[]): Parts | undefined => {
    const at = statements.findIndex(({ kind }) => kind === 'commit');
    const begins = statements.slice(0, at).some(({ kind }) => kind === 'begin');
    return rules.inBlock() || begins ? partsAt(statements, at) : undefined;
  };

  const inText = ({ bytes }: Frame, status: TransactionStatus): Parts | undefined => {
    const statements = readStatements(readPayload(bytes).string());
    if (statements.length < 2) return undefined;
    const parts =
      status === 'E' || commitValidator.isAlone() ? undefined : beforeCommit(statements);
    return parts ?? behindEnd(statements);
  };

  return (frame, batch, status) => {
    if (batch.isLast && !flushingTypes.has(frame.type)) return [undefined, frame];
    if (frame.type === frontend.query) return inText(frame, status);
    const leads = status !== 'E' && batch.isOpen && rules.inBlock() && stage.leadsToCommit(frame);
    return leads && commitValidator.needsValidation() ? [undefined, frame] : undefined;
  };
};
