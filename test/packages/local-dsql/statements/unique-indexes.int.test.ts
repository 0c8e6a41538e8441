import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../../../../packages/local-dsql/src/postgres/postgres.ts';
import { type LocalDsql, startLocalDsql } from '../support.ts';
import { answersOf } from './answers.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
});

afterAll(() => dsql.stop());

/** The answer to each statement: rows, a command tag or an error. */
const run = (...statements: readonly string[]) => answersOf(dsql, ...statements);

describe('a function of the user’s in a unique index', () => {
  const superuser = async (sql: string): Promise<unknown> => {
    const client = new pg.Client(clientConfig(dsql.postgres));
    await client.connect();
    try {
      return (await client.query(sql)).rows[0];
    } finally {
      await client.end();
    }
  };
  const hasReinsertedKey = (table: string): string =>
    `SELECT pg_antipode.has_reinserted_key(ARRAY['${table}']) AS answer`;
  const isNewerThanSnapshot = (table: string, constraint: string): string =>
    `SELECT pg_antipode.is_newer_than_snapshot('public.${table}', '${constraint}', 'Key (a)=(1) already exists.', pg_current_snapshot()) AS answer`;

  beforeAll(async () => {
    const own = 'CREATE FUNCTION own(n int) RETURNS int IMMUTABLE LANGUAGE sql AS';
    const answers = await run(
      `${own} $$ SELECT n / (current_user = 'admin')::int $$`,
      'CREATE TABLE keyed (id int PRIMARY KEY, a int)',
      'CREATE TABLE partly (id int PRIMARY KEY, a int)',
      'CREATE TABLE lowered (id int PRIMARY KEY, b text)',
      'INSERT INTO keyed VALUES (1, 1)',
      'INSERT INTO partly VALUES (1, 1)',
      `INSERT INTO lowered VALUES (1, 'A')`,
    );
    expect(answers).toEqual(['CREATE', 'CREATE', 'CREATE', 'CREATE', 'INSERT', 'INSERT', 'INSERT']);
    await run(
      'CREATE UNIQUE INDEX ASYNC keyed_own ON keyed (own(a))',
      'CREATE UNIQUE INDEX ASYNC partly_own ON partly (a) WHERE own(a) > 0',
      `CREATE UNIQUE INDEX ASYNC lowered_b ON lowered (lower(b)) WHERE b <> ''`,
    );
  });

  it.each(['keyed', 'partly'])(
    'never runs as a superuser: a key of %s may be repeated',
    async (table) => {
      expect(await superuser(hasReinsertedKey(table))).toEqual({ answer: true });
      expect(await superuser(isNewerThanSnapshot(table, `${table}_own`))).toEqual({ answer: true });
    },
  );

  it('is not meant by PostgreSQL’s own, which are asked', async () => {
    expect(await superuser(hasReinsertedKey('lowered'))).toEqual({ answer: false });
    expect(await superuser(isNewerThanSnapshot('lowered', 'lowered_b'))).toEqual({ answer: false });
  });

  it('does not take the place of PostgreSQL’s', async () => {
    const [created] = await run(
      `CREATE FUNCTION concat_ws(a text, b int) RETURNS text LANGUAGE sql AS $$ SELECT (1 / (current_user = 'admin')::int)::text $$`,
    );
    expect(created).toBe('CREATE');
    expect(await superuser(isNewerThanSnapshot('partly', 'partly_pkey'))).toEqual({
      answer: false,
    });
    await run(
      `CREATE FUNCTION format(a text, b text, c text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$`,
    );
    expect(await superuser(`SELECT format('%I.%I', 'a'::text, 'b'::text) AS name`)).toEqual({
      name: 'a.b',
    });
  });
});

describe('a unique index that cannot be built', () => {
  it.each([
    ['under the owner’s role', 'SET ROLE builder'],
    ['by a member of the owner’s', 'SET ROLE admin'],
  ])('stays behind, invalid: %s', async (_name, setRole) => {
    const answers = await run(
      'CREATE ROLE builder',
      'GRANT builder TO admin',
      'CREATE SCHEMA IF NOT EXISTS built',
      'GRANT ALL ON SCHEMA built TO builder',
      'DROP TABLE IF EXISTS built.twins',
      'SET ROLE builder',
      'CREATE TABLE built.twins (a int)',
      'INSERT INTO built.twins VALUES (1), (1)',
      setRole,
      'CREATE UNIQUE INDEX ASYNC twins_a ON built.twins (a)',
      `SELECT indisvalid FROM pg_index WHERE indexrelid = 'built.twins_a'::regclass`,
    );
    expect(answers.slice(-2)).toEqual([[{ job_id: expect.any(String) }], [{ indisvalid: false }]]);
  });
});
