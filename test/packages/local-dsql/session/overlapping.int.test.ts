import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  type Statement,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';

let dsql: TestDsql;
let pool: ConnectionPool;
/** A session that waits for each answer. */
let other: pg.Client;
/** Holds transactions up for as long as a test wants, whatever the machine is busy with. */
let superuser: pg.Client;

beforeAll(async () => {
  dsql = await testDsql();
  pool = poolOf(dsql);
  other = await dsql.adminConnection();
  await other.query('CREATE TABLE cell (id text PRIMARY KEY, n int NOT NULL)');
  await other.query('CREATE TABLE part (id int PRIMARY KEY, cell text REFERENCES cell)');
  await other.query('CREATE TABLE gate (id int PRIMARY KEY)');
  superuser = await dsql.superuserConnection();
});

beforeEach(async () => {
  await other.query('DELETE FROM part');
  await other.query('DELETE FROM cell');
  await other.query("INSERT INTO cell VALUES ('a', 0), ('b', 0)");
});

afterEach(async () => {
  await other.query('ROLLBACK').catch(() => undefined);
});

afterAll(async () => {
  await pool.close();
  await dsql.stop();
});

const add = (id: string) => statement('UPDATE cell SET n = n + 1 WHERE id = $1', id);
const lock = (id: string) => statement('SELECT n FROM cell WHERE id = $1 FOR UPDATE', id);
const pass = statement('SELECT id FROM gate');
const [begin, commit, chain] = ['BEGIN', 'COMMIT', 'COMMIT AND CHAIN'].map((text) =>
  statement(text),
) as [Statement, Statement, Statement];

/** One flight, with a single Sync. */
const fly = async (...statements: readonly Statement[]) =>
  pool.use((connection) => connection.flight(statements, Date.now() + 10_000));

/** Runs a flight that `pass` holds up, and what happens until it goes on. */
const flyAround = async (
  statements: readonly Statement[],
  meanwhile: () => Promise<unknown>,
): Promise<Awaited<ReturnType<typeof fly>>> => {
  await superuser.query('BEGIN');
  await superuser.query('LOCK TABLE public.gate IN ACCESS EXCLUSIVE MODE');
  const waiting = "SELECT FROM pg_locks WHERE relation = 'public.gate'::regclass AND NOT granted";
  const flown = fly(...statements);
  try {
    const count = async () => (await superuser.query(waiting)).rows.length;
    await expect.poll(count, { timeout: 5_000 }).toBe(1);
    await meanwhile();
  } finally {
    await superuser.query('COMMIT');
  }
  return flown;
};

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'committed',
    (error: { readonly code?: string }) => error.code,
  );

const cells = async (): Promise<readonly number[]> => {
  const { rows } = await other.query<{ n: number }>('SELECT n FROM cell ORDER BY id');
  return rows.map(({ n }) => n);
};

/** Makes the transaction that the pool's connection has begun give way, without harm to it. */
const disturb = async (id: string): Promise<void> => {
  await other.query('BEGIN');
  await other.query('UPDATE cell SET n = 100 WHERE id = $1', [id]);
  await other.query('ROLLBACK');
};

describe('a transaction that begins where another ends is done again without that one', () => {
  it.each([
    ['after COMMIT AND CHAIN', [[begin, add('a')], [chain], [add('b')]]],
    ['in the same flight as COMMIT AND CHAIN', [[begin, add('a'), chain, add('b')]]],
    ['in the same flight as COMMIT', [[begin, add('a'), commit, begin, add('b')]]],
  ])('%s', async (_, flights) => {
    for (const flight of flights) expect((await fly(...flight)).error).toBeUndefined();
    await disturb('b');
    expect((await fly(commit)).error).toBeUndefined();
    expect(await cells()).toEqual([1, 1]);
  });

  it('in the same text as COMMIT', async () => {
    const client = await dsql.adminConnection();
    await client.query(
      "BEGIN; UPDATE cell SET n = n + 1 WHERE id = 'a'; COMMIT; BEGIN; UPDATE cell SET n = n + 1 WHERE id = 'b'",
    );
    await disturb('b');
    await client.query('COMMIT');
    expect(await cells()).toEqual([1, 1]);
  });

  it('after ROLLBACK AND CHAIN, and what was undone stays so', async () => {
    await fly(begin, add('a'));
    await fly(statement('ROLLBACK AND CHAIN'), add('b'));
    await disturb('b');
    expect((await fly(commit)).error).toBeUndefined();
    expect(await cells()).toEqual([0, 1]);
  });

  it('and nothing that follows a COMMIT runs when that has failed', async () => {
    await fly(begin, add('a'));
    await other.query("UPDATE cell SET n = 5 WHERE id = 'a'");
    const { error } = await fly(commit, begin, add('b'));
    expect(error).toMatchObject({ code: '40001' });
    expect((await fly(commit)).results).toHaveLength(1);
    expect(await cells()).toEqual([5, 0]);
  });
});

