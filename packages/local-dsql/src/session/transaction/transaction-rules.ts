import type { ServiceError, TransactionStatus } from '../../protocol/protocol.ts';
import type { StatementKind } from '../../statements/index.ts';

/** Follows one session's transaction and refuses what DSQL does not combine in one. */
export interface TransactionRules {
  /** Judges the next statement before it runs. */
  readonly admit: (kind: StatementKind) => ServiceError | undefined;
  /** Fails the next statement with this error, whatever it is. */
  readonly failNext: (error: ServiceError | undefined) => void;
  /** Whether `failNext` waits for a statement. */
  readonly mustFail: () => boolean;
  /** PostgreSQL has carried out everything so far and says where the session stands. */
  readonly settle: (status: TransactionStatus) => void;
  /** What follows runs in a transaction that the client did not ask for. */
  readonly enterBlock: () => void;
  /** Whether the statement that was admitted last is part of an explicit transaction. */
  readonly inBlock: () => boolean;
  /** Whether the transaction has changed rows or locked them. */
  readonly hasWritten: () => boolean;
  /** A statement has written or locked rows; `false` when the transaction has now more than it may have. */
  readonly countRows: (rows: number) => boolean;
  /** The transaction whose rows were counted has ended. */
  readonly forgetRows: () => void;
  /** Whether what ends now has changed the catalog, unless it failed. */
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
      // PostgreSQL answers 25P02 to whatever comes in a failed transaction.
      return failed || (kind !== 'ddl' && kind !== 'write') ? undefined : combine(kind);
    },
    failNext: (error) => {
      next = error;
    },
    mustFail: () => next !== undefined,
    settle: (status) => {
      failed = status === 'E';
      block = status !== 'I';
      // A batch without a statement, such as Parse and Describe, leaves it to the next.
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
