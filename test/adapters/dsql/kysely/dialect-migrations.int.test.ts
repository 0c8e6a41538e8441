import { setTimeout as delay } from 'node:timers/promises';
import { type Compilable, Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createConnections,
  createIndexAsync,
  DsqlDialect,
  waitForIndex,
} from '../../../../src/adapters/dsql/index.ts';
import { type TestDsql, type TestEndpoint, testDsql } from '../../../support/dsql.ts';
import { adminOptions } from '../../../support/dsql-adapter.ts';

type Tables = Readonly<Record<string, { readonly id: string; readonly size: number }>>;

let dsql: TestDsql;
let db: Kysely<Tables>;
const opened: Kysely<Tables>[] = [];

/** A migrator's lease in these tests; long enough to be renewed on a busy machine. */
const leaseMs = 2_000;

const open = (at: TestEndpoint = dsql, user = 'admin'): Kysely<Tables> => {
  const options = { ...adminOptions({ ...dsql, ...at }), user };
  const dialect = new DsqlDialect({ ...options, migrationLeaseMs: leaseMs });
  const another = new Kysely<Tables>({ dialect });
  opened.push(another);
  return another;
};

beforeAll(async () => {
  dsql = await testDsql();
  db = open();
});

afterAll(async () => {
  await Promise.all(opened.map((each) => each.destroy()));
  await dsql.stop();
});

const migratorOf = (
  on: Kysely<Tables>,
  schema: string,
  migrations: Record<string, Migration>,
): Migrator =>
  new Migrator({
    db: on,
    provider: { getMigrations: async () => migrations },
    migrationTableSchema: schema,
  });

const migrate = async (migrator: Migrator): Promise<readonly string[]> => {
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
};

const asSuperuser = async (text: string, ...parameters: readonly unknown[]): Promise<void> => {
  const client = await dsql.superuserConnection();
  await client.query(text, [...parameters]);
};

const leaseHolders = async (schema: string): Promise<readonly unknown[]> => {
  const { rows } = await sql<{ owner: string }>`
    SELECT owner FROM ${sql.id(schema, 'kysely_migration_lock_lease')}`.execute(db);
  return rows;
};

const tableNamed = (schema: string, name: string): Migration => ({
  up: async (on) => {
    await on.schema
      .createTable(`${schema}.${name}`)
      .ifNotExists()
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .execute();
  },
});

describe("Kysely's migrator", () => {
  it('applies migrations, each once, and gives its lock back', async () => {
    const migrations = { a: tableNamed('first', 'a'), b: tableNamed('first', 'b') };
    const migrator = migratorOf(db, 'first', migrations);
    expect(await migrate(migrator)).toEqual(['a', 'b']);
    expect(await migrate(migrator)).toEqual([]);
    expect(
      await migrate(migratorOf(db, 'first', { ...migrations, c: tableNamed('first', 'c') })),
    ).toEqual(['c']);
    expect(await leaseHolders('first')).toEqual([]);
  });

  it('runs by itself though many are started at once, in both Regions', async () => {
    let runs = 0;
    let underWay = 0;
    const slow: Migration = {
      up: async () => {
        runs += 1;
        underWay += 1;
        expect(underWay).toBe(1);
        await delay(300);
        underWay -= 1;
      },
    };
    const migrations = { a: tableNamed('many', 'a'), b: slow };
    const all = await Promise.all(
      [dsql, dsql.peer, dsql, dsql.peer].map((at) =>
        migrate(migratorOf(open(at), 'many', migrations)),
      ),
    );
    expect(all.toSorted((x, y) => y.length - x.length)).toEqual([['a', 'b'], [], [], []]);
    expect(runs).toBe(1);
  });

  it('keeps its lock for as long as it runs, much longer than one lease', async () => {
    const slow: Migration = { up: () => delay(2.5 * leaseMs) };
    let second = 0;
    const patient: Migration = {
      up: async () => {
        second += 1;
      },
    };
    const running = migrate(migratorOf(open(), 'long', { a: slow }));
    await delay(leaseMs);
    const waiting = migrate(migratorOf(open(), 'long', { a: patient }));
    expect(await running).toEqual(['a']);
    expect(await waiting).toEqual([]);
    expect(second).toBe(0);
  });

  it('goes on after a crash of another, when its lease has ended', async () => {
    await migrate(migratorOf(db, 'crashed', { a: tableNamed('crashed', 'a') }));
    await sql`INSERT INTO crashed.kysely_migration_lock_lease (id, owner, lease_until)
      VALUES ('migration_lock', 'crashed', now() + interval '1 second')`.execute(db);
    const migrations = { a: tableNamed('crashed', 'a'), b: tableNamed('crashed', 'b') };
    expect(await migrate(migratorOf(db, 'crashed', migrations))).toEqual(['b']);
  });

  it('stops when another has taken its lease: nothing is done by two', async () => {
    const robbed: Migration = {
      up: async (on) => {
        await sql`UPDATE robbed.kysely_migration_lock_lease SET owner = 'other',
          lease_until = now() + interval '1 hour'`.execute(db);
        await delay(leaseMs);
        await tableNamed('robbed', 'late').up(on);
      },
    };
    const failing = migrate(migratorOf(open(), 'robbed', { a: robbed }));
    await expect(failing).rejects.toThrow(/lease has ended before it was renewed/);
    const tables = await db.introspection.getTables();
    expect(tables.map(({ schema, name }) => `${schema}.${name}`)).not.toContain('robbed.late');
    expect(await leaseHolders('robbed')).toEqual([{ owner: 'other' }]);
  });
});

