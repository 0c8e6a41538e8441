import {
  type AccessSets,
  emptyAccessSets,
  type TableGraph,
} from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import {
  createCommitLog,
  type LockedRow,
} from '../../../../packages/local-dsql/src/concurrency/commit-log.ts';
import { createCommitValidator } from '../../../../packages/local-dsql/src/concurrency/commit-validator.ts';
import type { LockMonitor } from '../../../../packages/local-dsql/src/concurrency/lock-monitor.ts';
import type {
  JudgedStatement,
  StatementKind,
} from '../../../../packages/local-dsql/src/statements/index.ts';
import type { StatementAccess } from '../../../../packages/local-dsql/src/statements/statement-access.ts';

export const lockedRow: LockedRow = { relation: '7', tid: '(0,1)', mode: 'For Key Share' };

/** Sessions over one commit log. Each statement carries its access sets. */
export const setUp = () => {
  const reaches = new Map<StatementAccess, AccessSets>();
  const said: { reinsertedKey: string; conflictsWithLocks: boolean; known: boolean } = {
    ...{ reinsertedKey: 'f', conflictsWithLocks: false, known: true },
  };
  const asked: string[] = [];
  const looked: unknown[][] = [];
  const tableGraph: TableGraph = {
    accessSetsOf: (access) => reaches.get(access) ?? emptyAccessSets(),
    callsUserFunction: ({ called }) => called.has('pay'),
  };
  const lockMonitor = {
    commitLog: createCommitLog(),
    tableGraph: () => (said.known ? tableGraph : undefined),
    loadTableGraph: async () => {
      said.known = true;
      return tableGraph;
    },
    locksOf: async (...checkWaiting: unknown[]) => {
      looked.push(['locks', ...checkWaiting]);
      return [lockedRow];
    },
    conflictsWithLocks: async (...checkWaiting: unknown[]) => {
      looked.push(['conflictsWithLocks', ...checkWaiting]);
      return said.conflictsWithLocks;
    },
  } as unknown as LockMonitor;
  const session = (processId = 1) => {
    const runInternal = async (bytes: Buffer) => {
      asked.push(bytes.toString());
      return { value: said.reinsertedKey } as never;
    };
    const commitValidator = createCommitValidator({ lockMonitor, processId, runInternal });
    commitValidator.begin();
    return commitValidator;
  };
  const statement = (
    accessSets: Partial<Record<keyof AccessSets, string>> = {},
    kind: StatementKind = 'write',
    called: readonly string[] = [],
  ): JudgedStatement => {
    const access = { called: new Set(called) } as unknown as StatementAccess;
    const parts = Object.entries(accessSets).map(([part, table]) => [part, new Set([table])]);
    reaches.set(access, { ...emptyAccessSets(), ...Object.fromEntries(parts) });
    return { kind, access } as JudgedStatement;
  };
  const plain = (kind: StatementKind): JudgedStatement => ({ kind }) as JudgedStatement;
  /** Another session commits what the statement reaches, without being asked whether it may. */
  const commits = (accessSets: Parameters<typeof statement>[0]): void => {
    const other = session(2);
    other.commit([statement(accessSets)]);
    other.end(true);
  };
  return { lockMonitor, asked, commits, looked, plain, said, session, statement };
};

/** A commit of another transaction, access sets that conflict with it, and others that do not. */
export const meetings = [
  ['removed a key', { removedKeys: 'account' }, { addedKeys: 'account' }, { addedKeys: 'entry' }],
  ['locked rows', { locked: 'account' }, { touched: 'account' }, { touched: 'entry' }],
] as const;
