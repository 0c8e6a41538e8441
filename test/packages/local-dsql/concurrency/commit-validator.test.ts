import { describe, expect, it } from 'vitest';
import {
  emptyReach,
  type Reach,
  type Relations,
} from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import {
  createCommitLog,
  type LockedRow,
} from '../../../../packages/local-dsql/src/concurrency/commit-log.ts';
import { createCertifier } from '../../../../packages/local-dsql/src/concurrency/commit-validator.ts';
import type { Arbiter } from '../../../../packages/local-dsql/src/concurrency/lock-monitor.ts';
import type {
  Statement,
  StatementKind,
} from '../../../../packages/local-dsql/src/statements/index.ts';
import type { Footprint } from '../../../../packages/local-dsql/src/statements/statement-access.ts';

const lockedRow: LockedRow = { relation: '7', tid: '(0,1)', mode: 'For Key Share' };

/** Sessions over one commit log, whose statements reach what they say. */
const setUp = () => {
  const reaches = new Map<Footprint, Reach>();
  const said: { repeatedKey: string; clash: boolean; known: boolean } = {
    ...{ repeatedKey: 'f', clash: false, known: true },
  };
  const asked: string[] = [];
  const looked: unknown[][] = [];
  const relations: Relations = {
    reachOf: (footprint) => reaches.get(footprint) ?? emptyReach(),
    isOpaque: ({ called }) => called.has('pay'),
  };
  const arbiter = {
    commitLog: createCommitLog(),
    relations: () => (said.known ? relations : undefined),
    loadRelations: async () => {
      said.known = true;
      return relations;
    },
    locksOf: async (...look: unknown[]) => {
      looked.push(['locks', ...look]);
      return [lockedRow];
    },
    clash: async (...look: unknown[]) => {
      looked.push(['clash', ...look]);
      return said.clash;
    },
  } as unknown as Arbiter;
  const session = (processId = 1) => {
    const ask = async (bytes: Buffer) => {
      asked.push(bytes.toString());
      return { value: said.repeatedKey } as never;
    };
    const certifier = createCertifier({ arbiter, processId, ask });
    certifier.begin();
    return certifier;
  };
  const statement = (
    reach: Partial<Record<keyof Reach, string>> = {},
    kind: StatementKind = 'write',
    called: readonly string[] = [],
  ): Statement => {
    const footprint = { called: new Set(called) } as unknown as Footprint;
    const parts = Object.entries(reach).map(([part, table]) => [part, new Set([table])]);
    reaches.set(footprint, { ...emptyReach(), ...Object.fromEntries(parts) });
    return { kind, footprint } as Statement;
  };
  const plain = (kind: StatementKind): Statement => ({ kind }) as Statement;
  /** Another session commits what the statement reaches, without being asked whether it may. */
  const commits = (reach: Parameters<typeof statement>[0]): void => {
    const other = session(2);
    other.commit([statement(reach)]);
    other.end(true);
  };
  return { arbiter, asked, commits, looked, plain, said, session, statement };
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
    const certifier = session();
    expect(certifier.hasBegun()).toBe(false);
    certifier.note(plain(kind));
    expect(certifier.hasBegun()).toBe(used);
  });

  it.each(['begin', 'end'] as const)('is unused after its %s', (step) => {
    const { session, statement } = setUp();
    const certifier = session();
    certifier.note(statement());
    certifier[step](true);
    expect(certifier.hasBegun()).toBe(false);
  });
});

describe('a transaction that is alone', () => {
  it('has no other one beside it', () => {
    const { session } = setUp();
    const certifier = session();
    expect(certifier.isAlone()).toBe(true);
    const other = session();
    expect(certifier.isAlone()).toBe(false);
    other.end(true);
    expect(certifier.isAlone()).toBe(true);
  });

  it('has none that has committed since it began', () => {
    const { commits, session } = setUp();
    const certifier = session();
    commits({ left: 'account' });
    expect(certifier.isAlone()).toBe(false);
  });

  it('is not known to be alone while the catalog is read', () => {
    const { said, session } = setUp();
    const certifier = session();
    said.known = false;
    expect(certifier.isAlone()).toBe(false);
  });
});

describe('a statement that reads', () => {
  it('may write by a function of the database, and by any while the catalog is read', () => {
    const { plain, said, session, statement } = setUp();
    const certifier = session();
    const calls = (name: string) => statement({}, 'read', [name]);
    expect(certifier.isOpaque(calls('pay'))).toBe(true);
    expect(certifier.isOpaque(calls('lower'))).toBe(false);
    said.known = false;
    expect(certifier.isOpaque(calls('lower'))).toBe(true);
    expect(certifier.isOpaque(statement())).toBe(false);
    expect(certifier.isOpaque(plain('read'))).toBe(false);
  });
});

