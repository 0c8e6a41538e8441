import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

/** Longer than any of these tests. */
const never = 3_600_000;
/** Jobs that only have to end; other tests try the state before that, with jobs that do not end. */
const soon = 200;

const one = async (client: pg.Client, sql: string, ...values: readonly unknown[]) =>
  client.query({ text: sql, values: [...values], rowMode: 'array' }).then(
    ({ rows, command }) => (rows.length > 0 ? rows[0]?.[0] : command),
    ({ code, message }) => `${code} ${message}`,
  );

const isValid = 'SELECT indisvalid FROM pg_index WHERE indexrelid = $1::regclass';
const statusOf = 'SELECT status FROM sys.jobs WHERE job_id = $1';

describe('an index whose job goes on', () => {
  let dsql: LocalDsql;
  beforeAll(async () => {
    dsql = await startLocalDsql({ jobMs: never });
    await dsql.withClient(async (admin) => {
      await admin.query('CREATE TABLE item (id int PRIMARY KEY, name text, n int)');
      await admin.query(`INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 1)`);
    });
  });
  afterAll(() => dsql.stop());

  it('is not valid, and no constraint is made of it', async () => {
    await dsql.withClient(async (client) => {
      await client.query('CREATE UNIQUE INDEX ASYNC item_name ON item (name)');
      expect(await one(client, isValid, 'item_name')).toBe(false);
      expect(
        await one(client, 'ALTER TABLE item ADD CONSTRAINT named UNIQUE USING INDEX item_name'),
      ).toBe('55000 index "item_name" is not valid');
    });
  });

  it('is built for what it is read from, and used by no query', async () => {
    await dsql.withClient(async (client) => {
      await client.query('CREATE UNIQUE INDEX ASYNC item_unused ON item (n, id)');
      const { rows } = await client.query('EXPLAIN SELECT id FROM item WHERE n = 1 ORDER BY n, id');
      expect(JSON.stringify(rows)).not.toContain('item_unused');
      expect(await one(client, 'INSERT INTO item VALUES (3, $1, 3)', 'a')).toMatch(/^23505 /);
      expect(
        await one(client, `INSERT INTO item VALUES (3, 'c', 3) ON CONFLICT (name) DO NOTHING`),
      ).toMatch(/^42P10 /);
    });
  });

  it('has a job that says so, with no word on how it will end', async () => {
    await dsql.withClient(async (client) => {
      const create = 'CREATE UNIQUE INDEX ASYNC item_twins ON item (n)';
      const job = await one(client, create);
      const { rows } = await client.query('SELECT * FROM sys.jobs WHERE job_id = $1', [job]);
      expect(rows).toEqual([
        expect.objectContaining({
          status: 'submitted',
          details: null,
          job_type: 'INDEX_BUILD',
          object_name: 'public.item_twins',
          update_time: null,
        }),
      ]);
      expect(await one(client, `${create.replace('ASYNC', 'ASYNC IF NOT EXISTS')}`)).toBe('CREATE');
    });
  });

  it('is not waited for in a transaction', async () => {
    await dsql.withClient(async (client) => {
      const job = await one(client, 'CREATE INDEX ASYNC ON item (n)');
      await client.query('BEGIN');
      expect(await one(client, `CALL sys.wait_for_job('${job}')`)).toMatch(/^2D000 /);
      await client.query('ROLLBACK');
    });
  });

  it('leaves a constraint unproved', async () => {
    await dsql.withClient(async (client) => {
      await client.query('ALTER TABLE item ADD CONSTRAINT small CHECK (n < 10) NOT VALID');
      const job = await one(client, 'ALTER TABLE ASYNC item VALIDATE CONSTRAINT small');
      expect(await one(client, statusOf, job)).toBe('submitted');
      const proved = `SELECT convalidated FROM pg_constraint WHERE conname = 'small'`;
      expect(await one(client, proved)).toBe(false);
    });
  });
});

