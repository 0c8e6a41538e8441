import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;
let client: pg.Client;

const mebibyte = 1024 ** 2;

beforeAll(async () => {
  dsql = await startLocalDsql();
  await dsql.withClient(async (admin) => {
    await admin.query('CREATE TABLE bulk (id int)');
    await admin.query('CREATE TABLE wide (id int PRIMARY KEY, a text, b text, c jsonb)');
    await admin.query('CREATE TABLE keyed (key text PRIMARY KEY, value text)');
    await admin.query('CREATE TABLE parent (id int PRIMARY KEY)');
    await admin.query(
      'CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent ON DELETE CASCADE)',
    );
  });
});

afterAll(() => dsql.stop());

beforeEach(async () => {
  client = dsql.client();
  await client.connect();
});

afterEach(async () => {
  await client.query('ROLLBACK');
  for (const table of ['bulk', 'wide', 'keyed', 'child', 'parent']) {
    await client.query(`DELETE FROM ${table}`);
  }
  await client.end();
});

const exceeded = (message: string) => ({ code: '54000', message });
const tooManyRows = exceeded('transaction row limit exceeded');

const count = async (table: string): Promise<number> =>
  Number((await client.query(`SELECT count(*) FROM ${table}`)).rows[0].count);

describe('3,000 rows of a transaction', () => {
  const rows = (size: number): string => `SELECT generate_series(1, ${size})`;

  it('are counted in the inner parts of a statement', async () => {
    const sql = (size: number) =>
      `WITH inner_rows AS (INSERT INTO bulk ${rows(size)} RETURNING id)
       INSERT INTO parent SELECT id FROM inner_rows WHERE id <= 10`;
    await expect(client.query(sql(2991))).rejects.toMatchObject(tooManyRows);
    expect((await client.query(sql(2990))).rowCount).toBe(10);
    expect(await count('bulk')).toBe(2990);
  });

  it('are counted when they go by a cascade', async () => {
    await client.query('INSERT INTO parent VALUES (1)');
    await client.query('INSERT INTO child SELECT n, 1 FROM generate_series(1, 2999) AS n');
    await client.query('BEGIN');
    await client.query('INSERT INTO bulk VALUES (1)');
    await expect(client.query('DELETE FROM parent')).rejects.toMatchObject(tooManyRows);
    await client.query('ROLLBACK');
    expect((await client.query('DELETE FROM parent')).rowCount).toBe(1);
    expect(await count('child')).toBe(0);
  });

  it('are counted when FOR UPDATE locks them', async () => {
    await client.query(`INSERT INTO bulk ${rows(3000)}`);
    await client.query('INSERT INTO bulk VALUES (0)');
    await client.query('BEGIN');
    await expect(client.query('SELECT * FROM bulk FOR UPDATE')).rejects.toMatchObject(tooManyRows);
    await client.query('ROLLBACK');
    await client.query('DELETE FROM bulk WHERE id = 0');
  });

  it.each(['simple', 'extended'])(
    'are not those that a query shows after a write, by the %s protocol',
    async (queryMode) => {
      const text = `WITH a AS (INSERT INTO bulk VALUES (1) RETURNING 1) SELECT n FROM generate_series(1, 4000) AS n`;
      const shown = await client.query({ text, queryMode } as pg.QueryConfig);
      expect(shown.rowCount).toBe(4000);
    },
  );

  it('are not counted by what was skipped', async () => {
    await client.query(`INSERT INTO parent ${rows(3000)}`);
    const again = `INSERT INTO parent ${rows(3001)} ON CONFLICT DO NOTHING`;
    expect((await client.query(again)).rowCount).toBe(1);
    await client.query('DELETE FROM parent WHERE id = 3001');
  });
});