/** A commit of another transaction, and the reach of one's own that conflicts with it or does not. */
const meetings = [
  ['removed a key', { left: 'account' }, { arrived: 'account' }, { arrived: 'entry' }],
  ['locked rows', { locked: 'account' }, { touched: 'account' }, { touched: 'entry' }],
] as const;

describe('the COMMIT of a transaction', () => {
  it('needs no work where nothing was written', () => {
    const { commits, plain, said, session } = setUp();
    const certifier = session();
    commits({ left: 'account' });
    certifier.note(plain('read'));
    expect(certifier.needsWork()).toBe(false);
    said.known = false;
    expect(certifier.needsWork()).toBe(false);
  });

  it('needs work while nobody knows what was reached', () => {
    const { said, session, statement } = setUp();
    const certifier = session();
    certifier.note(statement());
    expect(certifier.needsWork()).toBe(false);
    said.known = false;
    expect(certifier.needsWork()).toBe(true);
  });

  it('needs work for its locks where others are open, and for nothing else', () => {
    const { session, statement } = setUp();
    const [locking, changing] = [session(), session()];
    locking.note(statement({ locked: 'account' }));
    changing.note(statement({ touched: 'account' }));
    expect([locking.needsWork(), changing.needsWork()]).toEqual([true, false]);
    changing.end(true);
    expect(locking.needsWork()).toBe(false);
  });

  it.each(meetings)('needs work where another one has %s', (_, theirs, own, other) => {
    const { commits, session, statement } = setUp();
    const [met, passed] = [session(), session()];
    commits(theirs);
    met.note(statement(own));
    passed.note(statement(other));
    expect([met.needsWork(), passed.needsWork()]).toEqual([true, false]);
  });

  it('needs work where another one is on its way that may wait for its locks', () => {
    const { session, statement } = setUp();
    const [certifier, other] = [session(), session()];
    other.commit([statement({ touched: 'account' })]);
    certifier.note(statement({ locked: 'account' }));
    expect(certifier.needsWork()).toBe(true);
    other.end(true);
    expect(certifier.needsWork()).toBe(false);
  });

  it('needs work where rows were locked that somebody has looked at', async () => {
    const { session, statement } = setUp();
    const [certifier, other, reader] = [session(), session(2), session(3)];
    other.note(statement({ locked: 'account' }));
    await other.certify();
    other.end(true);
    certifier.note(statement({ touched: 'entry' }));
    reader.note(statement({ arrived: 'entry' }));
    expect([certifier.needsWork(), reader.needsWork()]).toEqual([true, false]);
  });

  it('needs no work twice, until the next transaction', async () => {
    const { said, session, statement } = setUp();
    const certifier = session();
    said.known = false;
    certifier.note(statement());
    expect(certifier.needsWork()).toBe(true);
    expect(await certifier.certify()).toBe(true);
    said.known = false;
    expect(certifier.needsWork()).toBe(false);
    for (const step of ['begin', 'end'] as const) {
      certifier[step](true);
      expect(certifier.needsWork()).toBe(false);
      certifier.note(statement());
      expect(certifier.needsWork()).toBe(true);
    }
  });

  it('tells others what it did, also when nobody has certified it', () => {
    const { plain, session, statement } = setUp();
    const [older, certifier] = [session(), session()];
    certifier.note(statement({ left: 'account' }));
    expect(older.isAlone()).toBe(false);
    certifier.note(plain('commit'));
    certifier.end(true);
    older.note(statement({ arrived: 'account' }));
    expect(older.needsWork()).toBe(true);
  });

  it('tells nobody of statements that it does not follow', () => {
    const { plain, session, statement } = setUp();
    const [older, certifier] = [session(), session()];
    certifier.note(statement({ left: 'account' }));
    certifier.note(plain('rollback'));
    certifier.end(true);
    expect(older.isAlone()).toBe(true);
  });

  it('tells what it did once, where it was certified', async () => {
    const { arbiter, plain, session, statement } = setUp();
    const older = arbiter.commitLog.open();
    const certifier = session();
    certifier.note(statement({ left: 'account' }));
    await certifier.certify();
    certifier.note(plain('commit'));
    certifier.end(true);
    expect(older.since()).toHaveLength(1);
  });
});

