import type { Arbiter, KeptSnapshot } from './arbiter.ts';
import type { ExchangeResult } from './exchange.ts';
import type { Journal } from './journal.ts';
import { encodeFrame, encodeQuery, frontend, type ServiceError } from './protocol.ts';
import { conflictMessage } from './replies.ts';
import type { StatementKind } from './statements/index.ts';
import { quoteLiteral } from './statements/quote.ts';
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
  /** The transaction has ended. */
  readonly forget: () => void;
}

const conflict: ServiceError = { code: '40001', message: conflictMessage };
const catalogConflict: ServiceError = {
  code: '40001',
  message: 'schema has been updated by another transaction (OC001)',
};

const sync = encodeFrame(frontend.sync);

/**
 * PostgreSQL forgets a row lock with its transaction; DSQL counts it as a write. So before a COMMIT the
 * rows that FOR UPDATE has locked are written as they are, which transactions on older snapshots notice.
 */
const touchLocked = (tables: ReadonlySet<string>): Buffer =>
  encodeQuery(
    [...tables]
      .map((table) => `SELECT sys.touch_locked(to_regclass(${quoteLiteral(table)}))`)
      .join('; '),
  );

/**
 * Creates the rewinder of one session.
 *
 * PostgreSQL keeps the locks of a transaction until it ends, and DSQL has none. So a transaction whose
 * locks are in another's way is rolled back and, when its client goes on, done again on the same
 * snapshot: if that gives what the client saw before, nothing has happened; if not, somebody else
 * has committed first.
 */
export const createRewinder = (deps: {
  readonly arbiter: Arbiter;
  readonly journal: Journal;
  readonly rules: TransactionRules;
  readonly ask: Ask;
}): Rewinder => {
  const { arbiter, journal, rules, ask } = deps;
  let catalogVersion = 0;
  let snapshot: KeptSnapshot | undefined;
  let rewound = false;

  const exportSnapshot = async (): Promise<void> => {
    const { value } = await ask(encodeQuery('SELECT pg_export_snapshot()'));
    if (value !== undefined) snapshot = await arbiter.keep(value);
  };

  const replay = async (): Promise<boolean> => {
    if (journal.entries.length === 0) return true;
    const messages = journal.entries.map((entry) => entry.messages);
    const { error, outcomes } = await ask(Buffer.concat([...messages, sync]));
    return (
      error === undefined &&
      journal.entries.every(({ outcome }, at) => outcomes[at]?.equals(outcome) ?? false)
    );
  };

  const isStale = (): boolean => arbiter.catalogVersion() !== catalogVersion;

  const restore = async (): Promise<boolean> => {
    if (!snapshot || !journal.isRepeatable()) return false;
    await ask(encodeQuery('BEGIN'));
    const { error } = await ask(encodeQuery(`SET TRANSACTION SNAPSHOT '${snapshot.id}'`));
    return error === undefined && (await replay());
  };

  const forget = (): void => {
    snapshot?.release();
    snapshot = undefined;
    rewound = false;
  };

  return {
    begin: () => {
      catalogVersion = arbiter.catalogVersion();
    },
    isRewound: () => rewound,
    needsPreparation: (next) =>
      rewound || isStale() || (next === 'commit' && journal.lockedTables.size > 0),
    rewind: async () => {
      rewound = true;
      if (!snapshot && journal.isRepeatable()) await exportSnapshot().catch(() => undefined);
      await ask(encodeQuery('ROLLBACK'));
    },
    prepare: async (next) => {
      const stale = isStale();
      if (next === 'rollback') {
        if (rewound) await ask(encodeQuery('BEGIN'));
      } else if (stale || (rewound && !(await restore()))) {
        // A COMMIT that fails ends the transaction; any other statement leaves it failed.
        await ask(encodeQuery(next === 'commit' ? 'ROLLBACK' : 'ROLLBACK; BEGIN'));
        rules.failNext(stale ? catalogConflict : conflict);
        forget();
      } else if (next === 'commit' && journal.lockedTables.size > 0) {
        await ask(touchLocked(journal.lockedTables));
      }
      journal.lockedTables.clear();
      rewound = false;
      catalogVersion = arbiter.catalogVersion();
    },
    forget,
  };
};