describe('10 MiB of a transaction', () => {
  const write = (id: number, bytes: number) =>
    client.query('INSERT INTO wide VALUES ($1, $2)', [id, 'x'.repeat(bytes)]);

  it('are found exceeded at COMMIT, with the size', async () => {
    await client.query('BEGIN');
    for (let id = 1; id <= 11; id += 1) await write(id, mebibyte - 100);
    await expect(client.query('COMMIT')).rejects.toMatchObject({
      ...exceeded('transaction size limit 10mb exceeded'),
      detail: 'Current transaction size 11mb > 10mb',
    });
    expect(await count('wide')).toBe(0);
  });

  it('may be written', async () => {
    await client.query('BEGIN');
    for (let id = 1; id <= 9; id += 1) await write(id, mebibyte - 100);
    expect((await client.query('COMMIT')).command).toBe('COMMIT');
  });

  it('hold for one statement too', async () => {
    const sql = `INSERT INTO wide SELECT n, repeat('x', 1000000) FROM generate_series(1, 11) AS n`;
    await expect(client.query(sql)).rejects.toMatchObject(
      exceeded('transaction size limit 10mb exceeded'),
    );
    expect(await count('wide')).toBe(0);
  });
});

describe('a row', () => {
  it('has columns of 1 MiB, and not one byte more', async () => {
    const insert = 'INSERT INTO wide (id, a) VALUES (1, $1)';
    await expect(client.query(insert, ['x'.repeat(mebibyte + 1)])).rejects.toMatchObject(
      exceeded('datatype limit greater than 1048576 bytes not supported for text'),
    );
    expect((await client.query(insert, ['x'.repeat(mebibyte)])).rowCount).toBe(1);
  });

  it('has 2 MiB at most', async () => {
    const insert = `INSERT INTO wide SELECT 1, repeat('x', $1), repeat('y', $1), to_jsonb(repeat('z', $1))`;
    await expect(client.query(insert, [800_000])).rejects.toMatchObject(
      exceeded('maximum row size exceeded'),
    );
    expect((await client.query(insert, [600_000])).rowCount).toBe(1);
  });

  it.each([2000, 4000])('has no key of %i bytes', async (size) => {
    const insert = `INSERT INTO keyed VALUES (repeat('k', $1))`;
    await expect(client.query(insert, [size])).rejects.toMatchObject(
      exceeded('key size too large'),
    );
    expect((await client.query(insert, [1900])).rowCount).toBe(1);
  });
});

describe('a table', () => {
  it('has no key that is declared longer than 2,000 bytes', async () => {
    const sql = 'CREATE TABLE declared (a varchar(1500), b char(501), PRIMARY KEY (a, b))';
    await expect(client.query(sql)).rejects.toMatchObject(
      exceeded('key size greater than 2000 bytes not supported'),
    );
  });

  it('has 255 columns, also when they are added one by one', async () => {
    const columns = Array.from({ length: 255 }, (_, at) => `c${at} int`).join(', ');
    await client.query(`CREATE TABLE many (${columns})`);
    await expect(client.query('ALTER TABLE many ADD COLUMN more int')).rejects.toMatchObject({
      code: '54011',
      message: 'tables can have at most 255 columns',
    });
    await client.query('DROP TABLE many');
  });

  it('has 24 indexes, its primary key among them', async () => {
    await client.query('CREATE TABLE indexed (id int PRIMARY KEY, a int)');
    for (let at = 1; at < 24; at += 1) await client.query('CREATE INDEX ASYNC ON indexed (a)');
    await expect(client.query('CREATE INDEX ASYNC ON indexed (a)')).rejects.toMatchObject(
      exceeded('more than 24 indexes per table are not allowed'),
    );
    await client.query('DROP TABLE indexed');
  });

  it('shows nothing of what counts its rows', async () => {
    const triggers = await client.query('SELECT * FROM information_schema.triggers');
    expect(triggers.rows).toEqual([]);
    expect((await client.query('INSERT INTO bulk VALUES (1), (2)')).rowCount).toBe(2);
  });
});

describe('a query', () => {
  it('has 128 MiB of temporary space', async () => {
    const sql = `SELECT count(*) FROM (SELECT repeat('x', 1000) || n AS x FROM generate_series(1, 200000) AS n ORDER BY x) AS sorted`;
    await expect(client.query(sql)).rejects.toMatchObject(
      exceeded('query requires more than allowed temp space of 131072 KB to execute'),
    );
  });
});

