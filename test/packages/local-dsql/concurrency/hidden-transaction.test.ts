import { describe, expect, it } from 'vitest';
import { createCommitValidator } from '../../../../packages/local-dsql/src/concurrency/commit-validator.ts';
import type { JudgedStatement } from '../../../../packages/local-dsql/src/statements/index.ts';
import { meetings, setUp } from './commit-validator-fixture.ts';

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