describe("Kysely's introspection", () => {
  beforeAll(async () => {
    await sql`CREATE SCHEMA shown`.execute(db);
    await sql`CREATE TABLE shown.orders (
      id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
      customer text NOT NULL, placed_at timestamptz NOT NULL DEFAULT now(), note varchar(80))`.execute(
      db,
    );
    await sql`CREATE VIEW shown.notes AS SELECT note FROM shown.orders`.execute(db);
    await sql`COMMENT ON COLUMN shown.orders.note IS 'what the customer said'`.execute(db);
  });

  it('shows the tables and views of all schemas, and nothing that belongs to DSQL or to Kysely', async () => {
    const tables = await db.introspection.getTables();
    const shown = tables.filter(({ schema }) => schema === 'shown');
    expect(shown.map(({ name, isView }) => [name, isView])).toEqual([
      ['notes', true],
      ['orders', false],
    ]);
    const others = tables.filter(({ schema, name }) => schema === 'sys' || /^kysely_/.test(name));
    expect(others).toEqual([]);
    await migrate(migratorOf(db, 'shown', {}));
    const internal = await db.introspection.getTables({ withInternalKyselyTables: true });
    const names = internal.filter(({ schema }) => schema === 'shown').map(({ name }) => name);
    expect(names).toContain('kysely_migration_lock');
  });

  it('knows of each column its type, and whether it may be null, has a default and counts', async () => {
    const tables = await db.introspection.getTables();
    const orders = tables.find(({ schema, name }) => schema === 'shown' && name === 'orders');
    const column = (name: string) => orders?.columns.find((each) => each.name === name);
    expect(orders?.columns.map(({ name }) => name)).toEqual([
      'id',
      'customer',
      'placed_at',
      'note',
    ]);
    expect(column('id')).toMatchObject({ dataType: 'int8', isAutoIncrementing: true });
    expect(column('customer')).toEqual({
      name: 'customer',
      dataType: 'text',
      dataTypeSchema: 'pg_catalog',
      isNullable: false,
      hasDefaultValue: false,
      isAutoIncrementing: false,
    });
    expect(column('placed_at')).toMatchObject({ hasDefaultValue: true, isNullable: false });
    expect(column('note')).toMatchObject({ isNullable: true, comment: 'what the customer said' });
  });

  it('shows a role the tables that it has a privilege on, and no others', async () => {
    await sql`CREATE ROLE viewer WITH LOGIN`.execute(db);
    await sql.raw(`AWS IAM GRANT viewer TO '${dsql.principalArn}'`).execute(db);
    await sql`GRANT USAGE ON SCHEMA shown TO viewer`.execute(db);
    const viewer = open(dsql, 'viewer');
    const names = async () =>
      (await viewer.introspection.getTables())
        .filter(({ schema }) => schema === 'shown')
        .map(({ name }) => name);
    expect(await names()).toEqual([]);
    await sql`GRANT SELECT ON shown.notes TO viewer`.execute(db);
    expect(await names()).toEqual(['notes']);
  });

  it('shows the schemas that are not those of DSQL itself', async () => {
    const names = (await db.introspection.getSchemas()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['public', 'shown']));
    expect(names).not.toContain('sys');
    expect(names).not.toContain('pg_catalog');
  });
});

