import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import {
  type ConnectionPool,
  createMigrator,
  frameworkMigrations,
  grantDatabaseRole,
  query,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { createMemoryLogger } from '../../../../src/adapters/memory/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, newRetrier, poolOf } from '../../../support/dsql-adapter.ts';

let dsql: TestDsql;
let primary: ConnectionPool;
let secondary: ConnectionPool;
let superuser: pg.Client;
let schema: string;

beforeAll(async () => {
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  primary = poolOf(dsql);
  secondary = poolOf(dsql, { at: dsql.peer });
});

beforeEach(() => {
  schema = `s_${crypto.randomUUID().slice(0, 8)}`;
});

// DSQL has ten schemas at most.
afterEach(async () => {
  await asSuperuser(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
});

afterAll(async () => {
  await Promise.all([primary.close(), secondary.close()]);
  await dsql.stop();
});

const ask = async (sql: string) => (await query(primary, statement(sql), { writes: false })).rows;

/**
 * Does to the server's catalogs what takes minutes or a crash on DSQL; the last statement's first
 * row.
 */
const asSuperuser = async (...statements: readonly string[]) => {
  let row: Readonly<Record<string, unknown>> | undefined;
  for (const sql of statements) [row] = (await superuser.query(sql)).rows;
  return row;
};

const tableIn = (name: string) => ({
  id: name,
  ddl: `CREATE TABLE IF NOT EXISTS ${schema}.${name} (id text PRIMARY KEY, at timestamptz NOT NULL)`,
});

describe('the migrator', () => {
  it('applies each migration once, in the order of the list', async () => {
    const migrations = frameworkMigrations(schema);
    expect(await migrate(primary, schema, migrations)).toEqual(migrations.map(({ id }) => id));
    expect(await migrate(secondary, schema, migrations)).toEqual([]);
  });

  it('applies all of them where its log cannot be written', async () => {
    const throws = (): never => {
      throw new Error('the log is full');
    };
    const migrator = createMigrator({
      connections: primary,
      schema,
      migrations: [tableIn('a'), tableIn('b')],
      owner: 'me',
      retrier: newRetrier(),
      logger: { debug: throws, info: throws, warn: throws, error: throws },
    });
    expect(await migrator.run(Date.now() + 60_000)).toEqual(['a', 'b']);
  });

  it('waits until an index is built', async () => {
    const index = { id: 'by-time', ddl: `CREATE INDEX ASYNC t_by_time ON ${schema}.t (at, id)` };
    await migrate(primary, schema, [tableIn('t'), index]);
    const rows = await ask(
      `SELECT indisvalid FROM pg_index WHERE indexrelid = '${schema}.t_by_time'::regclass`,
    );
    expect(rows).toEqual([{ indisvalid: true }]);
  });

  const uniqueIndex = {
    id: 'unique-at',
    get ddl() {
      return `CREATE UNIQUE INDEX ASYNC unique_at ON ${schema}.t (at)`;
    },
  };
  const journal = async () =>
    (await ask(`SELECT id FROM ${schema}.migration ORDER BY id`)).map((row) => row['id']);
  const indexes = () =>
    ask(
      `SELECT c.relname, i.indisvalid FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = '${schema}.t'::regclass AND NOT i.indisprimary`,
    );

  /** As it is when a run has ended between the index's statement and its journal entry. */
  const forgetTheIndex = () =>
    asSuperuser(
      `DELETE FROM ${schema}.migration WHERE id = 'unique-at'`,
      `UPDATE ${schema}.migration_statement SET finished_at = NULL WHERE migration = 'unique-at'`,
    );
  const setBuild = (valid: boolean, status: string) =>
    asSuperuser(
      `UPDATE pg_index SET indisvalid = ${valid} WHERE indexrelid = '${schema}.unique_at'::regclass`,
      `UPDATE sys.jobs SET status = '${status}' WHERE object_name = '${schema}.unique_at'`,
    );

  it('says after a second failed build what is wrong, and builds the index by itself once that is put right', async () => {
    await migrate(primary, schema, [tableIn('t')]);
    await ask(`INSERT INTO ${schema}.t (id, at) VALUES ('a', '2026-01-01'), ('b', '2026-01-01')`);
    for (const pool of [primary, secondary]) {
      const failing = migrate(pool, schema, [tableIn('t'), uniqueIndex, tableIn('later')]);
      await expect(failing).rejects.toThrow(
        /^unique-at: The index ".*"\."unique_at" could not be built 2 times: .*\. Remove the cause and migrate again$/,
      );
      await expect(failing).rejects.toMatchObject({ kind: 'InvalidInput' });
      expect(await indexes()).toEqual([]);
    }
    expect(await journal()).toEqual(['t']);
    await ask(`DELETE FROM ${schema}.t WHERE id = 'b'`);
    expect(await migrate(primary, schema, [tableIn('t'), uniqueIndex])).toEqual(['unique-at']);
    expect(await indexes()).toEqual([{ relname: 'unique_at', indisvalid: true }]);
  });

  it.each([
    ['whose job has failed', (): Promise<unknown> => setBuild(false, 'failed')],
    ['whose job was cancelled', () => setBuild(false, 'cancelled')],
    [
      'that nobody builds any more',
      async () => {
        await setBuild(false, 'failed');
        await asSuperuser(`DELETE FROM sys.jobs WHERE object_name = '${schema}.unique_at'`);
      },
    ],
  ])(
    'drops an index that an earlier run has left invalid, and builds it anew: one %s',
    async (_, spoil) => {
      await migrate(primary, schema, [tableIn('t'), uniqueIndex]);
      await forgetTheIndex();
      await spoil();
      expect(await indexes()).toEqual([{ relname: 'unique_at', indisvalid: false }]);
      expect(await migrate(primary, schema, [tableIn('t'), uniqueIndex])).toEqual(['unique-at']);
      expect(await indexes()).toEqual([{ relname: 'unique_at', indisvalid: true }]);
    },
  );

  it('waits for an index whose statement was answered to nobody, and keeps its lease', async () => {
    await migrate(primary, schema, [tableIn('t'), uniqueIndex]);
    await forgetTheIndex();
    await setBuild(false, 'processing');
    let applied: readonly string[] | undefined;
    const running = migrate(primary, schema, [tableIn('t'), uniqueIndex]).then((ids) => {
      applied = ids;
    });
    const leaseUntil = async () =>
      (await asSuperuser(`SELECT lease_until::text AS at FROM ${schema}.migration_lock`))?.['at'];
    // Some leases are for the run and the statement; the others are for the waiting.
    const leases = new Set<unknown>();
    await expect
      .poll(async () => leases.add(await leaseUntil()).size, { timeout: 20_000 })
      .toBeGreaterThan(5);
    expect(applied).toBeUndefined();
    expect(await journal()).toEqual(['t']);
    await setBuild(true, 'completed');
    await running;
    expect(applied).toEqual(['unique-at']);
  });

  it('says that an index is still being built when there is no more time', async () => {
    await migrate(primary, schema, [tableIn('t'), uniqueIndex]);
    await forgetTheIndex();
    await setBuild(false, 'processing');
    const migrator = createMigrator({
      connections: primary,
      schema,
      migrations: [tableIn('t'), uniqueIndex],
      owner: 'me',
      retrier: newRetrier(),
      logger: createMemoryLogger(),
    });
    await expect(migrator.run(Date.now() + 8_000)).rejects.toThrow(
      /^unique-at: The index ".*"\."unique_at" is still being built \(processing\) and goes on: migrate again later$/,
    );
    expect(await ask(`SELECT 1 FROM ${schema}.migration_lock`)).toEqual([]);
  });

  it('waits until a constraint is proved, and says when it does not hold', async () => {
    const positive = {
      id: 'positive',
      ddl: `ALTER TABLE ${schema}.t ADD CONSTRAINT late CHECK (at > '2026-01-01') NOT VALID;
        ALTER TABLE ASYNC ${schema}.t VALIDATE CONSTRAINT late`,
    };
    await migrate(primary, schema, [tableIn('t')]);
    await ask(`INSERT INTO ${schema}.t (id, at) VALUES ('a', '2020-01-01')`);
    await expect(migrate(primary, schema, [tableIn('t'), positive])).rejects.toThrow(
      /^positive:2: .*late/,
    );
    await ask(`UPDATE ${schema}.t SET at = now()`);
    expect(await migrate(primary, schema, [tableIn('t'), positive])).toEqual(['positive']);
    expect(await ask(`SELECT convalidated FROM pg_constraint WHERE conname = 'late'`)).toEqual([
      { convalidated: true },
    ]);
  });

  it('runs nothing when an index has no name, by which it could be found again', async () => {
    const nameless = { id: 'nameless', ddl: `CREATE INDEX ASYNC ON ${schema}.t (at)` };
    await expect(migrate(primary, schema, [tableIn('t'), nameless])).rejects.toThrow(
      /^nameless: name the index/,
    );
    expect(await ask(`SELECT 1 FROM pg_namespace WHERE nspname = '${schema}'`)).toEqual([]);
  });

  it('names the statement that is refused, and does not take "already there" for done when it has not run', async () => {
    await migrate(primary, schema, [tableIn('t')]);
    const twice = { id: 'twice', ddl: `CREATE TABLE ${schema}.t (id text)` };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(migrate(primary, schema, [tableIn('t'), twice])).rejects.toThrow(
        /^twice: The database refused a statement: 42P07/,
      );
    }
  });

  it('refuses what has changed since it was applied, before it sends anything', async () => {
    await migrate(primary, schema, [tableIn('a'), tableIn('b')]);
    const changed = { ...tableIn('a'), ddl: `${tableIn('a').ddl.slice(0, -1)}, more text)` };
    const open = async (openReal: () => Promise<Connection>): Promise<Connection> => {
      const connection = await openReal();
      const flight: Connection['flight'] = (statements, deadline) => {
        for (const { sql } of statements) expect(sql).toMatch(/^SELECT/);
        return connection.flight(statements, deadline);
      };
      return { ...connection, flight };
    };
    const reading = poolOf(dsql, { open });
    await expect(migrate(reading, schema, [changed, tableIn('c')])).rejects.toThrow(
      /^a: this statement has changed since it was applied: .*\nb has been applied and is missing: /,
    );
    await reading.close();
  });

  it('takes over the journal of before, and knows from then on what was applied', async () => {
    await asSuperuser(
      `CREATE SCHEMA ${schema} AUTHORIZATION admin`,
      `CREATE TABLE ${schema}.migration (id text PRIMARY KEY, applied_at timestamptz NOT NULL)`,
      `ALTER TABLE ${schema}.migration OWNER TO admin`,
      `INSERT INTO ${schema}.migration VALUES ('a', '2026-01-01T00:00:00Z')`,
    );
    expect(await migrate(primary, schema, [tableIn('a'), tableIn('b')])).toEqual(['b']);
    // It was applied, it says, so it is not run again.
    expect(await ask(`SELECT to_regclass('${schema}.a') AS a`)).toEqual([{ a: null }]);
    const changed = { id: 'a', ddl: `CREATE TABLE ${schema}.a (other text)` };
    await expect(migrate(primary, schema, [changed, tableIn('b')])).rejects.toThrow(
      /^a: this statement has changed/,
    );
  });

  it('says who has the lease, when that lasts too long', async () => {
    await migrate(primary, schema, [tableIn('a')]);
    await asSuperuser(
      `INSERT INTO ${schema}.migration_lock VALUES (1, 'somebody 42', now() + interval '1 minute')`,
    );
    const waiting = createMigrator({
      connections: primary,
      schema,
      migrations: [tableIn('a'), tableIn('b')],
      owner: 'me',
      retrier: newRetrier(),
      logger: createMemoryLogger(),
    });
    await expect(waiting.run(Date.now() + 3_000)).rejects.toThrow(
      /^Another migration is under way: somebody 42 has the lease until .*Z\. Migrate again when it has ended$/,
    );
    await asSuperuser(`UPDATE ${schema}.migration_lock SET lease_until = now()`);
    expect(await waiting.run(Date.now() + 20_000)).toEqual(['b']);
  });

  it.each(['every run', 'this run'])(
    'begins nothing any more once %s is interrupted, and gives its lease back',
    async (what) => {
      const interrupted = new AbortController();
      const migrator = createMigrator({
        connections: primary,
        schema,
        migrations: [tableIn('a'), tableIn('b'), tableIn('c')],
        owner: 'me',
        retrier: newRetrier(),
        logger: createMemoryLogger(),
        ...(what === 'every run' ? { signal: interrupted.signal } : {}),
        report: ({ kind }) => {
          if (kind === 'applied') interrupted.abort(new Error('enough'));
        },
      });
      const running = migrator.run(
        Date.now() + 20_000,
        what === 'this run' ? interrupted.signal : undefined,
      );
      await expect(running).rejects.toThrow('enough');
      expect(await journal()).toEqual(['a']);
      expect(await ask(`SELECT 1 FROM ${schema}.migration_lock`)).toEqual([]);
    },
  );

  it('says why it has failed also when it cannot give its lease back', async () => {
    const open = async (openReal: () => Promise<Connection>): Promise<Connection> => {
      const connection = await openReal();
      return {
        ...connection,
        flight: async (statements, deadline) =>
          statements.some(({ sql }) => /^DELETE FROM \S*migration_lock/.test(sql))
            ? { results: [], error: new Error('connection lost') }
            : connection.flight(statements, deadline),
      };
    };
    const broken = poolOf(dsql, { open });
    const wrong = { id: 'wrong', ddl: `CREATE TABLE ${schema}.x (id nonsense)` };
    await expect(migrate(broken, schema, [wrong])).rejects.toThrow(
      /type "nonsense" does not exist/,
    );
    await broken.close();
  });

  it('lets two deployments run at once, one after the other', async () => {
    const migrations = [tableIn('a'), tableIn('b'), tableIn('c')];
    const [first, second] = await Promise.all([
      migrate(primary, schema, migrations, 'first'),
      migrate(secondary, schema, migrations, 'second'),
    ]);
    expect([...first, ...second].toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('looks again at what was done when somebody else has had the lease', async () => {
    const drop = { id: 'drop', ddl: `DROP TABLE ${schema}.a` };
    const migrations = [tableIn('a'), tableIn('b'), drop];
    let stolen = false;
    const open = async (openReal: () => Promise<Connection>): Promise<Connection> => {
      const connection = await openReal();
      let isFirst = true;
      const flight: Connection['flight'] = async (statements, deadline) => {
        const begins = statements.some(({ sql }) => /INSERT INTO \S+migration_statement/.test(sql));
        if (begins && isFirst) {
          isFirst = false;
          // So long that the lease ends, and another run does all of it.
          await asSuperuser(`UPDATE ${schema}.migration_lock SET lease_until = now()`);
          await migrate(secondary, schema, migrations, 'other');
        }
        return connection.flight(statements, deadline);
      };
      return { ...connection, flight };
    };
    const frozen = poolOf(dsql, { open });
    const thawed = createMigrator({
      connections: frozen,
      schema,
      migrations,
      owner: 'frozen',
      retrier: newRetrier(),
      logger: createMemoryLogger(),
      report: ({ kind }) => {
        if (kind === 'lease-lost') stolen = true;
      },
    });
    expect(await thawed.run(Date.now() + 30_000)).toEqual([]);
    expect(stolen).toBe(true);
    expect(await ask(`SELECT to_regclass('${schema}.a') AS a`)).toEqual([{ a: null }]);
    await frozen.close();
  });

  it('stops at a statement that fails, and says why', async () => {
    const wrong = { id: 'wrong', ddl: `CREATE TABLE ${schema}.x (id nonsense)` };
    await expect(migrate(primary, schema, [tableIn('a'), wrong, tableIn('b')])).rejects.toThrow(
      /type "nonsense" does not exist/,
    );
    expect(await ask(`SELECT id FROM ${schema}.migration`)).toEqual([{ id: 'a' }]);
    expect(await migrate(primary, schema, [tableIn('a'), tableIn('b')])).toEqual(['b']);
  });
});

describe('a database role', () => {
  const grantTo = (iamRoleArns: readonly string[], role = 'app', connections = primary) =>
    grantDatabaseRole(
      connections,
      newRetrier(),
      { role, schema, iamRoleArns },
      Date.now() + 20_000,
    );

  it('may change the data of its schema, and no schema', async () => {
    await migrate(primary, schema, [tableIn('t')]);
    await grantTo([dsql.principalArn]);
    await grantTo([dsql.principalArn]);
    const app = await dsql.connectionAs('app');
    await app.query(`INSERT INTO ${schema}.t (id, at) VALUES ('a', now())`);
    await expect(app.query(`CREATE TABLE ${schema}.mine (id int PRIMARY KEY)`)).rejects.toThrow(
      /permission denied/,
    );
    await expect(app.query(`DROP TABLE ${schema}.t`)).rejects.toThrow(/must be owner/);
  });

  it('may not see the journal of the migrations, nor their lock', async () => {
    await migrate(primary, schema, [tableIn('t')]);
    await grantTo([dsql.principalArn]);
    const app = await dsql.connectionAs('app');
    for (const table of ['migration', 'migration_lock', 'migration_statement']) {
      const reading = app.query(`SELECT * FROM ${schema}.${table}`);
      await expect(reading).rejects.toThrow(/permission denied/);
    }
  });

  it('may be made by two deployments at once', async () => {
    await migrate(primary, schema, [tableIn('t')]);
    for (let run = 0; run < 5; run += 1) {
      const role = `role_${crypto.randomUUID().slice(0, 8)}`;
      await Promise.all(
        [primary, secondary].map((pool) => grantTo([dsql.principalArn], role, pool)),
      );
      const app = await dsql.connectionAs(role);
      expect((await app.query(`SELECT id FROM ${schema}.t`)).rows).toEqual([]);
    }
  });

  it('exists also for a schema that has no tables yet', async () => {
    await migrate(primary, schema, []);
    await grantTo([dsql.principalArn]);
  });

  it('may not read another schema', async () => {
    await migrate(primary, schema, [tableIn('t')]);
    const app = await dsql.connectionAs('app');
    await expect(app.query(`SELECT * FROM ${schema}.t`)).rejects.toThrow(/permission denied/);
  });

  it('is granted to nothing but the ARN of an IAM role', async () => {
    const injection = `arn:aws:iam::000000000000:role/x'; DROP TABLE t; --`;
    await expect(grantTo([injection])).rejects.toMatchObject({ kind: 'InvalidInput' });
  });
});
