import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { describe, expect, it } from 'vitest';
import { createIndexAsync, waitForIndex } from '../../../../../src/adapters/dsql/index.ts';
import {
  isRecording,
  recordKyselyMigration,
} from '../../../../../src/adapters/dsql/migration/format/kysely-migrations.ts';

type Shop = { readonly items: { readonly id: string; readonly stock: number } };

const recorded = (up: (db: Kysely<Shop>) => Promise<unknown>) =>
  recordKyselyMigration('0001-a', '0001-a.ts', { up: (db) => up(db as unknown as Kysely<Shop>) });

describe("Kysely's migration", () => {
  it('says what it would send, with the parameters, and where each statement comes from', async () => {
    const { id, statements } = await recorded(async (db) => {
      await db.schema.createTable('items').addColumn('id', 'text').execute();
      await db.insertInto('items').values({ id: 'a', stock: 1 }).execute();
      await sql`CREATE INDEX ASYNC items_stock ON items (stock)`.execute(db);
      await db.updateTable('items').set({ stock: 2 }).where('id', '=', 'a').executeTakeFirst();
    });
    expect(id).toBe('0001-a');
    expect(statements).toEqual([
      { sql: 'create table "items" ("id" text)', parameters: [], place: '0001-a.ts, statement 1' },
      {
        sql: 'insert into "items" ("id", "stock") values ($1, $2)',
        parameters: ['a', 1],
        place: '0001-a.ts, statement 2',
      },
      {
        sql: 'CREATE INDEX ASYNC items_stock ON items (stock)',
        parameters: [],
        place: '0001-a.ts, statement 3',
      },
      {
        sql: 'update "items" set "stock" = $1 where "id" = $2',
        parameters: [2, 'a'],
        place: '0001-a.ts, statement 4',
      },
    ]);
  });

  const mustNotRead = /^0001-a\.ts, statement 1: a migration must not read/;
  it.each<[string, (db: Kysely<Shop>) => Promise<unknown>, RegExp]>([
    ['selects', (db) => db.selectFrom('items').selectAll().execute(), mustNotRead],
    ['asks for tables', (db) => db.introspection.getTables(), mustNotRead],
    ['selects by hand', (db) => sql`select 1`.execute(db), mustNotRead],
    [
      'selects in a WITH',
      (db) => sql`with x as (select 1) select * from x`.execute(db),
      mustNotRead,
    ],
    ['returns', (db) => db.deleteFrom('items').returning('id').execute(), mustNotRead],
    [
      'streams',
      async (db) => {
        for await (const one of db.selectFrom('items').selectAll().stream()) return one;
        return undefined;
      },
      /must not read/,
    ],
    [
      'opens a transaction',
      (db) => db.transaction().execute((one) => one.deleteFrom('items').execute()),
      /^0001-a\.ts: each statement commits by itself on DSQL: remove the transaction$/,
    ],
    ['does nothing', async () => undefined, /^0001-a\.ts: it sends no statement: .*execute/],
    [
      'is another one each time',
      (db) => db.insertInto('items').values({ id: crypto.randomUUID(), stock: 1 }).execute(),
      /^0001-a\.ts, statement 1: it is another one each time/,
    ],
    ['fails', () => Promise.reject(new Error('no such luck')), /^0001-a\.ts: no such luck$/],
    [
      'never ends',
      async (db) => {
        for (;;) await db.deleteFrom('items').execute();
      },
      /more than 1000 statements/,
    ],
  ])('that %s is refused in one line', async (_, up, message) => {
    const refused = recorded(up);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ kind: 'InvalidInput' });
  });

  it('builds its indexes in the background, as DSQL does', async () => {
    const { statements } = await recorded(async (db) => {
      await db.schema.createIndex('i').on('items').column('stock').execute();
      await db.schema.createIndex('u').unique().ifNotExists().on('items').column('id').execute();
    });
    expect(statements.map(({ sql }) => sql)).toEqual([
      'create index async "i" on "items" ("stock")',
      'create unique index async if not exists "u" on "items" ("id")',
    ]);
  });

  it("may wait for its indexes, as it must under Kysely's own migrator: here the migrator waits", async () => {
    const { statements } = await recorded(async (db) => {
      await createIndexAsync(db, db.schema.createIndex('i').on('items').column('stock'));
      await waitForIndex(db, { schema: 'public', index: 'i' });
    });
    expect(statements.map(({ sql }) => sql)).toEqual([
      'create index async "i" on "items" ("stock")',
    ]);
  });

  it('can know that it is recorded, also in a schema of its own', async () => {
    const seen: boolean[] = [];
    await recorded(async (db) => {
      seen.push(isRecording(db), isRecording(db.withSchema('shop')));
      await db.deleteFrom('items').execute();
    });
    expect(new Set(seen)).toEqual(new Set([true]));
    const other = new Kysely<Shop>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    });
    expect(isRecording(other)).toBe(false);
  });

  it('may move rows in one statement', async () => {
    const { statements } = await recorded((db) =>
      sql`with old as (select id from items) delete from items using old where items.id = old.id`.execute(
        db,
      ),
    );
    expect(statements).toHaveLength(1);
  });
});
