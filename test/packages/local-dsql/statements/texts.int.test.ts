import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';
import { answersOf } from './answers.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
});

afterAll(() => dsql.stop());

/** The answer to each statement: rows, a command tag or an error. */
const run = (...statements: readonly string[]) => answersOf(dsql, ...statements);

describe('a parameter', () => {
  it('is judged when its name is known', async () => {
    const answers = await dsql.withClient(async (client) => {
      const set = (name: string | null) =>
        client.query('SELECT set_config($1, $2, false)', [name, 'public']).then(
          ({ rows }) => rows,
          ({ code, message }) => `${code} ${message}`,
        );
      return [
        await set('Search_Path'),
        await set('client_encoding'),
        await set('app.tenant'),
        await set(null),
      ];
    });
    expect(answers).toEqual([
      [{ set_config: 'public' }],
      '22023 invalid value for parameter "client_encoding": "public"',
      '0A000 setting configuration parameter "app.tenant" not supported',
      '22004 SET requires parameter name',
    ]);
  });

  it('of DSQL’s own can be set, shown and given back', async () => {
    const answers = await run(
      'SET disable_sync_create_index = off',
      'SHOW disable_sync_create_index',
      'RESET disable_sync_create_index',
      'SHOW disable_sync_create_index',
      'SHOW dsql.enable_batched_nestloop',
    );
    expect(answers).toEqual([
      'SET',
      [{ disable_sync_create_index: 'off' }],
      'RESET',
      [{ disable_sync_create_index: 'on' }],
      [{ 'dsql.enable_batched_nestloop': 'on' }],
    ]);
  });

  it('is not set by an update of the view that shows them all', async () => {
    const [answer] = await run("UPDATE pg_settings SET setting = '1' WHERE name = 'work_mem'");
    expect(answer).toBe('42501 permission denied for view pg_settings');
  });

  it('makes no tables temporary', async () => {
    const answers = await run(
      'SET search_path TO pg_temp',
      'CREATE TABLE a (id int)',
      'CREATE VIEW v AS SELECT 1',
      'CREATE SEQUENCE s CACHE 1',
    );
    const denied = /^42501 permission denied to create temporary tables in database/;
    expect(answers.slice(1)).toEqual([1, 2, 3].map(() => expect.stringMatching(denied)));
  });

  it('that is given back is what the session began with', async () => {
    const answers = await run(
      'RESET SESSION AUTHORIZATION',
      'SELECT session_user, current_user',
      'RESET ALL',
      'DEALLOCATE ALL',
      'CREATE TABLE still_limited (id int)',
      'INSERT INTO still_limited SELECT generate_series(1, 3001)',
    );
    expect(answers[1]).toEqual([{ session_user: 'admin', current_user: 'admin' }]);
    expect(answers.at(-1)).toBe('54000 transaction row limit exceeded');
  });
});

describe('a text that nobody can read', () => {
  const ways = [
    ['in a query', (client: pg.Client, sql: string) => client.query(sql)],
    [
      'prepared',
      (client: pg.Client, sql: string) => client.query({ name: sql.slice(0, 60), text: sql }),
    ],
  ] as const;

  it.each(ways)('is refused in PostgreSQL’s words: %s', async (_, ask) => {
    await dsql.withClient(async (client) => {
      await expect(ask(client, 'SELEC 1')).rejects.toMatchObject({
        code: '42601',
        message: 'syntax error at or near "SELEC"',
      });
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await client.query('BEGIN');
      await expect(ask(client, 'SELECT 1 FROM')).rejects.toMatchObject({
        code: '42601',
        message: 'syntax error at end of input',
      });
      await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('ROLLBACK');
    });
  });

  it.each(ways)('is not run, though PostgreSQL could: %s', async (_, ask) => {
    await dsql.withClient(async (client) => {
      const deep = `CREATE TABLE unread AS SELECT 1${'::int'.repeat(5000)}`;
      await expect(ask(client, deep)).rejects.toMatchObject({ code: '54001' });
      const { rows } = await client.query(`SELECT to_regclass('unread') AS found`);
      expect(rows).toEqual([{ found: null }]);
    });
  });

  it.each([
    `CREATE INDEX ASYNC i ON kept (id) /* ' /*/*/*/* x */*/*/*/ */ ; CREATE TABLE unread AS SELECT 1; SELECT 'x'`,
    `SELECT \u00a0INTO unread FROM (SELECT 'application_name' AS n) x WHERE set_config(n, 'x', false) = 'x'`,
    'SELECT NULL::json_value; CREATE TABLE unread AS SELECT 1',
  ])('makes no table that DSQL would not make: %s', async (sql) => {
    await run('CREATE TABLE kept (id int PRIMARY KEY)', 'CREATE DOMAIN json_value AS int');
    await run(sql);
    const [found] = await run(`SELECT to_regclass('unread') AS found`);
    expect(found).toEqual([{ found: null }]);
    await run('DROP TABLE kept', 'DROP DOMAIN json_value');
  });
});

describe('DDL whose COMMIT is in the same text, while another transaction is open', () => {
  const commandsOf = async (sql: string): Promise<readonly unknown[]> =>
    dsql.withClient(async (client) => {
      const results: unknown = await client.query(sql);
      return [results].flat().map((result) => (result as { command: string }).command);
    });

  it.each([
    ['ALTER TABLE cut DROP COLUMN extra', 'ALTER'],
    ['CREATE INDEX ASYNC cut_a ON cut (a)', 'CREATE'],
    [`AWS IAM GRANT admin TO 'arn:aws:iam::000000000000:role/cut'`, 'AWS'],
  ])('is DDL by its tag and to the other one: %s', async (ddl, command) => {
    await run(
      'DROP TABLE IF EXISTS cut',
      'CREATE TABLE cut (id int PRIMARY KEY, a int, extra int)',
    );
    await dsql.withClient(async (other) => {
      await other.query('BEGIN');
      await other.query('SELECT count(*) FROM cut');
      expect(await commandsOf(`BEGIN; ${ddl}; COMMIT`)).toEqual(['BEGIN', command, 'COMMIT']);
      await expect(other.query('SELECT count(*) FROM cut')).rejects.toMatchObject({
        code: '40001',
        message: expect.stringContaining('(OC001)'),
      });
    });
  });

  it('is not combined with other statements', async () => {
    await run(
      'DROP TABLE IF EXISTS cut',
      'CREATE TABLE cut (id int PRIMARY KEY, a int, extra int)',
    );
    await dsql.withClient(async (other) => {
      await other.query('BEGIN');
      await other.query('SELECT count(*) FROM cut');
      for (const [statements, message] of [
        [
          'ALTER TABLE cut DROP COLUMN extra; ALTER TABLE cut DROP COLUMN a',
          'multiple ddl statements not supported in a transaction',
        ],
        [
          'INSERT INTO cut VALUES (1); CREATE INDEX ASYNC cut_a ON cut (a)',
          'ddl and dml are not supported in the same transaction',
        ],
        ['INSERT INTO cut VALUES (1); TRUNCATE cut', 'unsupported statement: Truncate'],
      ]) {
        await expect(commandsOf(`BEGIN; ${statements}; COMMIT`)).rejects.toMatchObject({
          code: '0A000',
          message,
        });
      }
    });
  });
});
