import { encodeQuery } from '../protocol/protocol.ts';
import type { Ask } from '../session/transaction-replay.ts';
import { controlsTransaction, type Statement } from '../statements/index.ts';
import { quoteLiteral } from '../statements/quote.ts';
import type { Footprint } from '../statements/statement-access.ts';
import { emptyReach, extendReach, overlap, type Reach } from './access-sets.ts';
import type { CommitLogEntry } from './commit-log.ts';
import type { Arbiter } from './lock-monitor.ts';

/**
 * Finds the conflicts of one session's transactions that PostgreSQL does not: with locks that another
 * transaction took back by committing, and with keys that it removed.
 */
export interface Certifier {
  /** The next statement takes a snapshot. */
  readonly begin: () => void;
  /** Whether statements have used the snapshot. */
  readonly hasBegun: () => boolean;
  /** A statement is about to run. */
  readonly note: (statement: Statement) => void;
  /** Whether functions that it calls may write, although it reads. */
  readonly isOpaque: (statement: Statement) => boolean;
  /** Whether no other transaction is or was open at the same time. */
  readonly isAlone: () => boolean;
  /** Whether a COMMIT has to wait for `certify`. */
  readonly needsWork: () => boolean;
  /** Whether the transaction may be committed; others will know what it did. */
  readonly certify: () => Promise<boolean>;
  /** Whether statements outside of a transaction need one, so that they can be certified. */
  readonly needsTransaction: (statements: readonly Statement[]) => boolean;
  /** Whether a statement may meet keys that were inserted since the snapshot. */
  readonly mayMeetNewKeys: (statements: readonly Statement[]) => boolean;
  /** Statements that commit themselves are about to be sent. */
  readonly commit: (statements: readonly Statement[]) => void;
  readonly end: (committed: boolean) => void;
}

const call = (name: string, tables: ReadonlySet<string>): Buffer =>
  encodeQuery(`SELECT sys.${name}(ARRAY[${[...tables].map(quoteLiteral).join(', ')}])`);

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state, read and written by all of its parts.
export const createCertifier = (deps: {
  readonly arbiter: Arbiter;
  readonly processId: number;
  readonly ask: Ask;
}): Certifier => {
  const { arbiter, processId, ask } = deps;
  const { commitLog } = arbiter;
  let open = commitLog.open();
  open.settled(false);
  let begun = false;
  let certified = false;
  const footprints = new Set<Footprint>();

  const footprintsOf = (statements: readonly Statement[]): readonly Footprint[] =>
    statements.map(({ footprint }) => footprint).filter((footprint) => footprint !== undefined);

  const reachOf = (noted: Iterable<Footprint>): Reach | undefined => {
    const relations = arbiter.relations();
    if (!relations) return undefined;
    const reach = emptyReach();
    for (const footprint of noted) extendReach(reach, relations.reachOf(footprint));
    return reach;
  };

  /** What nobody will look at before it is committed; `needsWork` and `needsTransaction` have allowed it. */
  const publish = (noted: ReadonlySet<Footprint>): void => {
    const reach = noted.size > 0 ? reachOf(noted) : undefined;
    if (reach) open.commit(reach);
  };

  /** Whether what another has committed may be in the way of a reach. */
  const concerns =
    (reach: Reach) =>
    ({ left, locks, lockedTables, writing }: CommitLogEntry): boolean =>
      overlap(left, reach.arrived) ||
      (locks.length > 0 && reach.touched.size > 0) ||
      overlap(lockedTables, reach.touched) ||
      overlap(writing, reach.locked);

  const hasRepeatedKey = async (names: ReadonlySet<string>): Promise<boolean> => {
    const { value } = await ask(call('has_repeated_key', names));
    return value !== 'f';
  };

  const isConflict = async (reach: Reach): Promise<boolean> => {
    const past = open.since();
    const gone = past.some(({ left }) => overlap(left, reach.arrived));
    if (past.some(({ lockedTables }) => overlap(lockedTables, reach.touched))) return true;
    // It may wait for a lock of this one, and nobody will ask it again when it goes on.
    if (past.some(({ writing }) => overlap(writing, reach.locked))) return true;
    if (gone && (await hasRepeatedKey(reach.arrived))) return true;
    const locks = past.flatMap((entry) => entry.locks);
    return (
      locks.length > 0 && reach.touched.size > 0 && (await arbiter.clash(processId, reach, locks))
    );
  };

  return {
    begin: () => {
      open.settled(false);
      open = commitLog.open();
      begun = false;
      certified = false;
      footprints.clear();
    },
    hasBegun: () => begun,
    note: ({ kind, footprint }) => {
      if (kind === 'commit' && !certified) publish(footprints);
      if (kind !== 'begin' && kind !== 'session') begun = true;
      if (!footprint) return;
      footprints.add(footprint);
      const locks = arbiter.relations()?.reachOf(footprint).locked.size ?? 1;
      if (locks > 0) open.lock();
    },
    isOpaque: ({ footprint }) =>
      footprint !== undefined &&
      footprint.called.size > 0 &&
      (arbiter.relations()?.isOpaque(footprint) ?? true),
    isAlone: () =>
      !open.hasCompany() && open.since().length === 0 && arbiter.relations() !== undefined,
    needsWork: () => {
      if (certified || footprints.size === 0) return false;
      const reach = reachOf(footprints);
      if (!reach) return true;
      return (open.hasCompany() && reach.locked.size > 0) || open.since().some(concerns(reach));
    },
    certify: async () => {
      await arbiter.loadRelations();
      const reach = reachOf(footprints) ?? emptyReach();
      const locks = reach.locked.size > 0 ? await arbiter.locksOf(processId, reach) : [];
      open.commit(reach, locks);
      certified = true;
      return !(await isConflict(reach));
    },
    needsTransaction: (statements) => {
      if (statements.some(({ kind }) => controlsTransaction.has(kind))) return false;
      const noted = footprintsOf(statements);
      if (noted.length === 0) return false;
      const reach = reachOf(noted);
      if (!reach) return true;
      if (!open.hasCompany()) return false;
      if (reach.locked.size > 0 || open.since().some(concerns(reach))) return true;
      return reach.touched.size > 0 && (statements.length > 1 || open.meetsLocks());
    },
    mayMeetNewKeys: (statements) => {
      const past = open.since().filter(({ arrived }) => arrived.size > 0);
      if (past.length === 0) return false;
      const reach = reachOf(footprintsOf(statements));
      // A row whose removal a foreign key forbids is found by the table that refers to it.
      return !reach || reach.left.size > 0 || past.some((e) => overlap(e.arrived, reach.arrived));
    },
    commit: (statements) => publish(new Set(footprintsOf(statements))),
    end: (committed) => {
      open.settled(committed);
      begun = false;
      certified = false;
      footprints.clear();
    },
  };
};
