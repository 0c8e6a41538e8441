import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
  await dsql.withClient(async (admin) => {
    await admin.query(
      'CREATE TABLE item (a int, "Part" int, name text, "Big name" text, PRIMARY KEY ("Part", a))',
    );
    await admin.query('CREATE TABLE lone (id int PRIMARY KEY)');
    await admin.query(
      'CREATE TABLE told (id int, note text, more text, PRIMARY KEY (id) INCLUDE (more), UNIQUE (note))',
    );
    await admin.query('CREATE INDEX ASYNC item_name ON item (name) INCLUDE (a)');
    await admin.query('CREATE VIEW keys AS SELECT indrelid, indnatts FROM pg_index');
  });
});

afterAll(() => dsql.stop());

const ask = (sql: string, ...values: readonly unknown[]): Promise<readonly unknown[]> =>
  dsql.withClient(async (client) => {
    const { rows } = await client.query({ text: sql, values: [...values], rowMode: 'array' });
    return rows.map((row: readonly unknown[]) => (row.length === 1 ? row[0] : row));
  });

const failure = (sql: string, ...values: readonly unknown[]): Promise<string> =>
  ask(sql, ...values).then(
    (rows) => JSON.stringify(rows),
    ({ code, message }) => `${code} ${message}`,
  );

describe('a primary key', () => {
  const columns = '("Part", a) INCLUDE (name, "Big name")';

  it('is defined with all other columns of its table', async () => {
    expect(
      await ask(
        `SELECT pg_get_constraintdef(oid), pg_catalog.pg_get_constraintdef(oid, true)
         FROM pg_constraint WHERE contype = 'p' AND conrelid = 'item'::regclass`,
      ),
    ).toEqual([[`PRIMARY KEY ${columns}`, `PRIMARY KEY ${columns}`]]);
    expect(
      await ask(
        `SELECT pg_get_constraintdef(oid) FROM pg_constraint
         WHERE conrelid IN ('lone'::regclass, 'told'::regclass) ORDER BY 1`,
      ),
    ).toEqual(['PRIMARY KEY (id)', 'PRIMARY KEY (id) INCLUDE (note, more)', 'UNIQUE (note)']);
  });

  it('has an index that is defined so, with its own access method', async () => {
    const definition = `CREATE UNIQUE INDEX item_pkey ON public.item USING btree_index ${columns}`;
    expect(
      await ask(
        `SELECT indexdef, pg_get_indexdef('item_pkey'::regclass) FROM pg_indexes
         WHERE indexname = 'item_pkey'`,
      ),
    ).toEqual([[definition, definition]]);
    expect(await ask(`SELECT pg_get_indexdef('item_name'::regclass, 0, true)`)).toEqual([
      'CREATE INDEX item_name ON item USING btree_index (name) INCLUDE (a)',
    ]);
  });

  it('counts them, and names them by their number', async () => {
    expect(
      await ask(
        `SELECT i.indnatts, i.indnkeyatts, i.indkey::text,
                array(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, 5) n)
         FROM pg_index i WHERE i.indexrelid = 'item_pkey'::regclass`,
      ),
    ).toEqual([[4, 2, '2 1 3 4', ['"Part"', 'a', 'name', '"Big name"', '']]]);
    expect(
      await ask(`SELECT indnatts FROM pg_index WHERE indexrelid = 'item_name'::regclass`),
    ).toEqual([2]);
  });

  it('forgets a column that is dropped', async () => {
    await ask('CREATE TABLE less (id int PRIMARY KEY, a int, b int)');
    await ask('ALTER TABLE less DROP COLUMN a');
    expect(
      await ask(
        `SELECT pg_get_constraintdef(k.oid), i.indnatts, i.indkey::text FROM pg_constraint k
         JOIN pg_index i ON i.indexrelid = k.conindid WHERE k.conrelid = 'less'::regclass`,
      ),
    ).toEqual([['PRIMARY KEY (id) INCLUDE (b)', 2, '1 3']]);
  });
});

