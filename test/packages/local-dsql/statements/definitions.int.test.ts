import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../../../../packages/local-dsql/src/postgres/postgres.ts';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
});

afterAll(() => dsql.stop());

/** The answer to each statement: rows, a command tag or an error. */
const run = (...statements: readonly string[]): Promise<readonly unknown[]> =>
  dsql.withClient(async (client) => {
    const answers: unknown[] = [];
    for (const statement of statements) {
      answers.push(
        await client.query(statement).then(
          ({ command, rows }) => (rows.length > 0 ? rows : command),
          ({ code, message }) => `${code} ${message}`,
        ),
      );
    }
    return answers;
  });

describe('a column of a type that is not stored', () => {
  it.each([
    ['a row', 'CREATE TABLE typed (a pair)', 'pair'],
    ['a domain of the catalog', 'CREATE TABLE typed (a information_schema.sql_identifier)', 'name'],
    ['a table of the catalog that is copied', 'CREATE TABLE typed (LIKE pg_am)', 'oid'],
    ['the key of an index', "CREATE INDEX ASYNC ON pair (string_to_array(b, ','))", 'text\\[\\]'],
    [
      'a table made along with its schema',
      'CREATE SCHEMA s CREATE TABLE t (a public.pair)',
      'pair',
    ],
  ])('is refused, though the statement does not name the type: %s', async (_name, sql, type) => {
    const [, answer] = await run('CREATE TABLE IF NOT EXISTS pair (a int, b text)', sql);
    expect(answer).toMatch(new RegExp(`^0A000 datatype (?:public\\.)?${type} not supported$`));
  });

  it('may be a domain over one that is', async () => {
    const answers = await run(
      'CREATE DOMAIN amount AS numeric(18, 2) CHECK (value > 0)',
      'CREATE DOMAIN price AS amount',
      'CREATE TABLE priced (id int PRIMARY KEY, price price)',
      'CREATE TABLE many_prices (price price[])',
    );
    expect(answers.at(-2)).toBe('CREATE');
    expect(answers.at(-1)).toBe('0A000 datatype price[] not supported');
  });
});

describe('a key', () => {
  it.each([
    ['bytea', 'bytea'],
    ['interval', 'interval'],
    ['interval day to second(3)', 'interval'],
    ['json', 'json'],
    ['jsonb', 'jsonb'],
    ['timetz', 'time with time zone'],
    ['time(3) with time zone', 'time with time zone'],
  ])('has no column of type %s', async (type, shown) => {
    const refused = `0A000 datatype ${shown} is not supported in a key`;
    const [made, ...answers] = await run(
      `CREATE TABLE keyless (id int PRIMARY KEY, value ${type}, UNIQUE (id) INCLUDE (value))`,
      `CREATE TABLE key_of (id ${type} PRIMARY KEY)`,
      `CREATE TABLE key_of (id int, "Part" ${type}, CONSTRAINT k PRIMARY KEY (id, "Part"))`,
      `CREATE TABLE key_of (id int PRIMARY KEY, value ${type} UNIQUE)`,
      `CREATE TABLE key_of (id int PRIMARY KEY, value pg_catalog.${
        /^int|^time/.test(type) ? type.replace(/^time.*/, 'timetz').replace(/ day.*/, '') : type
      }, UNIQUE (value))`,
      'CREATE INDEX ASYNC ON keyless (value)',
      'CREATE INDEX ASYNC ON keyless (id, value) INCLUDE (id)',
      'CREATE UNIQUE INDEX ASYNC IF NOT EXISTS keyless_value ON public.keyless (value)',
      'CREATE INDEX ASYNC ON keyless ((coalesce(value, value)))',
      'DROP TABLE keyless',
    );
    expect(made).toBe('CREATE');
    expect(answers.pop()).toBe('DROP');
    expect(answers).toEqual(answers.map(() => refused));
  });

  it('has none of a domain over such a type either', async () => {
    const [, ...answers] = await run(
      'CREATE DOMAIN digest AS bytea',
      'CREATE TABLE digested (id digest PRIMARY KEY)',
      'CREATE TABLE digested (id int PRIMARY KEY, value digest)',
      'CREATE INDEX ASYNC ON digested (value)',
      "CREATE INDEX ASYNC ON digested (sha256(coalesce(value, '')))",
      'CREATE INDEX ASYNC ON digested (id) INCLUDE (value)',
    );
    const refused = '0A000 datatype bytea is not supported in a key';
    expect(answers.slice(0, 4)).toEqual([refused, 'CREATE', refused, refused]);
    expect(answers[4]).toEqual([{ job_id: expect.any(String) }]);
  });

  it('names its access method as definitions show it', async () => {
    const [, job, other] = await run(
      'CREATE TABLE ordered (id int PRIMARY KEY, value text)',
      'CREATE INDEX ASYNC ordered_value ON ordered USING BTREE_INDEX (value)',
      'CREATE INDEX ASYNC ON ordered USING btree (value)',
    );
    expect(job).toEqual([{ job_id: expect.any(String) }]);
    expect(other).toBe('0A000 USING not supported for CREATE INDEX');
  });
});

