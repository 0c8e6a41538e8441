import type { OmittedUse } from './omitted-use.ts';

/** A Kysely without a database. */
export const kysely = `
  import { Kysely, DummyDriver, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
  const rows = [{ a: 1 }];
  const connection = {
    executeQuery: async () => ({ rows }),
    streamQuery: async function* () { yield { rows }; },
  };
  class Driver extends DummyDriver { async acquireConnection() { return connection; } }
  const dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new Driver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  const db = new Kysely({ dialect });
`;

/** Uses of Kysely that a bundle may do without. */
export const kyselyEntries: Readonly<Record<string, OmittedUse>> = {
  'with-schema': [
    `${kysely} export const handler = () => db.withSchema('shop').selectFrom('a').selectAll().compile().sql;`,
    'select * from "shop"."a"',
    'kysely/with-schema',
  ],
  'with-schema in a variable': [
    `${kysely} export const handler = (name = ['with', 'Schema'].join('')) => db[name]('shop').deleteFrom('a').compile().sql;`,
    'delete from "shop"."a"',
    'kysely/with-schema',
  ],
  'with-schema as a plugin': [
    `${kysely} import { WithSchemaPlugin } from 'kysely';
     export const handler = () => db.withPlugin(new WithSchemaPlugin('s')).updateTable('a').set({ b: 1 }).compile().sql;`,
    'update "s"."a" set "b" = $1',
    'kysely/with-schema',
  ],
  'create table': [
    `${kysely} export const handler = () => db.schema.createTable('a').ifNotExists()
       .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo('x'))
       .addUniqueConstraint('u', ['id']).compile().sql;`,
    `create table if not exists "a" ("id" uuid default 'x' primary key, constraint "u" unique ("id"))`,
    'kysely/schema-builder',
  ],
  'alter table and indexes': [
    `${kysely} export const handler = () => [
       db.schema.alterTable('a').addColumn('b', 'text').compile().sql,
       db.schema.createIndex('i').on('a').column('b').compile().sql,
       db.schema.createView('v').as(db.selectFrom('a').selectAll()).compile().sql,
       db.schema.dropTable('a').ifExists().compile().sql,
     ];`,
    [
      'alter table "a" add column "b" text',
      'create index "i" on "a" ("b")',
      'create view "v" as select * from "a"',
      'drop table if exists "a"',
    ],
    'kysely/schema-builder',
  ],
  'schema node': [
    `import { CreateSchemaNode, PostgresQueryCompiler } from 'kysely';
     export const handler = () => new PostgresQueryCompiler().compileQuery(CreateSchemaNode.create('s'), { queryId: '1' }).sql;`,
    'create schema "s"',
    'kysely/schema-builder',
  ],
  introspection: [
    `${kysely} export const handler = async () => (await db.introspection.getSchemas()).length;`,
    1,
    'kysely/introspection',
  ],
  merge: [
    `${kysely} export const handler = () => db.mergeInto('a').using('b', 'a.id', 'b.id').whenMatched().thenDelete().compile().sql;`,
    'merge into "a" using "b" on "a"."id" = "b"."id" when matched then delete',
    'kysely/merge',
  ],
  'a controlled transaction': [
    `${kysely} export const handler = async () => {
       const transaction = await db.startTransaction().execute();
       await transaction.commit().execute();
       return transaction.isCommitted;
     };`,
    true,
    'kysely/controlled-transactions',
  ],
  'a path into JSON': [
    `${kysely} export const handler = () =>
       db.selectFrom('a').select((of) => of.ref('b', '->').key('c').as('d')).compile().sql;`,
    `select "b"->'c' as "d" from "a"`,
    'kysely/json-paths',
  ],
  'a JSON path by itself': [
    `${kysely} export const handler = () =>
       db.updateTable('a').set((of) => ({ b: of.jsonPath('$').key('c') })).compile().sql;`,
    `update "a" set "b" = '$."c"'`,
    'kysely/json-paths',
  ],
  'a window': [
    `${kysely} export const handler = () => db.selectFrom('a')
       .select((of) => of.fn.sum('b').over((window) => window.partitionBy('c').orderBy('d')).as('e')).compile().sql;`,
    'select sum("b") over(partition by "c" order by "d") as "e" from "a"',
    'kysely/window-functions',
  ],
  CASE: [
    `${kysely} export const handler = () => db.selectFrom('a')
       .select((of) => of.case().when('b', '=', 1).then(2).else(3).end().as('c')).compile().sql;`,
    'select case when "b" = $1 then 2 else 3 end as "c" from "a"',
    'kysely/case',
  ],
  'a dynamic reference': [
    `${kysely} export const handler = () => db.selectFrom('a').select(db.dynamic.ref('b')).compile().sql;`,
    'select "b" from "a"',
    'kysely/dynamic',
  ],
  'an explanation': [
    `${kysely} export const handler = async () => (await db.selectFrom('a').selectAll().explain()).length;`,
    1,
    'kysely/explain',
  ],
  'an explanation of a change': [
    `${kysely} export const handler = async () => [
       await db.insertInto('a').values({ b: 1 }).explain(),
       await db.updateTable('a').set({ b: 1 }).explain(),
       await db.deleteFrom('a').explain(),
     ].length;`,
    3,
    'kysely/explain',
  ],
  'TOP and OUTPUT': [
    `${kysely} export const handler = () => [
       db.selectFrom('a').selectAll().top(1),
       db.deleteFrom('a').top(1).output('deleted.b'),
     ].map((query) => query.compile().sql);`,
    ['select top(1) * from "a"', 'delete top(1) from "a" output "deleted"."b"'],
    'kysely/other-databases',
  ],
  'ON DUPLICATE KEY': [
    `${kysely} export const handler = () =>
       db.insertInto('a').values({ b: 1 }).onDuplicateKeyUpdate({ b: 2 }).compile().sql;`,
    'insert into "a" ("b") values ($1) on duplicate key update "b" = $2',
    'kysely/other-databases',
  ],
  'OR IGNORE': [
    `${kysely} export const handler = () => db.insertInto('a').values({ b: 1 }).orIgnore().compile().sql;`,
    'insert ignore into "a" ("b") values ($1)',
    'kysely/other-databases',
  ],
  'an UPDATE with a limit': [
    `${kysely} export const handler = () => db.updateTable('a').set({ b: 1 }).limit(1).compile().sql;`,
    'update "a" set "b" = $1 limit $2',
    'kysely/other-databases',
  ],
  'nodes of the schema builder': [
    `import { CreateTableNode, CreateViewNode, TableNode } from 'kysely';
     export const handler = () => [
       CreateViewNode.create('v').kind, CreateTableNode.create(TableNode.create('a')).kind,
     ];`,
    ['CreateViewNode', 'CreateTableNode'],
    'kysely/schema-builder',
  ],
};