describe('the catalog of indexes', () => {
  const natts = 'indnatts FROM';
  const where = `WHERE indexrelid = 'item_pkey'::regclass`;

  it.each([
    `SELECT ${natts} pg_index ${where}`,
    `SELECT ${natts} pg_catalog.pg_index ${where}`,
    `select pg_index.${natts.toLowerCase().replace('from', 'FROM')} "pg_catalog" . PG_INDEX ${where}`,
    `SELECT ${natts} ONLY (pg_catalog.pg_index) ${where}`,
    `SELECT 'ä€😀' IS NULL, ${natts} pg_am, pg_index ${where} LIMIT 1`,
    `WITH x AS (SELECT * FROM pg_index) SELECT ${natts} x ${where}`,
    `/* ä */ SELECT (SELECT ${natts} pg_index ${where})`,
    `SELECT pg_catalog.pg_index.${natts} pg_catalog.pg_index ${where}`,
    `SELECT "pg_catalog" . pg_index.${natts} pg_index WHERE pg_catalog.pg_index.indexrelid = 'item_pkey'::regclass`,
    `SELECT (SELECT c.xmin FROM pg_class c LIMIT 1) IS NULL, i.${natts} pg_index i ${where}`,
    `SELECT ${natts} keys WHERE indrelid = 'item'::regclass AND indnatts > 3`,
  ])('shows it in every spelling: %s', async (sql) => {
    const rows = (await ask(sql)).flat();
    expect(rows.at(-1)).toBe(4);
  });

  it('is read behind another statement, and by a parameter', async () => {
    const answers = await dsql.withClient((client) =>
      client.query(`SELECT 'ü';;  SELECT ${natts} pg_index ${where}`),
    );
    expect((answers as unknown as readonly { rows: unknown }[])[1]?.rows).toEqual([
      { indnatts: 4 },
    ]);
    expect(
      await ask(`SELECT ${natts} pg_index WHERE indexrelid = $1::regclass`, 'item_pkey'),
    ).toEqual([4]);
  });

  it('leaves names alone that are the user’s', async () => {
    await ask('CREATE SCHEMA own');
    await ask('CREATE TABLE own.pg_index (id int PRIMARY KEY, pg_am int)');
    expect(
      await ask(
        'WITH pg_am AS (SELECT 1 AS x) SELECT x, own.pg_index.pg_am FROM pg_am LEFT JOIN own.pg_index ON true',
      ),
    ).toEqual([[1, null]]);
  });

  it.each([
    `SELECT count(xmin)::int FROM pg_catalog.pg_index ${where}`,
    `SELECT count(i.ctid)::int FROM pg_index i ${where}`,
    `SELECT count(pg_index.tableoid)::int FROM pg_index ${where}`,
    `SELECT count(a.xmin)::int FROM pg_am a WHERE amname = 'btree'`,
  ])('has the columns that every table has: %s', async (sql) => {
    expect(await ask(sql)).toEqual([1]);
  });

  it('has the one access method that indexes have', async () => {
    expect(
      await ask(
        `SELECT DISTINCT am.amname FROM pg_class c JOIN pg_am am ON am.oid = c.relam
         WHERE c.relkind = 'i' AND c.relnamespace = 'public'::regnamespace`,
      ),
    ).toEqual(['btree_index']);
    expect(
      await ask(`SELECT amname FROM pg_catalog.pg_am WHERE amname LIKE 'btree%' ORDER BY 1`),
    ).toEqual(['btree', 'btree_index']);
  });
});

describe('what tools ask of a server', () => {
  it('is answered as the service does', async () => {
    expect(await ask('SELECT version()')).toEqual(['PostgreSQL 16']);
    expect(await ask('SELECT pg_catalog.version() FROM generate_series(1, 2)')).toHaveLength(2);
    expect(await ask('SELECT extname FROM pg_extension')).toEqual(['plpgsql']);
    expect(await ask('SELECT name FROM pg_available_extensions')).toEqual([]);
    expect(await ask('SELECT name FROM pg_available_extension_versions')).toEqual([]);
    expect(await ask('SELECT name FROM pg_available_extensions()')).toEqual([]);
  });
});

