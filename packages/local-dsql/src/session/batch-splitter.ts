import type { CommitValidator } from '../concurrency/commit-validator.ts';
import {
  encodeQuery,
  type Frame,
  frontend,
  readPayload,
  type TransactionStatus,
} from '../protocol/protocol.ts';
import { type JudgedStatement, transactionEnds } from '../statements/index.ts';
import { flushingTypes } from './message-queue.ts';
import type { ReadStatements } from './prepared-statements.ts';
import type { StatementStage } from './statement-stage.ts';
import type { TransactionRules } from './transaction/transaction-rules.ts';

/**
 * The two parts of a batch. `before` goes to PostgreSQL first, and is absent if it has been sent
 * already; `after` follows as a batch of its own.
 */
export type BatchParts = readonly [before: Frame | undefined, after: Frame];

/** The batch at the message that may have to be split. */
export type SplitPosition = {
  /** A message of the batch has been sent. */
  readonly isOpen: boolean;
  /** A COMMIT or ROLLBACK of the batch has been sent. */
  readonly isLast: boolean;
  readonly status: TransactionStatus;
};

export type BatchSplitter = (frame: Frame, position: SplitPosition) => BatchParts | undefined;

/**
 * A text of the client's own statements: the texts that replace them would be judged differently. A
 * line break before each semicolon ends a comment.
 */
const joined = (statements: readonly JudgedStatement[]): Frame => ({
  type: frontend.query,
  bytes: encodeQuery(statements.map(({ text }) => text).join('\n;\n')),
});

const partsAt = (statements: readonly JudgedStatement[], at: number): BatchParts | undefined =>
  at < 1 || at >= statements.length
    ? undefined
    : [joined(statements.slice(0, at)), joined(statements.slice(at))];

const afterEnd = (statements: readonly JudgedStatement[]): BatchParts | undefined => {
  const at = statements.findIndex(({ kind }) => transactionEnds.has(kind));
  return at < 0 ? undefined : partsAt(statements, at + 1);
};

/**
 * Creates the splitter of one session. It splits a batch before a COMMIT that has to be validated,
 * and after a COMMIT or ROLLBACK, because the rest belongs to another transaction.
 */
export const createBatchSplitter = (deps: {
  readonly readStatements: ReadStatements;
  readonly rules: TransactionRules;
  readonly stage: StatementStage;
  readonly commitValidator: CommitValidator;
}): BatchSplitter => {
  const { readStatements, rules, stage, commitValidator } = deps;

  const beforeCommit = (statements: readonly JudgedStatement[]): BatchParts | undefined => {
    const at = statements.findIndex(({ kind }) => kind === 'commit');
    const begins = statements.slice(0, at).some(({ kind }) => kind === 'begin');
    return rules.inBlock() || begins ? partsAt(statements, at) : undefined;
  };

  const inText = ({ bytes }: Frame, status: TransactionStatus): BatchParts | undefined => {
    const statements = readStatements(readPayload(bytes).string());
    if (statements.length < 2) return undefined;
    const mayValidate = status !== 'E' && !commitValidator.isAlone();
    return (mayValidate ? beforeCommit(statements) : undefined) ?? afterEnd(statements);
  };

  return (frame, { isOpen, isLast, status }) => {
    if (isLast && !flushingTypes.has(frame.type)) return [undefined, frame];
    if (frame.type === frontend.query) return inText(frame, status);
    const leads = status !== 'E' && isOpen && rules.inBlock() && stage.leadsToCommit(frame);
    return leads && commitValidator.needsValidation() ? [undefined, frame] : undefined;
  };
};