describe('a transaction that is certified', () => {
  it('may commit where nothing is in its way, and is asked nothing', async () => {
    const { asked, commits, looked, session, statement } = setUp();
    const certifier = session();
    commits({ left: 'account' });
    certifier.note(statement({ touched: 'account', arrived: 'entry' }));
    expect(await certifier.certify()).toBe(true);
    expect([asked, looked]).toEqual([[], []]);
  });

  it('waits until the catalog is known', async () => {
    const { commits, said, session, statement } = setUp();
    const certifier = session();
    commits({ locked: 'account' });
    certifier.note(statement({ touched: 'account' }));
    said.known = false;
    expect(await certifier.certify()).toBe(false);
  });

  it.each([
    ['t', false],
    ['f', true],
  ])(
    'may commit a key that another one has removed where none is there twice',
    async (answer, may) => {
      const { asked, commits, said, session, statement } = setUp();
      const certifier = session();
      commits({ left: "o'clock" });
      said.repeatedKey = answer;
      certifier.note(statement({ arrived: "o'clock" }));
      expect(await certifier.certify()).toBe(may);
      expect(asked).toEqual([
        expect.stringContaining("SELECT sys.has_repeated_key(ARRAY['o''clock'])"),
      ]);
    },
  );

  it('asks for keys where one of several commits has removed some', async () => {
    const { commits, said, session, statement } = setUp();
    const certifier = session();
    commits({ left: 'entry' });
    commits({ left: 'account' });
    commits({ arrived: 'account' });
    said.repeatedKey = 't';
    certifier.note(statement({ arrived: 'account' }));
    expect(await certifier.certify()).toBe(false);
  });

  it('asks for all tables in which it may have made a key', async () => {
    const { asked, commits, session, statement } = setUp();
    const certifier = session();
    commits({ left: 'account' });
    certifier.note(statement({ arrived: 'account' }));
    certifier.note(statement({ arrived: 'entry' }));
    await certifier.certify();
    expect(asked[0]).toContain("ARRAY['account', 'entry']");
  });

  it('may not commit where another one has locked rows that nobody has looked at', async () => {
    const { commits, session, statement } = setUp();
    const [met, passed] = [session(), session()];
    commits({ locked: 'account' });
    met.note(statement({ touched: 'account' }));
    passed.note(statement({ touched: 'entry' }));
    expect([await met.certify(), await passed.certify()]).toEqual([false, true]);
  });

  it('may not commit where another one on its way may wait for its locks', async () => {
    const { session, statement } = setUp();
    const [certifier, other] = [session(), session()];
    other.commit([statement({ touched: 'account' })]);
    certifier.note(statement({ locked: 'account' }));
    expect(await certifier.certify()).toBe(false);
  });

  it.each([true, false])('looks for a clash with rows that were locked: %s', async (clash) => {
    const { looked, said, session, statement } = setUp();
    const [certifier, other] = [session(1), session(2)];
    const locking = statement({ locked: 'account' });
    other.note(locking);
    expect(await other.certify()).toBe(true);
    other.end(true);
    said.clash = clash;
    certifier.note(statement({ touched: 'account' }));
    expect(await certifier.certify()).toBe(!clash);
    expect(looked).toEqual([
      ['locks', 2, { ...emptyReach(), locked: new Set(['account']) }],
      ['clash', 1, { ...emptyReach(), touched: new Set(['account']) }, [lockedRow]],
    ]);
  });

  it('leaves no locks where it has locked nothing', async () => {
    const { session, statement } = setUp();
    const [certifier, other] = [session(1), session(2)];
    other.note(statement({ left: 'account' }));
    await other.certify();
    other.end(true);
    certifier.note(statement({ touched: 'account' }));
    expect(certifier.needsWork()).toBe(false);
  });

  it('looks for no clash where it has touched nothing', async () => {
    const { looked, said, session, statement } = setUp();
    const [certifier, other] = [session(1), session(2)];
    other.note(statement({ locked: 'account' }));
    await other.certify();
    other.end(true);
    said.clash = true;
    certifier.note(statement({ arrived: 'account' }));
    expect(await certifier.certify()).toBe(true);
    expect(looked).toHaveLength(1);
  });
});