describe('a numeric column', () => {
  it('has 18 digits, 6 of them behind the point, unless others are declared', async () => {
    const [, , , ...answers] = await run(
      'CREATE TABLE amount_of (id int, stored numeric, declared numeric(30, 9))',
      'ALTER TABLE amount_of ADD COLUMN added numeric',
      `INSERT INTO amount_of VALUES (1, 1.2345675, 1.2345675, 123456789012)`,
      'SELECT stored, declared, added FROM amount_of',
      'INSERT INTO amount_of (stored) VALUES (1234567890123)',
      'SELECT 1234567890123.12345678::numeric AS computed',
    );
    expect(answers).toEqual([
      [{ stored: '1.234568', declared: '1.234567500', added: '123456789012.000000' }],
      '22003 numeric field overflow',
      [{ computed: '1234567890123.12345678' }],
    ]);
  });
});

describe('ALTER TABLE', () => {
  it('keeps the primary key and drops other constraints', async () => {
    const answers = await run(
      'CREATE TABLE kept (id int PRIMARY KEY, n int CONSTRAINT positive CHECK (n > 0), a int)',
      'ALTER TABLE kept DROP CONSTRAINT kept_pkey',
      'ALTER TABLE kept DROP COLUMN id',
      'ALTER TABLE kept DROP CONSTRAINT positive, DROP COLUMN a',
      'ALTER TABLE kept DROP CONSTRAINT positive',
    );
    expect(answers).toEqual([
      'CREATE',
      '0A000 unsupported ALTER TABLE DROP CONSTRAINT statement',
      '0A000 cannot drop primary key column id',
      'ALTER',
      '42704 constraint "positive" of relation "kept" does not exist',
    ]);
  });

  it('makes only a bigint an identity column', async () => {
    const add = 'ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)';
    const answers = await run(
      'CREATE TABLE numbered (small int NOT NULL, big bigint NOT NULL)',
      `ALTER TABLE numbered ALTER small ${add}`,
      `ALTER TABLE numbered ALTER big ${add}`,
    );
    expect(answers).toEqual([
      'CREATE',
      '0A000 datatype integer not supported, identity column type must be bigint',
      'ALTER',
    ]);
  });

  it('switches triggers without switching off what counts rows', async () => {
    const answers = await run(
      'CREATE TABLE counted (id int)',
      'ALTER TABLE counted DISABLE TRIGGER ALL',
      'INSERT INTO counted SELECT generate_series(1, 3001)',
    );
    expect(answers).toEqual(['CREATE', 'ALTER', '54000 transaction row limit exceeded']);
  });

  it('tells by a job whether the rows conform to a constraint', async () => {
    const validate = 'ALTER TABLE ASYNC checked VALIDATE CONSTRAINT positive';
    const status = `SELECT status, job_type, object_name FROM sys.jobs
                    WHERE object_name = 'public.checked' ORDER BY start_time`;
    const answers = await run(
      'CREATE TABLE checked (n int)',
      'INSERT INTO checked VALUES (-1)',
      'ALTER TABLE checked ADD CONSTRAINT positive CHECK (n > 0) NOT VALID',
      validate,
      'UPDATE checked SET n = 1',
      validate,
      status,
      `SELECT convalidated FROM pg_constraint WHERE conname = 'positive'`,
      'ALTER TABLE ASYNC checked VALIDATE CONSTRAINT other',
    );
    const job = { job_type: 'VALIDATE_CONSTRAINT', object_name: 'public.checked' };
    expect(answers.slice(3)).toEqual([
      [{ job_id: expect.stringMatching(/^[a-z2-7]{26}$/) }],
      'UPDATE',
      [{ job_id: expect.stringMatching(/^[a-z2-7]{26}$/) }],
      [
        { status: 'failed', ...job },
        { status: 'completed', ...job },
      ],
      [{ convalidated: true }],
      '42704 constraint "other" of relation "checked" does not exist',
    ]);
  });
});

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
    `SELECT sys.has_reinserted_key(ARRAY['${table}']) AS answer`;
  const isNewerThanSnapshot = (table: string, constraint: string): string =>
    `SELECT sys.is_newer_than_snapshot('public.${table}', '${constraint}', 'Key (a)=(1) already exists.', pg_current_snapshot()) AS answer`;

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