describe('limits may be made smaller', () => {
  let now = Date.now();
  let small: LocalDsql;

  beforeAll(async () => {
    small = await startLocalDsql({
      clock: { now: () => now },
      limits: {
        rowsMax: 3,
        rowBytesMax: 300,
        columnBytesMax: 200,
        keyBytesMax: 50,
        transactionBytesMax: 500,
        transactionMsMax: 2000,
        schemasMax: 1,
        tablesMax: 2,
        viewsMax: 1,
        sequencesMax: 1,
        connectionsMax: 2,
        connectionBurst: 8,
        connectionsPerSecond: 1,
      },
    });
  });

  beforeEach(() => {
    now += 60_000;
  });

  afterAll(() => small.stop());

  it('for rows, tables, views, sequences and schemas', async () => {
    await small.withClient(async (admin) => {
      await admin.query('CREATE TABLE one (id int)');
      await expect(
        admin.query('INSERT INTO one SELECT generate_series(1, 4)'),
      ).rejects.toMatchObject(tooManyRows);
      await admin.query('CREATE TABLE two (id int)');
      await expect(admin.query('CREATE TABLE three (id int)')).rejects.toMatchObject(
        exceeded('creating more than 2 tables not allowed'),
      );
      await admin.query('DROP TABLE two');
      await admin.query('CREATE VIEW v AS SELECT 1');
      await expect(admin.query('CREATE VIEW w AS SELECT 1')).rejects.toMatchObject(
        exceeded('creating more than 1 views not allowed'),
      );
      await admin.query('CREATE SEQUENCE s CACHE 1');
      for (const more of [
        'CREATE SEQUENCE t CACHE 1',
        'CREATE TABLE two (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1))',
      ]) {
        await expect(admin.query(more)).rejects.toMatchObject(
          exceeded('creating more than 1 sequences not allowed'),
        );
      }
      await admin.query('CREATE SCHEMA app');
      await expect(admin.query('CREATE SCHEMA more')).rejects.toMatchObject(
        exceeded('more than 1 schemas not allowed'),
      );
    });
  });

  it('for bytes', async () => {
    await small.withClient(async (admin) => {
      await admin.query('CREATE TABLE sized (key text PRIMARY KEY, a text, b text)');
      const insert = (key: number, a: number, b: number) =>
        admin.query(
          `INSERT INTO sized VALUES (repeat('k', $1), repeat('a', $2), repeat('b', $3))`,
          [key, a, b],
        );
      await expect(insert(1, 150, 150)).rejects.toMatchObject(
        exceeded('maximum row size exceeded'),
      );
      await expect(insert(1, 201, 1)).rejects.toMatchObject(
        exceeded('datatype limit greater than 200 bytes not supported for text'),
      );
      await expect(insert(60, 1, 1)).rejects.toMatchObject(exceeded('key size too large'));
      await admin.query('BEGIN');
      for (const key of [1, 2, 3]) await insert(key, 160, 1);
      await expect(admin.query('COMMIT')).rejects.toMatchObject({ code: '54000' });
      await admin.query('DROP TABLE sized');
    });
  });

  it.each(['SELECT 1', 'COMMIT'])('for the age of a transaction, at %s', async (sql) => {
    await small.withClient(async (admin) => {
      await admin.query('BEGIN');
      await admin.query('SELECT 1');
      now += 2001;
      await expect(admin.query(sql)).rejects.toMatchObject(
        exceeded('transaction age limit of 2s exceeded'),
      );
      await admin.query('ROLLBACK');
      expect((await admin.query('SELECT 42 AS answer')).rows).toEqual([{ answer: 42 }]);
    });
  });

  it('for open connections', async () => {
    await small.withClient(async () => {
      await small.withClient(async () => {
        await expect(small.withClient(async () => 'in')).rejects.toMatchObject({
          code: '53300',
          message: 'Unable to accept connection, too many open connections.',
        });
      });
    });
  });

  it('for new connections, which are refilled with time', async () => {
    const connect = () => small.withClient(async () => 'in');
    for (let at = 0; at < 8; at += 1) await connect();
    await expect(connect()).rejects.toMatchObject({
      code: '53400',
      message: 'Unable to accept connection, rate exceeded.',
    });
    now += 1000;
    await expect(connect()).resolves.toBe('in');
  });

  it('for the life of a connection', async () => {
    // The other tests must not end within it.
    const endpoint = await small.again({ limits: { connectionMsMax: 700 } });
    try {
      const aging = small.client({ port: endpoint.port });
      await aging.connect();
      const started = performance.now();
      await new Promise((resolve) => aging.once('end', resolve));
      expect(performance.now() - started).toBeGreaterThan(500);
    } finally {
      await endpoint.stop();
    }
  });
});