describe('statements outside of a transaction', () => {
  it.each(['begin', 'commit', 'rollback'] as const)('need none with a %s among them', (kind) => {
    const { plain, said, session, statement } = setUp();
    const certifier = session();
    said.known = false;
    expect(certifier.needsTransaction([statement()])).toBe(true);
    expect(certifier.needsTransaction([statement(), plain(kind)])).toBe(false);
  });

  it('need none where they change nothing', () => {
    const { plain, said, session } = setUp();
    said.known = false;
    expect(session().needsTransaction([plain('read'), plain('session')])).toBe(false);
  });

  it('need none where no other one is open', () => {
    const { session, statement } = setUp();
    const locking = [statement({ locked: 'account', touched: 'account' })];
    const certifier = session();
    expect(certifier.needsTransaction(locking)).toBe(false);
    session();
    expect(certifier.needsTransaction(locking)).toBe(true);
  });

  it.each(meetings)('need one where another has %s', (_, theirs, own, other) => {
    const { commits, session, statement } = setUp();
    const certifier = session();
    session();
    commits(theirs);
    expect(certifier.needsTransaction([statement(own)])).toBe(true);
    expect(certifier.needsTransaction([statement(other)])).toBe(false);
  });

  it('need one where they change rows and are several, or meet locks', () => {
    const { session, statement } = setUp();
    const [certifier, other] = [session(), session()];
    const changing = statement({ touched: 'account' });
    const making = statement({ arrived: 'account' });
    expect(certifier.needsTransaction([changing])).toBe(false);
    expect(certifier.needsTransaction([changing, making])).toBe(true);
    expect(certifier.needsTransaction([making, making])).toBe(false);
    other.note(statement({ locked: 'entry' }));
    expect(certifier.needsTransaction([changing])).toBe(true);
    expect(certifier.needsTransaction([making])).toBe(false);
  });

  it('hold locks that others meet, also while the catalog is read', () => {
    const { said, session, statement } = setUp();
    const [certifier, other] = [session(), session()];
    const changing = [statement({ touched: 'account' })];
    other.note(statement({ touched: 'entry' }));
    expect(certifier.needsTransaction(changing)).toBe(false);
    said.known = false;
    other.note(statement({ touched: 'entry' }));
    said.known = true;
    expect(certifier.needsTransaction(changing)).toBe(true);
  });
});

describe('keys that were inserted since the snapshot', () => {
  it('may be met by a statement that makes keys in the same table, or removes some', () => {
    const { commits, plain, said, session, statement } = setUp();
    const certifier = session();
    const meets = (one: Statement) => certifier.mayMeetNewKeys([one]);
    expect(meets(statement({ arrived: 'account' }))).toBe(false);
    commits({ left: 'account' });
    expect(meets(statement({ arrived: 'account' }))).toBe(false);
    expect(meets(statement({ left: 'entry' }))).toBe(false);
    said.known = false;
    expect(meets(statement())).toBe(false);
    said.known = true;
    commits({ arrived: 'account' });
    expect(meets(statement({ arrived: 'account' }))).toBe(true);
    expect(meets(statement({ arrived: 'entry' }))).toBe(false);
    expect(meets(statement({ touched: 'account' }))).toBe(false);
    expect(meets(statement({ left: 'entry' }))).toBe(true);
    expect(meets(plain('read'))).toBe(false);
    commits({ arrived: 'entry' });
    expect(meets(statement({ arrived: 'entry' }))).toBe(true);
    said.known = false;
    expect(meets(statement())).toBe(true);
  });
});

describe('statements that commit themselves', () => {
  it('are known to others when they have, and forgotten when they have failed', () => {
    const { session, statement } = setUp();
    for (const committed of [true, false]) {
      const [older, certifier] = [session(), session()];
      certifier.commit([statement({ arrived: 'account' }), statement({ left: 'entry' })]);
      certifier.end(committed);
      expect(older.mayMeetNewKeys([statement({ arrived: 'account' })])).toBe(committed);
      older.note(statement({ arrived: 'entry' }));
      expect(older.needsWork()).toBe(committed);
      older.end(true);
    }
  });

  it('have failed where the session begins anew without an answer', () => {
    const { arbiter, session, statement } = setUp();
    const older = arbiter.commitLog.open();
    const certifier = session();
    certifier.commit([statement({ left: 'account' })]);
    certifier.begin();
    expect(older.since()).toEqual([]);
  });

  it('leave nothing to tell where they have no footprint, or nobody can say what they reach', () => {
    const { arbiter, plain, said, session, statement } = setUp();
    const older = arbiter.commitLog.open();
    const certifier = session();
    certifier.commit([plain('read')]);
    certifier.commit([]);
    said.known = false;
    certifier.commit([statement({ left: 'account' })]);
    certifier.end(true);
    expect(older.since()).toEqual([]);
  });
});

describe('a session without a transaction', () => {
  it('has used no snapshot and certified nothing', () => {
    const { arbiter, said, statement } = setUp();
    const ask = async () => ({}) as never;
    const certifier = createCertifier({ arbiter, processId: 3, ask });
    expect(certifier.hasBegun()).toBe(false);
    said.known = false;
    certifier.note(statement());
    expect(certifier.needsWork()).toBe(true);
  });

  it('is no company of others', () => {
    const { arbiter, session } = setUp();
    createCertifier({ arbiter, processId: 3, ask: async () => ({}) as never });
    expect(session().isAlone()).toBe(true);
  });
});
