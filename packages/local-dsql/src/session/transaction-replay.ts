import type { CommitValidator } from '../concurrency/commit-validator.ts';
import type { KeptSnapshot, LockMonitor } from '../concurrency/lock-monitor.ts';
import { encodeFrame, encodeQuery, frontend, type ServiceError } from '../protocol/protocol.ts';
import type { StatementKind } from '../statements/index.ts';
import type { ExchangeResult } from './exchange.ts';
import { type Journal, repetitionOf } from './replay-log.ts';
import { catalogConflict, conflict } from './replies.ts';
import type { TransactionRules } from './transaction-rules.ts';

/** Sends messages of the session's own and hears what PostgreSQL makes of them. */
export type Ask = (bytes: Buffer) => Promise<ExchangeResult>;

/** One session's transaction, which PostgreSQL may have to let go of for a while. */
export interface Rewinder {
  /** A transaction begins: changes of the catalog from now on concern it. */
  readonly begin: () => void;
  /** Rolls the transaction back in PostgreSQL and keeps what it takes to do it again. */
  readonly rewind: () => Promise<void>;
  readonly isRewound: () => boolean;
  /** Whether `prepare` has to be called before a statement of this kind. */
  readonly needsPreparation: (next: StatementKind | undefined) => boolean;
  /**
   * Brings the transaction back before a statement of this kind, or arranges for that statement to
   * fail because another transaction has committed first.
   */
  readonly prepare: (next: StatementKind | undefined) => Promise<void>;
  /** Fails the transaction with the next statement, which is of this kind. */
  readonly fail: (next: StatementKind | undefined, error: ServiceError) => Promise<void>;
  /** The transaction has ended. */
  readonly forget: () => void;
}

const sync = encodeFrame(frontend.sync);

/**
 * Creates the rewinder of one session.
 *
 * PostgreSQL keeps the locks of a transaction until it ends, and DSQL has none. So a transaction whose
 * locks are in another's way is rolled back and, when its client goes on, done again on the same
 * snapshot: if that gives what the client saw before, nothing has happened; if not, somebody else
 * has committed first.
 */
export const createRewinder = (deps: {
  readonly lockMonitor: LockMonitor;
  readonly journal: Journal;
  readonly rules: TransactionRules;
  readonly commitValidator: CommitValidator;
  readonly ask: Ask;
}): Rewinder => {
  const { lockMonitor, journal, rules, commitValidator, ask } = deps;
  let catalogVersion = 0;
  let snapshot: KeptSnapshot | undefined;
  let rewound = false;
  /** Nothing is left in PostgreSQL of the transaction that is to fail at its COMMIT. */
  let ended = false;
  /** Counts the transactions: what was kept for one that has ended meanwhile must not outlive it. */
  let transaction = 0;

  const exportSnapshot = async (): Promise<void> => {
    const { value } = await ask(encodeQuery('SELECT pg_export_snapshot()'));
    if (value === undefined) return;
    const keeping = transaction;
    const kept = await lockMonitor.keepSnapshot(value);
    if (keeping === transaction) snapshot = kept;
    else kept.release();
  };

  const replay = async (): Promise<boolean> => {
    if (journal.entries.length === 0) return true;
    const messages = journal.entries.map(repetitionOf);
    const { error, outcomes } = await ask(Buffer.concat([...messages, sync]));
    return (
      error === undefined &&
      journal.entries.every(({ outcome }, at) => outcomes[at]?.equals(outcome) ?? false)
    );
  };

  const isStale = (): boolean => lockMonitor.catalogVersion() !== catalogVersion;

  const restore = async (): Promise<boolean> => {
    if (!snapshot || !journal.isRepeatable()) return false;
    await ask(encodeQuery('BEGIN'));
    const { error } = await ask(encodeQuery(`SET TRANSACTION SNAPSHOT '${snapshot.id}'`));
    return error === undefined && (await replay());
  };

  const forget = (): void => {
    transaction += 1;
    snapshot?.release();
    snapshot = undefined;
    rewound = false;
    ended = false;
  };

  /** A COMMIT that fails ends the transaction; any other statement leaves it failed. */
  const fail = async (next: StatementKind | undefined, error: ServiceError): Promise<void> => {
    ended = next === 'commit';
    await ask(encodeQuery(ended ? 'ROLLBACK' : 'ROLLBACK; BEGIN'));
    rules.failNext(error);
    snapshot?.release();
    snapshot = undefined;
    rewound = false;
  };

  return {
    begin: () => {
      catalogVersion = lockMonitor.catalogVersion();
    },
    isRewound: () => rewound,
    needsPreparation: (next) =>
      rules.mustFail()
        ? next === 'rollback' || (next === 'commit' && !ended)
        : rewound || isStale() || (next === 'commit' && commitValidator.needsValidation()),
    rewind: async () => {
      rewound = true;
      if (!snapshot && journal.isRepeatable()) await exportSnapshot().catch(() => undefined);
      await ask(encodeQuery('ROLLBACK'));
    },
    prepare: async (next) => {
      const stale = isStale();
      if (next === 'rollback') {
        rules.failNext(undefined);
        if (rewound) await ask(encodeQuery('BEGIN'));
      } else if (rules.mustFail()) {
        ended = next === 'commit';
        if (ended) await ask(encodeQuery('ROLLBACK'));
      } else if (stale || (rewound && !(await restore()))) {
        await fail(next, stale ? catalogConflict : conflict);
      } else if (
        next === 'commit' &&
        commitValidator.needsValidation() &&
        !(await commitValidator.validate())
      ) {
        await fail(next, conflict);
      }
      rewound = false;
      catalogVersion = lockMonitor.catalogVersion();
    },
    fail,
    forget,
  };
};