describe('a job', () => {
  let dsql: LocalDsql;
  beforeAll(async () => {
    dsql = await startLocalDsql({ jobMs: soon });
    await dsql.withClient(async (admin) => {
      await admin.query('CREATE TABLE item (id int PRIMARY KEY, name text, n int)');
      await admin.query(`INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 1)`);
    });
  });
  afterAll(() => dsql.stop());

  it.each([[false], [true]])('is waited for, with a parameter: %s', async (isParameter) => {
    await dsql.withClient(async (client) => {
      const index = `item_name_${isParameter}`;
      const job = await one(client, `CREATE UNIQUE INDEX ASYNC ${index} ON item (name)`);
      expect(
        isParameter
          ? await one(client, 'CALL sys.wait_for_job($1)', job)
          : await one(client, `CALL sys.wait_for_job('${job}')`),
      ).toBe(true);
      expect(await one(client, statusOf, job)).toBe('completed');
      expect(await one(client, isValid, index)).toBe(true);
      const { rows } = await client.query(
        'SELECT update_time > start_time AS later FROM sys.jobs WHERE job_id = $1',
        [job],
      );
      expect(rows).toEqual([{ later: true }]);
    });
  });

  it('makes its index one of which a constraint is made', async () => {
    await dsql.withClient(async (client) => {
      const job = await one(client, 'CREATE UNIQUE INDEX ASYNC item_id_name ON item (id, name)');
      const add = 'ALTER TABLE item ADD CONSTRAINT pair UNIQUE USING INDEX item_id_name';
      expect(await one(client, `CALL sys.wait_for_job('${job}')`)).toBe(true);
      expect(await one(client, add)).toBe('ALTER');
    });
  });

  it('that fails says why when it has ended, and its index stays invalid', async () => {
    await dsql.withClient(async (client) => {
      const job = await one(client, 'CREATE UNIQUE INDEX ASYNC item_n ON item (n)');
      expect(await one(client, `CALL sys.wait_for_job('${job}')`)).toBe(false);
      const { rows } = await client.query(
        'SELECT status, details FROM sys.jobs WHERE job_id = $1',
        [job],
      );
      expect(rows).toEqual([
        { status: 'failed', details: expect.stringContaining('could not create unique index') },
      ]);
      expect(await one(client, isValid, 'item_n')).toBe(false);
      await client.query('DROP INDEX item_n');
    });
  });

  it('ends with its index', async () => {
    await dsql.withClient(async (client) => {
      const job = await one(client, 'CREATE INDEX ASYNC item_gone ON item (n)');
      await client.query('DROP INDEX item_gone');
      expect(await one(client, `CALL sys.wait_for_job('${job}')`)).toBe(false);
      expect(await one(client, statusOf, job)).toBe('cancelled');
    });
  });

  it('ends with its constraint', async () => {
    await dsql.withClient(async (client) => {
      await client.query('ALTER TABLE item ADD CONSTRAINT brief CHECK (n < 9) NOT VALID');
      const job = await one(client, 'ALTER TABLE ASYNC item VALIDATE CONSTRAINT brief');
      await client.query('ALTER TABLE item DROP CONSTRAINT brief');
      expect(await one(client, `CALL sys.wait_for_job('${job}')`)).toBe(false);
      expect(await one(client, statusOf, job)).toBe('cancelled');
    });
  });

  it('proves a constraint, or tells why it does not hold', async () => {
    await dsql.withClient(async (client) => {
      await client.query('CREATE TABLE checked (n int)');
      await client.query('INSERT INTO checked VALUES (-1)');
      await client.query('ALTER TABLE checked ADD CONSTRAINT positive CHECK (n > 0) NOT VALID');
      const validate = 'ALTER TABLE ASYNC checked VALIDATE CONSTRAINT positive';
      const proved = `SELECT convalidated FROM pg_constraint WHERE conname = 'positive'`;
      const failing = await one(client, validate);
      expect(await one(client, `CALL sys.wait_for_job('${failing}')`)).toBe(false);
      expect(await one(client, proved)).toBe(false);
      await client.query('UPDATE checked SET n = 1');
      const job = await one(client, validate);
      expect(await one(client, `CALL sys.wait_for_job('${job}')`)).toBe(true);
      expect(await one(client, proved)).toBe(true);
      const again = await one(client, validate);
      expect(await one(client, proved)).toBe(true);
      expect(await one(client, `CALL sys.wait_for_job('${again}')`)).toBe(true);
    });
  });

  it('changes the catalog when it ends: a transaction that began before it fails', async () => {
    await dsql.withClient(async (client) => {
      await dsql.withClient(async (other) => {
        const job = await one(client, 'CREATE INDEX ASYNC ON item (n, name)');
        await other.query('BEGIN');
        await other.query('SELECT 1 FROM item');
        expect(await one(client, `CALL sys.wait_for_job('${job}')`)).toBe(true);
        await expect
          .poll(() => one(other, 'SELECT 1 FROM item'), { timeout: 10_000 })
          .toBe('40001 schema has been updated by another transaction (OC001)');
      });
    });
  });

  it('waits for a definition of its table that is under way', async () => {
    await dsql.withClient(async (client) => {
      const job = await one(client, 'CREATE INDEX ASYNC ON item (name, n)');
      await client.query('BEGIN');
      await client.query('ALTER TABLE item ADD COLUMN more text');
      await dsql.withClient(async (other) => {
        const waiting = one(other, `CALL sys.wait_for_job('${job}')`);
        await client.query('SELECT pg_sleep(0.6)');
        await client.query('COMMIT');
        expect(await waiting).toBe(true);
      });
    });
  });
});

