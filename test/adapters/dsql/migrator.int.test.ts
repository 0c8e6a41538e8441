import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
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

afterAll(async () => {
  await Promise.all([primary.close(), secondary.close()]);
  await dsql.stop();
});

const ask = async (sql: string) => (await query(primary, statement(sql), { writes: false })).rows;

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
  const grantTo = (iamRoleArns: readonly string[]) =>
    grantDatabaseRole(
      primary,
      newRetrier(),
      { role: 'app', schema, iamRoleArns },
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