describe('text search', () => {
  const missing = (name: string): string =>
    `42704 text search configuration "${name}" does not exist`;

  it.each([
    "SELECT to_tsvector('english', 'a')",
    "SELECT to_tsvector($1, 'a')",
    "SELECT to_tsquery('english', 'a')",
    "SELECT plainto_tsquery('english', 'a')",
    "SELECT phraseto_tsquery('english', 'a')",
    "SELECT websearch_to_tsquery('english', 'a')",
    "SELECT pg_catalog.to_tsvector('english', 'a') @@ to_tsquery('english', 'a')",
    "SELECT name FROM item WHERE to_tsvector('english', name) @@ websearch_to_tsquery('english', 'a')",
    "SELECT ts_headline('english', 'a', to_tsquery('english', 'a'))",
    "SELECT to_tsvector('english', '{\"a\":1}'::jsonb)",
    "SELECT 'english'::regconfig",
    "SELECT regconfig 'english'",
    "CREATE VIEW found AS SELECT to_tsvector('english', name) AS v FROM item",
    "CREATE INDEX ASYNC ON item (to_tsvector('english', name))",
    "CREATE FUNCTION find() RETURNS boolean LANGUAGE sql AS $$ SELECT to_tsvector('english', 'a') IS NULL $$",
  ])('has no configuration that one names: %s', async (sql) => {
    expect(await failure(sql, ...(sql.includes('$1,') ? ['english'] : []))).toBe(
      missing('english'),
    );
  });

  it.each(['simple', 'german', 'pg_catalog.english'])('has no %s either', async (name) => {
    expect(await failure(`SELECT to_tsvector('${name}', 'a')`)).toBe(missing(name));
  });

  it.each([
    "SELECT to_tsvector('a')",
    "SELECT to_tsquery('a')",
    "SELECT websearch_to_tsquery('a')",
    "SELECT 'a'::text @@ 'a'::text",
    "SELECT count(*) FROM item WHERE name @@ 'a'",
    "SELECT 'a b' @@ to_tsquery('a')",
    "SELECT jsonb_to_tsvector('{}', '\"all\"')",
  ])('has no default: %s', async (sql) => {
    await ask(`INSERT INTO item VALUES (1, 1, 'a', 'b') ON CONFLICT DO NOTHING`);
    expect(await failure(sql)).toMatch(
      /^42704 text search configuration "(pg_catalog\.)?english" does not exist$/,
    );
  });

  it.each(['config', 'config_map', 'dict', 'parser', 'template'])(
    'has an empty catalog: pg_ts_%s',
    async (table) => {
      expect(await ask(`SELECT count(*)::int FROM pg_ts_${table}`)).toEqual([0]);
    },
  );
});

describe('the schema sys', () => {
  const named = (relation: string): string =>
    `SELECT relname FROM ${relation} JOIN pg_namespace n ON n.oid = relnamespace`;

  it('has the views and the procedure that the service has', async () => {
    const inSys = `WHERE nspname = 'sys' ORDER BY 1`;
    expect(await ask(`${named('pg_class')} ${inSys}`)).toEqual(['iam_pg_role_mappings', 'jobs']);
    expect(
      await ask(
        `SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace ${inSys}`,
      ),
    ).toEqual(['wait_for_job']);
  });

  it('is no table to a tool that asks for those', async () => {
    expect(
      await ask(`SELECT table_name, table_type FROM information_schema.tables
        WHERE table_schema = 'sys' ORDER BY 1`),
    ).toEqual([
      ['iam_pg_role_mappings', 'VIEW'],
      ['jobs', 'VIEW'],
    ]);
    expect(await ask(`SELECT tablename FROM pg_tables WHERE schemaname = 'sys'`)).toEqual([]);
    expect(
      await ask(`${named('pg_class')} WHERE relkind = 'S' AND nspname NOT LIKE 'pg\\_%'`),
    ).toEqual([]);
  });

  it.each(['pg_antipode.jobs', 'pg_antipode.iam_mapping'])(
    'keeps its rows from clients in %s',
    async (table) => {
      expect(await failure(`SELECT * FROM ${table}`)).toMatch(/^42501 permission denied for table/);
    },
  );

  it('has functions of the local DSQL that no client may call', async () => {
    expect(await failure(`SELECT pg_antipode.antipode_job_ms()`)).toBe(
      '0A000 function antipode_job_ms not supported',
    );
  });
});
