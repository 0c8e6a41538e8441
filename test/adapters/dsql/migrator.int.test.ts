import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Connection,
  type ConnectionPool,
  frameworkMigrations,
  grantDatabaseRole,
  query,
  statement,
} from '../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, newRetrier, poolOf } from '../../support/dsql-adapter.ts';

let dsql: TestDsql;
let primary: ConnectionPool;
let secondary: ConnectionPool;
let schema: string;

beforeAll(async () => {
  dsql = await testDsql();
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

/** Does to the server's catalogs what takes minutes or a crash on DSQL; the last statement's first row. */
const asSuperuser = async (...statements: readonly string[]) => {
  const { host, port, user, password, database } = dsql.postgres;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    let row: Readonly<Record<string, unknown>> | undefined;
    for (const sql of statements) [row] = (await client.query(sql)).rows;
    return row;
  } finally {
    await client.end();
  }
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
      return `CREATE UNIQUE INDEX ASYNC IF NOT EXISTS unique_at ON ${schema}.t (at)`;
    },
  };
  const journal = async () =>
    (await ask(`SELECT id FROM ${schema}.migration ORDER BY id`)).map((row) => row['id']);

  it('does not hold an index for built whose job has failed, and says how to go on', async () => {
    await migrate(primary, schema, [tableIn('t')]);
    await ask(`INSERT INTO ${schema}.t (id, at) VALUES ('a', '2026-01-01'), ('b', '2026-01-01')`);
    const howToGoOn = new RegExp(`DROP INDEX IF EXISTS "${schema}"."unique_at"`);
    for (const pool of [primary, secondary]) {
      const failing = migrate(pool, schema, [tableIn('t'), uniqueIndex, tableIn('later')]);
      await expect(failing).rejects.toThrow(howToGoOn);
      await expect(failing).rejects.toMatchObject({ kind: 'InvalidInput' });
    }
    expect(await journal()).toEqual(['t']);
    await ask(`DELETE FROM ${schema}.t WHERE id = 'b'`);
    await ask(`DROP INDEX IF EXISTS "${schema}"."unique_at"`);
    expect(await migrate(primary, schema, [tableIn('t'), uniqueIndex])).toEqual(['unique-at']);
  });

  it('waits for an index whose statement was answered to nobody, and keeps its lease', async () => {
    await migrate(primary, schema, [tableIn('t'), uniqueIndex]);
    await ask(`DELETE FROM ${schema}.migration WHERE id = 'unique-at'`);
    const setBuild = (valid: boolean, status: string) =>
      asSuperuser(
        `UPDATE pg_index SET indisvalid = ${valid} WHERE indexrelid = '${schema}.unique_at'::regclass`,
        `UPDATE sys.jobs SET status = '${status}' WHERE object_name = '${schema}.unique_at'`,
      );
    await setBuild(false, 'processing');
    let applied: readonly string[] | undefined;
    const running = migrate(primary, schema, [tableIn('t'), uniqueIndex]).then((ids) => {
      applied = ids;
    });
    const leaseUntil = async () =>
      (await asSuperuser(`SELECT lease_until::text AS at FROM ${schema}.migration_lock`))?.['at'];
    // One lease is for the run and one for the migration; the others are for the waiting.
    const leases = new Set<unknown>();
    await expect
      .poll(async () => leases.add(await leaseUntil()).size, { timeout: 10_000 })
      .toBeGreaterThan(4);
    expect(applied).toBeUndefined();
    expect(await journal()).toEqual(['t']);
    await setBuild(true, 'completed');
    await running;
    expect(applied).toEqual(['unique-at']);
  });

  it('does not hold an index for built that nobody builds any more', async () => {
    await migrate(primary, schema, [tableIn('t'), uniqueIndex]);
    await ask(`DELETE FROM ${schema}.migration WHERE id = 'unique-at'`);
    await asSuperuser(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${schema}.unique_at'::regclass`,
      `DELETE FROM sys.jobs WHERE object_name = '${schema}.unique_at'`,
    );
    await expect(migrate(primary, schema, [tableIn('t'), uniqueIndex])).rejects.toThrow(
      /"unique_at".*nothing builds it/,
    );
  });

  it('runs nothing when an index has no name, by which it could be found again', async () => {
    const nameless = { id: 'nameless', ddl: `CREATE INDEX ASYNC ON ${schema}.t (at)` };
    await expect(migrate(primary, schema, [tableIn('t'), nameless])).rejects.toThrow(
      /nameless.*CREATE INDEX ASYNC IF NOT EXISTS <name>/,
    );
    expect(await ask(`SELECT 1 FROM pg_namespace WHERE nspname = '${schema}'`)).toEqual([]);
  });

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

  it('goes on where a crash has left it, also between a statement and its journal', async () => {
    await migrate(primary, schema, [tableIn('a')]);
    await query(primary, statement(`DELETE FROM ${schema}.migration WHERE id = 'a'`), {
      writes: true,
    });
    expect(await migrate(primary, schema, [tableIn('a'), tableIn('b')])).toEqual(['a', 'b']);
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
    for (const table of ['migration', 'migration_lock']) {
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