describe('of two transactions one loses, though the COMMIT of the first was sent before the second began', () => {
  it('when the first has only locked what the second writes', async () => {
    const flown = await flyAround([begin, lock('a'), pass, add('b'), commit], async () => {
      await other.query('BEGIN');
      await other.query("SELECT n FROM cell WHERE id = 'b'");
    });
    await codeOf(other.query("UPDATE cell SET n = 7 WHERE id = 'a'"));
    const second = await codeOf(other.query('COMMIT'));
    expect([flown.error === undefined, second]).toEqual([true, '40001']);
  });

  it('when the second is a statement by itself, and waits for the lock', async () => {
    let second: Promise<unknown> = Promise.resolve();
    const flown = await flyAround([begin, lock('a'), pass, commit], async () => {
      second = codeOf(other.query("UPDATE cell SET n = 7 WHERE id = 'a'"));
      await delay(100);
    });
    const digests = [flown.error === undefined ? 'committed' : 'lost', await second];
    expect(digests.filter((digest) => digest === 'committed')).toHaveLength(1);
  });

  it('when the lock came after a statement by itself that waits for it', async () => {
    for (let time = 0; time < 10; time += 1) {
      await fly(begin, lock('a'));
      const second = codeOf(other.query("UPDATE cell SET n = 7 WHERE id = 'a'"));
      const flown = await fly(commit);
      const digests = [flown.error === undefined ? 'committed' : 'lost', await second];
      expect(digests.filter((digest) => digest === 'committed')).toHaveLength(1);
    }
  });

  it('when the first locks a row by a foreign key, and the second changes its key', async () => {
    const insert = statement("INSERT INTO part VALUES (1, 'a')");
    const flown = await flyAround([begin, insert, pass, commit], async () => {
      await other.query('BEGIN');
      await other.query("SELECT n FROM cell WHERE id = 'b'");
    });
    const written = await codeOf(other.query("UPDATE cell SET id = 'c' WHERE id = 'a'"));
    const second = await codeOf(other.query('COMMIT'));
    expect(flown.error).toBeUndefined();
    expect([written, second]).toContain('40001');
  });
});

describe('a flight beside changes of the schema', () => {
  it('has an answer to its COMMIT, or an error', async () => {
    let changing = true;
    const changes = (async () => {
      for (let time = 0; time < 20; time += 1) {
        await codeOf(other.query('ALTER TABLE part ADD COLUMN IF NOT EXISTS note text'));
        await codeOf(other.query('ALTER TABLE part RENAME COLUMN note TO remark'));
        await codeOf(other.query('ALTER TABLE part RENAME COLUMN remark TO note'));
        await delay(20);
      }
      changing = false;
    })();
    const update = statement("UPDATE cell SET n = n + 1 WHERE id = 'a'");
    const answers = new Set<string>();
    let committed = 0;
    while (changing) {
      const { results, error } = await fly(begin, update, commit);
      if (error) await fly(statement('ROLLBACK'));
      else {
        answers.add(results.map(({ command }) => command).join(' '));
        committed += 1;
      }
    }
    await changes;
    expect([...answers]).toEqual(['BEGIN UPDATE COMMIT']);
    expect((await cells())[0]).toBe(committed);
  });
});