describe('an index', () => {
  const indexOn = (name: string): Compilable =>
    db.schema.createIndex(name).ifNotExists().on('built.things').column('size');

  const validityOf = async (name: string): Promise<readonly unknown[]> => {
    const { rows } = await sql<{ indisvalid: boolean }>`
      SELECT i.indisvalid FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE c.relname = ${name}`.execute(db);
    return rows.map(({ indisvalid }) => indisvalid);
  };

  /** Makes an index look as while DSQL builds it, or after it has failed to. */
  const pretend = (name: string, valid: boolean, status: string) =>
    asSuperuser(
      `WITH found AS (UPDATE pg_index SET indisvalid = $2 WHERE indexrelid = $1::regclass RETURNING indexrelid)
        UPDATE sys.jobs SET status = $3 FROM found WHERE object_id = found.indexrelid`,
      `built.${name}`,
      valid,
      status,
    );

  beforeAll(async () => {
    await sql`CREATE SCHEMA built`.execute(db);
    await tableNamed('built', 'things').up(db as Kysely<unknown>);
  });

  afterEach(() => sql`DELETE FROM built.things`.execute(db));

  it('is asked of DSQL in the way that DSQL knows, unique or not', () => {
    expect(indexOn('x').compile().sql).toBe(
      'create index async if not exists "x" on "built"."things" ("size")',
    );
    const unique = db.schema.createIndex('y').unique().on('built.things').columns(['id', 'size']);
    expect(unique.compile().sql).toBe(
      'create unique index async "y" on "built"."things" ("id", "size")',
    );
  });

  it('is valid when createIndexAsync returns, also the second time', async () => {
    await createIndexAsync(db, indexOn('by_size'));
    expect(await validityOf('by_size')).toEqual([true]);
    await createIndexAsync(db, indexOn('by_size'));
    await waitForIndex(db, { schema: 'built', index: 'by_size' });
  });

  it('in the schema that the session looks in needs no name of it', async () => {
    await sql`CREATE TABLE plain (id text PRIMARY KEY, size bigint)`.execute(db);
    await createIndexAsync(db, db.schema.createIndex('plain_size').on('plain').column('size'));
    await waitForIndex(db, { schema: 'public', index: 'plain_size' });
  });

  it('is waited for while it is built, and not for ever', async () => {
    await createIndexAsync(db, indexOn('slow'));
    await pretend('slow', false, 'processing');
    const short = waitForIndex(db, { schema: 'built', index: 'slow', waitMsMax: 300 });
    await expect(short).rejects.toMatchObject({ kind: 'Unavailable' });
    let built = false;
    const waiting = createIndexAsync(db, indexOn('slow')).then(() => {
      built = true;
    });
    await delay(500);
    expect(built).toBe(false);
    await pretend('slow', true, 'completed');
    await waiting;
  });

  it('that two rows forbid says so, and is built when the cause is gone', async () => {
    const unique = db.schema
      .createIndex('once')
      .unique()
      .ifNotExists()
      .on('built.things')
      .column('size');
    await sql`INSERT INTO built.things (id, size) VALUES ('a', 1), ('b', 1)`.execute(db);
    await expect(createIndexAsync(db, unique)).rejects.toMatchObject({ kind: 'InvalidInput' });
    expect(await validityOf('once')).toEqual([false]);
    await sql`DELETE FROM built.things WHERE id = 'b'`.execute(db);
    await createIndexAsync(db, unique);
    expect(await validityOf('once')).toEqual([true]);
  });

  it('is not taken from a query that builds none', async () => {
    const query = db.selectFrom('built.things').selectAll();
    await expect(createIndexAsync(db, query)).rejects.toThrow(/db.schema.createIndex/);
  });
});

it('connections that are made for Kysely serve others too, and the other way round', async () => {
  const connections = createConnections(adminOptions(dsql));
  const shared = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
  const { rows } = await sql<{ one: number }>`SELECT 1 AS one`.execute(shared);
  expect(rows).toEqual([{ one: 1 }]);
  await connections.use((connection) => connection.flight([], Date.now() + 1_000));
  await shared.destroy();
});
