import { describe, expect, it } from 'vitest';
import { emptyAccessSets } from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import { lockedRow, meetings, setUp } from './commit-validator-fixture.ts';

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
        expect.stringContaining("SELECT pg_antipode.has_reinserted_key(ARRAY['o''clock'])"),
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
