import { describe, expect, it } from 'vitest';
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

const lockedRow: LockedRow = { relation: '7', tid: '(0,1)', mode: 'For Key Share' };

/** Sessions over one commit log. Each statement carries its access sets. */
const setUp = () => {
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

describe('the snapshot of a transaction', () => {
  it.each([
    ['begin', false],
    ['session', false],
    ['commit', true],
    ['rollback', true],
    ['ddl', true],
    ['write', true],
    ['read', true],
  ] as const)('is used by a statement of the kind %s: %s', (kind, used) => {
    const { plain, session } = setUp();
    const commitValidator = session();
    expect(commitValidator.hasBegun()).toBe(false);
    commitValidator.note(plain(kind));
    expect(commitValidator.hasBegun()).toBe(used);
  });

  it.each(['begin', 'end'] as const)('is unused after its %s', (step) => {
    const { session, statement } = setUp();
    const commitValidator = session();
    commitValidator.note(statement());
    commitValidator[step](true);
    expect(commitValidator.hasBegun()).toBe(false);
  });
});

describe('a transaction that is alone', () => {
  it('has no other open transaction beside it', () => {
    const { session } = setUp();
    const commitValidator = session();
    expect(commitValidator.isAlone()).toBe(true);
    const other = session();
    expect(commitValidator.isAlone()).toBe(false);
    other.end(true);
    expect(commitValidator.isAlone()).toBe(true);
  });

  it('has none that has committed since it began', () => {
    const { commits, session } = setUp();
    const commitValidator = session();
    commits({ removedKeys: 'account' });
    expect(commitValidator.isAlone()).toBe(false);
  });

  it('is not known to be alone while the catalog is read', () => {
    const { said, session } = setUp();
    const commitValidator = session();
    said.known = false;
    expect(commitValidator.isAlone()).toBe(false);
  });
});

describe('a statement that reads', () => {
  it('may write through a user function, and through any function while the catalog is read', () => {
    const { plain, said, session, statement } = setUp();
    const commitValidator = session();
    const calls = (name: string) => statement({}, 'read', [name]);
    expect(commitValidator.callsUserFunction(calls('pay'))).toBe(true);
    expect(commitValidator.callsUserFunction(calls('lower'))).toBe(false);
    said.known = false;
    expect(commitValidator.callsUserFunction(calls('lower'))).toBe(true);
    expect(commitValidator.callsUserFunction(statement())).toBe(false);
    expect(commitValidator.callsUserFunction(plain('read'))).toBe(false);
  });
});

/** A commit of another transaction, access sets that conflict with it, and others that do not. */
const meetings = [
  ['removed a key', { removedKeys: 'account' }, { addedKeys: 'account' }, { addedKeys: 'entry' }],
  ['locked rows', { locked: 'account' }, { touched: 'account' }, { touched: 'entry' }],
] as const;

describe('the COMMIT of a transaction', () => {
  it('needs no validation where nothing was written', () => {
    const { commits, plain, said, session } = setUp();
    const commitValidator = session();
    commits({ removedKeys: 'account' });
    commitValidator.note(plain('read'));
    expect(commitValidator.needsValidation()).toBe(false);
    said.known = false;
    expect(commitValidator.needsValidation()).toBe(false);
  });

  it('needs validation while the catalog is read', () => {
    const { said, session, statement } = setUp();
    const commitValidator = session();
    commitValidator.note(statement());
    expect(commitValidator.needsValidation()).toBe(false);
    said.known = false;
    expect(commitValidator.needsValidation()).toBe(true);
  });

  it('needs validation for its locks where others are open, and for nothing else', () => {
    const { session, statement } = setUp();
    const [locking, changing] = [session(), session()];
    locking.note(statement({ locked: 'account' }));
    changing.note(statement({ touched: 'account' }));
    expect([locking.needsValidation(), changing.needsValidation()]).toEqual([true, false]);
    changing.end(true);
    expect(locking.needsValidation()).toBe(false);
  });

  it.each(meetings)(
    'needs validation where another transaction has %s',
    (_, theirs, own, other) => {
      const { commits, session, statement } = setUp();
      const [met, passed] = [session(), session()];
      commits(theirs);
      met.note(statement(own));
      passed.note(statement(other));
      expect([met.needsValidation(), passed.needsValidation()]).toEqual([true, false]);
    },
  );

  it('needs validation while another COMMIT is sent that may wait for its locks', () => {
    const { session, statement } = setUp();
    const [commitValidator, other] = [session(), session()];
    other.commit([statement({ touched: 'account' })]);
    commitValidator.note(statement({ locked: 'account' }));
    expect(commitValidator.needsValidation()).toBe(true);
    other.end(true);
    expect(commitValidator.needsValidation()).toBe(false);
  });

  it('needs validation where another transaction has locked rows', async () => {
    const { session, statement } = setUp();
    const [commitValidator, other, reader] = [session(), session(2), session(3)];
    other.note(statement({ locked: 'account' }));
    await other.validate();
    other.end(true);
    commitValidator.note(statement({ touched: 'entry' }));
    reader.note(statement({ addedKeys: 'entry' }));
    expect([commitValidator.needsValidation(), reader.needsValidation()]).toEqual([true, false]);
  });

  it('needs validation once in a transaction', async () => {
    const { said, session, statement } = setUp();
    const commitValidator = session();
    said.known = false;
    commitValidator.note(statement());
    expect(commitValidator.needsValidation()).toBe(true);
    expect(await commitValidator.validate()).toBe(true);
    said.known = false;
    expect(commitValidator.needsValidation()).toBe(false);
    for (const step of ['begin', 'end'] as const) {
      commitValidator[step](true);
      expect(commitValidator.needsValidation()).toBe(false);
      commitValidator.note(statement());
      expect(commitValidator.needsValidation()).toBe(true);
    }
  });

  it('leaves its entry also when it was not validated', () => {
    const { plain, session, statement } = setUp();
    const [older, commitValidator] = [session(), session()];
    commitValidator.note(statement({ removedKeys: 'account' }));
    expect(older.isAlone()).toBe(false);
    commitValidator.note(plain('commit'));
    commitValidator.end(true);
    older.note(statement({ addedKeys: 'account' }));
    expect(older.needsValidation()).toBe(true);
  });

  it('leaves no entry for statements without access', () => {
    const { plain, session, statement } = setUp();
    const [older, commitValidator] = [session(), session()];
    commitValidator.note(statement({ removedKeys: 'account' }));
    commitValidator.note(plain('rollback'));
    commitValidator.end(true);
    expect(older.isAlone()).toBe(true);
  });

  it('leaves one entry when it was validated', async () => {
    const { lockMonitor, plain, session, statement } = setUp();
    const older = lockMonitor.commitLog.open();
    const commitValidator = session();
    commitValidator.note(statement({ removedKeys: 'account' }));
    await commitValidator.validate();
    commitValidator.note(plain('commit'));
    commitValidator.end(true);
    expect(older.committedSince()).toHaveLength(1);
  });
});

describe('a transaction that is validated', () => {
  it('may commit without a query where nothing conflicts', async () => {
    const { asked, commits, looked, session, statement } = setUp();
    const commitValidator = session();
    commits({ removedKeys: 'account' });
    commitValidator.note(statement({ touched: 'account', addedKeys: 'entry' }));
    expect(await commitValidator.validate()).toBe(true);
    expect([asked, looked]).toEqual([[], []]);
  });

  it('waits until the catalog is read', async () => {
    const { commits, said, session, statement } = setUp();
    const commitValidator = session();
    commits({ locked: 'account' });
    commitValidator.note(statement({ touched: 'account' }));
    said.known = false;
    expect(await commitValidator.validate()).toBe(false);
  });

  it.each([
    ['t', false],
    ['f', true],
  ])(
    'may commit a key that another one has removed where none is there twice',
    async (answer, may) => {
      const { asked, commits, said, session, statement } = setUp();
      const commitValidator = session();
      commits({ removedKeys: "o'clock" });
      said.reinsertedKey = answer;
      commitValidator.note(statement({ addedKeys: "o'clock" }));
      expect(await commitValidator.validate()).toBe(may);
      expect(asked).toEqual([
        expect.stringContaining("SELECT sys.has_reinserted_key(ARRAY['o''clock'])"),
      ]);
    },
  );

  it('looks for reinserted keys where one of several commits has removed some', async () => {
    const { commits, said, session, statement } = setUp();
    const commitValidator = session();
    commits({ removedKeys: 'entry' });
    commits({ removedKeys: 'account' });
    commits({ addedKeys: 'account' });
    said.reinsertedKey = 't';
    commitValidator.note(statement({ addedKeys: 'account' }));
    expect(await commitValidator.validate()).toBe(false);
  });

  it('looks for reinserted keys in all tables in which it may have inserted one', async () => {
    const { asked, commits, session, statement } = setUp();
    const commitValidator = session();
    commits({ removedKeys: 'account' });
    commitValidator.note(statement({ addedKeys: 'account' }));
    commitValidator.note(statement({ addedKeys: 'entry' }));
    await commitValidator.validate();
    expect(asked[0]).toContain("ARRAY['account', 'entry']");
  });

  it('may not commit where another one has locked rows that were not looked up', async () => {
    const { commits, session, statement } = setUp();
    const [met, passed] = [session(), session()];
    commits({ locked: 'account' });
    met.note(statement({ touched: 'account' }));
    passed.note(statement({ touched: 'entry' }));
    expect([await met.validate(), await passed.validate()]).toEqual([false, true]);
  });

  it('may not commit while another COMMIT is sent that may wait for its locks', async () => {
    const { session, statement } = setUp();
    const [commitValidator, other] = [session(), session()];
    other.commit([statement({ touched: 'account' })]);
    commitValidator.note(statement({ locked: 'account' }));
    expect(await commitValidator.validate()).toBe(false);
  });

  it.each([true, false])(
    'looks for a clash with rows that were locked: %s',
    async (conflictsWithLocks) => {
      const { looked, said, session, statement } = setUp();
      const [commitValidator, other] = [session(1), session(2)];
      const locking = statement({ locked: 'account' });
      other.note(locking);
      expect(await other.validate()).toBe(true);
      other.end(true);
      said.conflictsWithLocks = conflictsWithLocks;
      commitValidator.note(statement({ touched: 'account' }));
      expect(await commitValidator.validate()).toBe(!conflictsWithLocks);
      expect(looked).toEqual([
        ['locks', 2, { ...emptyAccessSets(), locked: new Set(['account']) }],
        [
          'conflictsWithLocks',
          1,
          { ...emptyAccessSets(), touched: new Set(['account']) },
          [lockedRow],
        ],
      ]);
    },
  );

  it('leaves no locks where it has locked nothing', async () => {
    const { session, statement } = setUp();
    const [commitValidator, other] = [session(1), session(2)];
    other.note(statement({ removedKeys: 'account' }));
    await other.validate();
    other.end(true);
    commitValidator.note(statement({ touched: 'account' }));
    expect(commitValidator.needsValidation()).toBe(false);
  });

  it('looks for no clash where it has touched nothing', async () => {
    const { looked, said, session, statement } = setUp();
    const [commitValidator, other] = [session(1), session(2)];
    other.note(statement({ locked: 'account' }));
    await other.validate();
    other.end(true);
    said.conflictsWithLocks = true;
    commitValidator.note(statement({ addedKeys: 'account' }));
    expect(await commitValidator.validate()).toBe(true);
    expect(looked).toHaveLength(1);
  });
});

describe('statements outside of a transaction', () => {
  it.each(['begin', 'commit', 'rollback'] as const)(
    'need no transaction with a %s among them',
    (kind) => {
      const { plain, said, session, statement } = setUp();
      const commitValidator = session();
      said.known = false;
      expect(commitValidator.needsTransaction([statement()])).toBe(true);
      expect(commitValidator.needsTransaction([statement(), plain(kind)])).toBe(false);
    },
  );

  it('need no transaction where they change nothing', () => {
    const { plain, said, session } = setUp();
    said.known = false;
    expect(session().needsTransaction([plain('read'), plain('session')])).toBe(false);
  });

  it('need no transaction where no other one is open', () => {
    const { session, statement } = setUp();
    const locking = [statement({ locked: 'account', touched: 'account' })];
    const commitValidator = session();
    expect(commitValidator.needsTransaction(locking)).toBe(false);
    session();
    expect(commitValidator.needsTransaction(locking)).toBe(true);
  });

  it.each(meetings)('need a transaction where another one has %s', (_, theirs, own, other) => {
    const { commits, session, statement } = setUp();
    const commitValidator = session();
    session();
    commits(theirs);
    expect(commitValidator.needsTransaction([statement(own)])).toBe(true);
    expect(commitValidator.needsTransaction([statement(other)])).toBe(false);
  });

  it('need a transaction where they change rows and are several, or meet locks', () => {
    const { session, statement } = setUp();
    const [commitValidator, other] = [session(), session()];
    const changing = statement({ touched: 'account' });
    const making = statement({ addedKeys: 'account' });
    expect(commitValidator.needsTransaction([changing])).toBe(false);
    expect(commitValidator.needsTransaction([changing, making])).toBe(true);
    expect(commitValidator.needsTransaction([making, making])).toBe(false);
    other.note(statement({ locked: 'entry' }));
    expect(commitValidator.needsTransaction([changing])).toBe(true);
    expect(commitValidator.needsTransaction([making])).toBe(false);
  });

  it('hold locks that others meet, also while the catalog is read', () => {
    const { said, session, statement } = setUp();
    const [commitValidator, other] = [session(), session()];
    const changing = [statement({ touched: 'account' })];
    other.note(statement({ touched: 'entry' }));
    expect(commitValidator.needsTransaction(changing)).toBe(false);
    said.known = false;
    other.note(statement({ touched: 'entry' }));
    said.known = true;
    expect(commitValidator.needsTransaction(changing)).toBe(true);
  });
});

describe('keys that were inserted since the snapshot', () => {
  it('may be met by a statement that inserts keys in the same table, or removes some', () => {
    const { commits, plain, said, session, statement } = setUp();
    const commitValidator = session();
    const meets = (one: JudgedStatement) => commitValidator.mayMeetNewKeys([one]);
    expect(meets(statement({ addedKeys: 'account' }))).toBe(false);
    commits({ removedKeys: 'account' });
    expect(meets(statement({ addedKeys: 'account' }))).toBe(false);
    expect(meets(statement({ removedKeys: 'entry' }))).toBe(false);
    said.known = false;
    expect(meets(statement())).toBe(false);
    said.known = true;
    commits({ addedKeys: 'account' });
    expect(meets(statement({ addedKeys: 'account' }))).toBe(true);
    expect(meets(statement({ addedKeys: 'entry' }))).toBe(false);
    expect(meets(statement({ touched: 'account' }))).toBe(false);
    expect(meets(statement({ removedKeys: 'entry' }))).toBe(true);
    expect(meets(plain('read'))).toBe(false);
    commits({ addedKeys: 'entry' });
    expect(meets(statement({ addedKeys: 'entry' }))).toBe(true);
    said.known = false;
    expect(meets(statement())).toBe(true);
  });
});

describe('statements that commit themselves', () => {
  it('leave an entry when they have committed, and none when they have failed', () => {
    const { session, statement } = setUp();
    for (const committed of [true, false]) {
      const [older, commitValidator] = [session(), session()];
      commitValidator.commit([
        statement({ addedKeys: 'account' }),
        statement({ removedKeys: 'entry' }),
      ]);
      commitValidator.end(committed);
      expect(older.mayMeetNewKeys([statement({ addedKeys: 'account' })])).toBe(committed);
      older.note(statement({ addedKeys: 'entry' }));
      expect(older.needsValidation()).toBe(committed);
      older.end(true);
    }
  });

  it('count as failed where the session begins anew without an answer', () => {
    const { lockMonitor, session, statement } = setUp();
    const older = lockMonitor.commitLog.open();
    const commitValidator = session();
    commitValidator.commit([statement({ removedKeys: 'account' })]);
    commitValidator.begin();
    expect(older.committedSince()).toEqual([]);
  });

  it('leave no entry where they have no access, or while the catalog is read', () => {
    const { lockMonitor, plain, said, session, statement } = setUp();
    const older = lockMonitor.commitLog.open();
    const commitValidator = session();
    commitValidator.commit([plain('read')]);
    commitValidator.commit([]);
    said.known = false;
    commitValidator.commit([statement({ removedKeys: 'account' })]);
    commitValidator.end(true);
    expect(older.committedSince()).toEqual([]);
  });
});

describe('a session without a transaction', () => {
  it('has used no snapshot and validated nothing', () => {
    const { lockMonitor, said, statement } = setUp();
    const runInternal = async () => ({}) as never;
    const commitValidator = createCommitValidator({ lockMonitor, processId: 3, runInternal });
    expect(commitValidator.hasBegun()).toBe(false);
    said.known = false;
    commitValidator.note(statement());
    expect(commitValidator.needsValidation()).toBe(true);
  });

  it('does not count as an open transaction', () => {
    const { lockMonitor, session } = setUp();
    createCommitValidator({ lockMonitor, processId: 3, runInternal: async () => ({}) as never });
    expect(session().isAlone()).toBe(true);
  });
});