describe('a job whose time comes while its table is being changed', () => {
  let dsql: LocalDsql;
  let superuser: pg.Client;
  beforeAll(async () => {
    dsql = await startLocalDsql({ jobMs: never });
    superuser = new pg.Client({ ...dsql.postgres });
    await superuser.connect();
  });
  afterAll(async () => {
    await superuser.end();
    await dsql.stop();
  });

  it.each([
    ['table', 'DROP TABLE doomed'],
    ['index', 'DROP INDEX doomed_n'],
  ])('ends with its %s', async (_, drop) => {
    await dsql.withClient(async (client) => {
      await client.query('CREATE TABLE doomed (id int PRIMARY KEY, n int)');
      const job = await one(client, 'CREATE INDEX ASYNC doomed_n ON doomed (n)');
      await client.query('BEGIN');
      await client.query(drop);
      await superuser.query(
        'UPDATE pg_antipode.pending_jobs SET done_at = now(); NOTIFY antipode_jobs',
      );
      const waiting = 'SELECT count(*)::int FROM pg_locks WHERE NOT granted';
      await expect.poll(() => one(superuser, waiting), { timeout: 10_000 }).toBe(1);
      await client.query('COMMIT');
      expect(await one(client, `CALL sys.wait_for_job('${job}')`)).toBe(false);
      expect(await one(client, statusOf, job)).toBe('cancelled');
      await client.query('DROP TABLE IF EXISTS doomed');
    });
  });

  it('lets the look that waits for it see another job that becomes due meanwhile', async () => {
    const look = new pg.Client({ ...dsql.postgres });
    await look.connect();
    await dsql.withClient(async (client) => {
      await client.query('CREATE TABLE held (id int PRIMARY KEY, n int)');
      await client.query('CREATE TABLE following (id int PRIMARY KEY, n int)');
      await client.query('CREATE INDEX ASYNC held_n ON held (n)');
      const job = await one(client, 'CREATE INDEX ASYNC following_n ON following (n)');
      await client.query('BEGIN');
      await client.query('ALTER TABLE held ADD COLUMN more text');
      const dueIn = `UPDATE pg_antipode.pending_jobs SET processing_at = now(), done_at = now() + $2::interval
        WHERE index_oid = $1::regclass`;
      await superuser.query(dueIn, ['held_n', '0']);
      await superuser.query(dueIn, ['following_n', '300 milliseconds']);
      const looked = one(look, 'SELECT wait_ms FROM pg_antipode.antipode_run_jobs(false)');
      const isDue =
        'SELECT done_at < clock_timestamp() FROM pg_antipode.pending_jobs WHERE job_id = $1';
      await expect.poll(() => one(superuser, isDue, job), { timeout: 10_000 }).toBe(true);
      const waiting = 'SELECT count(*)::int FROM pg_locks WHERE NOT granted';
      expect(await one(superuser, waiting)).toBe(1);
      await client.query('COMMIT');
      expect(await looked).toBe(1);
      expect(await one(look, 'SELECT wait_ms FROM pg_antipode.antipode_run_jobs(false)')).toBe(
        null,
      );
      expect(await one(client, statusOf, job)).toBe('completed');
    });
    await look.end();
  });

  it('is the last one that the endpoint looks for', async () => {
    const waitMs = 'SELECT wait_ms FROM pg_antipode.antipode_run_jobs(false)';
    await expect.poll(() => one(superuser, waitMs), { timeout: 2_000 }).toBe(null);
  });
});

describe('a job that an endpoint has left', () => {
  it('ends at a start whose jobs take no time', async () => {
    const dsql = await startLocalDsql({ jobMs: never });
    try {
      const job = await dsql.withClient(async (client) => {
        await client.query('CREATE TABLE item (id int PRIMARY KEY, n int)');
        return one(client, 'CREATE INDEX ASYNC item_n ON item (n)');
      });
      await dsql.endpoint.stop();
      const later = await dsql.again({ jobMs: 0 });
      try {
        await dsql.withClient(
          async (client) => {
            expect(await one(client, statusOf, job)).toBe('completed');
            expect(await one(client, isValid, 'item_n')).toBe(true);
          },
          { port: later.port },
        );
      } finally {
        await later.stop();
      }
    } finally {
      await dsql.stop();
    }
  });
});
