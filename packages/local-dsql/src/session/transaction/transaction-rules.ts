import type { ServiceError, TransactionStatus } from '../../protocol/protocol.ts';
import type { StatementKind } from '../../statements/index.ts';

/** Follows one session's transaction and refuses statements that DSQL does not allow together. */
export interface TransactionRules {
  /** Judges the next statement before it runs. */
  readonly admit: (kind: StatementKind) => ServiceError | undefined;
  /** Fails the next statement of any kind with this error. */
  readonly failNext: (error: ServiceError | undefined) => void;
  /** Whether `failNext` waits for a statement. */
  readonly mustFail: () => boolean;
  /** PostgreSQL has answered every message so far and reports the session's status. */
  readonly settle: (status: TransactionStatus) => void;
  /** The next statements run in a transaction that the client did not begin. */
  readonly enterBlock: () => void;
  /** Whether the statement that was admitted last is part of an explicit transaction. */
  readonly inBlock: () => boolean;
  /** Whether the transaction has changed rows or locked them. */
  readonly hasWritten: () => boolean;
  /** Counts rows that a statement has written or locked; `false` above the limit. */
  readonly countRows: (rows: number) => boolean;
  /** The transaction whose rows were counted has ended. */
  readonly forgetRows: () => void;
  /** Whether the transaction has run DDL. */
  readonly hasDefined: () => boolean;
}

export const rowLimitExceeded: ServiceError = {
  code: '54000',
  message: 'transaction row limit exceeded',
};

const twoDdl: ServiceError = {
  code: '0A000',
  message: 'multiple ddl statements not supported in a transaction',
};

const mixed: ServiceError = {
  code: '0A000',
  message: 'ddl and dml are not supported in the same transaction',
};

/** @param rowsMax rows that one transaction may write or lock */
export const createTransactionRules = (rowsMax: number): TransactionRules => {
  let ddl = false;
  let dml = false;
  let block = false;
  let failed = false;
  let rows = 0;
  let defined = false;
  let next: ServiceError | undefined;

  const forget = (): void => {
    ddl = false;
    dml = false;
    rows = 0;
  };

  const combine = (kind: StatementKind): ServiceError | undefined => {
    if (kind === 'ddl' && ddl) return twoDdl;
    if (kind === 'ddl' ? dml : ddl) return mixed;
    if (kind === 'ddl') {
      ddl = true;
      defined = true;
    } else {
      dml = true;
    }
    return undefined;
  };

  return {
    admit: (kind) => {
      const forced = next;
      next = undefined;
      if (forced) return forced;
      if (kind === 'begin') block = true;
      if (kind === 'commit' || kind === 'rollback') {
        block = false;
        forget();
      }
      if (kind === 'rollback') defined = false;
      // PostgreSQL answers 25P02 to every statement in a failed transaction.
      return failed || (kind !== 'ddl' && kind !== 'write') ? undefined : combine(kind);
    },
    failNext: (error) => {
      next = error;
    },
    mustFail: () => next !== undefined,
    settle: (status) => {
      failed = status === 'E';
      block = status !== 'I';
      // After a batch without a statement, such as Parse and Describe, the error waits for the next
      // batch.
      if (status !== 'T') next = undefined;
      if (status !== 'T') defined = false;
      if (status === 'I') forget();
    },
    countRows: (count) => {
      rows += count;
      return rows <= rowsMax;
    },
    forgetRows: () => {
      rows = 0;
    },
    enterBlock: () => {
      block = true;
    },
    inBlock: () => block,
    hasWritten: () => dml,
    hasDefined: () => defined,
  };
};
