import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMigrationFolder } from '../../../../../src/adapters/dsql/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-migration-formats-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Files = Readonly<Record<string, string>>;

const write = (files: Files): void => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
};

const create = 'CREATE TABLE items (id int);';
const drop = 'DROP TABLE items;';

/** The statements that are run, as `place: SQL`. */
const read = async (files: Files): Promise<readonly string[]> => {
  write(files);
  const scripts = await readMigrationFolder(folder);
  return scripts.flatMap(({ statements }) =>
    statements.map(({ sql, place }) => `${place}: ${sql}`),
  );
};

const created = (line: number): string => `0001-items.sql:${line}: CREATE TABLE items (id int)`;

describe('the up half alone is read of a file of', () => {
  it.each([
    ['dbmate', `-- migrate:up\n${create}\n\n-- migrate:down\n${drop}\n`],
    [
      'dbmate with options',
      `-- migrate:up transaction:false\n${create}\n--migrate:down transaction:false\n${drop}`,
    ],
    [
      'dbmate with quotes that are open in the down half',
      `-- migrate:up\n${create}\n-- migrate:down\nDROP 'x`,
    ],
    [
      'dbmate with the line ends of Windows',
      `-- migrate:up\r\n${create}\r\n-- migrate:down\r\n${drop}\r\n`,
    ],
    ['goose', `-- +goose Up\n${create}\n-- +goose Down\n${drop}`],
    ['goose in other letters', `--+goose up\n${create}\n--   +GOOSE   DOWN\n${drop}`],
    [
      'goose without transactions',
      `-- +goose NO TRANSACTION\n-- +goose Up\n${create}`.replace('\n--', ' \n--'),
    ],
    ['goose without white space', `-- +gooseUp\n${create}\n-- +gooseDown\n${drop}`],
    ['sql-migrate', `-- +migrate Up\n${create}\n-- +migrate Down\n${drop}`],
    ['node-pg-migrate', `-- Up Migration\n${create}\n\n-- Down Migration\n${drop}`],
    [
      'node-pg-migrate in other letters',
      `  --- up   migration of items\n${create}\n-----down migration\n${drop}`,
    ],
  ])('%s', async (_, text) => {
    const line = text.slice(0, text.indexOf(create)).split('\n').length;
    expect(await read({ '0001-items.sql': text })).toEqual([created(line)]);
  });

  it('goose, whose statements may end without a semicolon', async () => {
    const text = `-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$
-- +goose StatementEnd
SELECT 1;
-- +goose Down
-- +goose StatementBegin
DROP FUNCTION f();
-- +goose StatementEnd`;
    expect(await read({ '0001-f.sql': text })).toEqual([
      '0001-f.sql:3: CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$',
      '0001-f.sql:5: SELECT 1',
    ]);
  });

  it('Drizzle, whose statements end at their breakpoints', async () => {
    const journal = {
      entries: [
        { idx: 0, tag: '0000_a' },
        { idx: 1, tag: '0001_b' },
      ],
    };
    expect(
      await read({
        '0000_a.sql':
          'SELECT 1;--> statement-breakpoint\nSELECT 2\n--> statement-breakpoint\nSELECT 3',
        '0001_b.sql': 'SELECT 4;',
        'meta/_journal.json': JSON.stringify(journal),
        'meta/0000_snapshot.json': '{}',
      }),
    ).toEqual([
      '0000_a.sql:1: SELECT 1',
      '0000_a.sql:2: SELECT 2',
      '0000_a.sql:4: SELECT 3',
      '0001_b.sql:1: SELECT 4',
    ]);
  });

  it('golang-migrate and sqlx, whose down halves are files of their own', async () => {
    expect(
      await read({
        '000001_items.up.sql': create,
        '000001_items.down.sql': drop,
        '000002_more.up.sql': 'SELECT 2',
        '000002_more.down.sql': 'SELECT 3',
      }),
    ).toEqual([
      '000001_items.up.sql:1: CREATE TABLE items (id int)',
      '000002_more.up.sql:1: SELECT 2',
    ]);
  });

  it.each([
    ['Prisma', { 'migration_lock.toml': 'provider = "postgresql"\n' }],
    ['Drizzle 1', { '001_items/snapshot.json': '{}' }],
  ])('%s, which has a folder for each', async (_, more) => {
    expect(
      await read({
        '001_items/migration.sql': create,
        '002_more/migration.sql': 'SELECT 2',
        ...more,
      }),
    ).toEqual([
      '001_items/migration.sql:1: CREATE TABLE items (id int)',
      '002_more/migration.sql:1: SELECT 2',
    ]);
  });

  it('Atlas, with the directives that change nothing', async () => {
    const text = `-- atlas:txmode none\n\n-- atlas:nolint\n${create}`;
    expect(await read({ '0001-items.sql': text, 'atlas.sum': 'h1:x\n' })).toEqual([created(4)]);
  });
});

describe('in the format of another tool, a file is refused with', () => {
  it.each([
    [
      'a down half without an up half (dbmate)',
      `${create}\n-- migrate:down\n${drop}`,
      2,
      /down half/,
    ],
    [
      'a down half without an up half (goose)',
      `${create}\n-- +goose Down\n${drop}`,
      2,
      /down half/,
    ],
    [
      'a down half without an up half (node-pg-migrate)',
      `${create}\n-- Down Migration\n${drop}`,
      2,
      /down half/,
    ],
    ['a down half in front', `-- migrate:down\n${drop}\n-- migrate:up\n${create}`, 1, /down half/],
    ['two up halves', `-- migrate:up\n${create}\n-- migrate:up\n${create}`, 3, /second/],
    ['a statement before the up half', `${create}\n-- +goose Up\nSELECT 1;`, 2, /before/],
    ['markers of two tools', `-- +goose Up\n${create}\n-- migrate:down\n${drop}`, 3, /dbmate/],
    [
      'a marker that is indented',
      `-- migrate:up\n${create}\n  -- migrate:down\n${drop}`,
      3,
      /start of/,
    ],
    [
      'a marker behind a statement',
      `-- migrate:up\n${create} -- migrate:down\n${drop}`,
      2,
      /start of/,
    ],
    [
      'a marker in a text',
      `-- migrate:up\nINSERT INTO a VALUES ('\n-- migrate:down\n');`,
      3,
      /quotes/,
    ],
    ['a marker in a comment', `-- +goose Up\n/*\n-- +goose Down\n*/\n${drop}`, 3, /comment/],
    [
      'a directive of goose that puts in values',
      `-- +goose Up\n-- +goose ENVSUB ON\n${create}`,
      2,
      /ENVSUB/,
    ],
    ['an unknown directive of goose', `-- +goose Up\n${create}\n-- +goose Dwn\n${drop}`, 3, /Dwn/],
    ['the changelog of Liquibase', `--liquibase formatted sql\n${create}`, 1, /Liquibase/],
    [
      'a change set of Liquibase',
      `\n-- changeset me:1 splitStatements:false\n${create}\n--rollback ${drop}`,
      2,
      /Liquibase/,
    ],
    ['a delimiter of Atlas', `-- atlas:delimiter \\n\\n\n${create}`, 1, /Atlas/],
    [
      'an archive of Atlas',
      `-- atlas:txtar\n\n-- migration.sql --\n${create}\n-- down.sql --\n${drop}`,
      1,
      /Atlas/,
    ],
    [
      'the line between the halves of tern',
      `${create}\n---- create above / drop below ----\n${drop}`,
      2,
      /down half/,
    ],
    ['a file that graphile-migrate includes', `--!include items.sql\n${create}`, 1, /include/],
    ['a comment that MySQL runs', `${create}\n/*!40101 SET NAMES utf8 */;`, 2, /MySQL/],
    ['a placeholder', `\nCREATE TABLE \${schema}.items (id int);`, 2, /placeholder/],
    ["psql's own commands", `${create}\n\\connect other\n${create}`, 2, /psql/],
    [
      'something behind a breakpoint',
      'SELECT 1;--> statement-breakpoint SELECT 2',
      1,
      /breakpoint/,
    ],
  ])('%s', async (_, text, line, message) => {
    const refused = read({ '0001-items.sql': text });
    await expect(refused).rejects.toThrow(
      new RegExp(`^0001-items\\.sql:${line}: .*${message.source}`),
    );
    await expect(refused).rejects.toMatchObject({ kind: 'InvalidInput' });
  });

  it.each([
    '-- DOWN',
    '--down:',
    '-- Down migration for 0001',
    '--- !Downs',
    '-- //@UNDO',
    '-- @rollback',
    '-- ===== ROLLBACK =====',
    '-- Roll back',
    '-- rollback script',
    '/* Down */',
    '-- migrate: down',
    '--\u00a0migrate:down',
    '-- +other Down',
    '-- Write your migrate down statements here',
    '-- Revert shop:items from pg',
    '-- Down: drops what is above',
    '-- down.sql --',
  ])('a heading that a person takes for that of a down half: %s', async (heading) => {
    await expect(read({ '0001-items.sql': `${create}\n\n${heading}\n${drop}` })).rejects.toThrow(
      /^0001-items\.sql:3: .*down half.*: /,
    );
  });

  it.each([
    '-- Rollback: DROP TABLE items',
    '-- Rollback plan: see the wiki.',
    '-- Down: not possible',
    '/* Rollback: restore the backup */',
    '-- Undo the soft delete of accounts',
    '-- Revert the rename of 0007',
    '-- Undo/redo stacks',
    '-- Backwards: the newest first',
    '-- Down payments, one row each',
    '-- The price may go down',
    '-- rollback: DROP TABLE items;',
    '-- Undo log of every change',
    "-- what follows can't be undone",
    '-- a drop-down list',
  ])('but not a comment of another meaning: %s', async (remark) => {
    expect(await read({ '0001-items.sql': `${remark}\n${create}` })).toEqual([created(2)]);
  });

  it('nor the remarks of a list of columns', async () => {
    const text = 'CREATE TABLE items (\n  -- Down\n  down int,\n  -- Rollback:\n  n int\n);';
    expect(await read({ '0001-items.sql': text })).toHaveLength(1);
  });

  it('but one behind a list that is never closed', async () => {
    const text = `CREATE TABLE items (id int;\n-- Down\n${drop}`;
    await expect(read({ '0001-items.sql': text })).rejects.toThrow(/^0001-items\.sql:2: /);
  });

  it('nor a heading with nothing behind it', async () => {
    expect(
      await read({ '0001-items.sql': `${create}\n-- Rollback\n-- DROP TABLE items;` }),
    ).toEqual([created(1)]);
  });
});

describe('a comment about a way back is taken for a heading where the file takes away what it has made:', () => {
  it.each([
    ['a tool that nobody knows', '-- rambler down', drop],
    ['a comment behind a statement', 'SELECT 1; -- down', drop],
    ['words in one', '-- mainDown', drop],
    ['prose', '-- To revert, run this by hand:', drop],
    ['prose in another form', '-- how this is rolled back', drop],
    ['a heading with another word', '-- Emergency rollback', 'DROP TABLE IF EXISTS shop.items;'],
    ['a wide banner', `/*${'*'.repeat(200)}\n * ROLLBACK\n ${'*'.repeat(200)}*/`, drop],
    ['a column', '-- rambler down', 'ALTER TABLE shop.items DROP COLUMN id;'],
    ['a name', '-- rambler down', 'ALTER TABLE goods RENAME TO items;'],
    ['rows', '-- rambler down', 'DELETE FROM items WHERE id = 1;'],
    ['all rows', '-- rambler down', 'TRUNCATE TABLE items;'],
    ['a later statement', '-- rambler down', `SELECT 1;\n${drop}`],
    ['the last statement, without a semicolon', '-- rambler down', drop.replace(';', '')],
  ])('%s', async (_, comment, back) => {
    await expect(read({ '0001-items.sql': `${create}\n\n${comment}\n${back}` })).rejects.toThrow(
      /^0001-items\.sql:3: a down half seems to begin here, .*items|id.*: remove both/,
    );
  });

  it.each([
    ['no such comment', '-- staging is over', drop],
    ['a comment before what is made', '', `-- rambler down\nSELECT 1;`],
    ['something else', '-- n went down', 'DROP TABLE shop.goods;'],
    ['a statement that adds', '-- n went down', 'ALTER TABLE items ADD COLUMN n int;'],
  ])('but not with %s', async (_, comment, next) => {
    const files = { '0001-items.sql': `${comment}\n${create}\n${comment}\n${next}` };
    expect(await read(files)).toHaveLength(2);
  });
});

describe('a folder of another tool is refused with', () => {
  it.each<[string, Files, RegExp]>([
    ['a down half alone', { '0001_a.down.sql': drop }, /^0001_a\.down\.sql: .*0001_a\.up\.sql/],
    [
      'down halves of another name',
      { '0001-a-up.sql': create, '0001-a-down.sql': drop },
      /same number: remove 0001-a-down\.sql if it is the down half/,
    ],
    [
      'down halves that have numbers of their own',
      { '0001-a-up.sql': create, '0002-a-down.sql': drop },
      /^0002-a-down\.sql: .*down half/,
    ],
    [
      'down halves alone',
      { '0001-a-down.sql': drop, '0002-b-down.sql': drop },
      /^0001-a-down\.sql: .*down half/,
    ],
    [
      'a down half that is named so in front',
      { '0001_up_a.sql': create, '0001_down_a.sql': drop },
      /same number: remove 0001_down_a\.sql if it is the down half/,
    ],
    [
      'an undo file of postgrator',
      { '001.do.a.sql': create, '001.undo.a.sql': drop },
      /^001\.do\.a\.sql: name it/,
    ],
    [
      'the versions of Flyway',
      { 'V1__a.sql': create, 'U1__a.sql': drop },
      /^U1__a\.sql: name it .*Flyway/,
    ],
    [
      'the repeatable migrations of Flyway',
      { 'R__views.sql': create },
      /^R__views\.sql: name it .*Flyway/,
    ],
    [
      'SQL in folders',
      { '0001-a.sql': create, 'deploy/0002-b.sql': create },
      /^deploy\/0002-b\.sql: .*not read/,
    ],
    [
      'up and down in folders',
      { '2026_a/up.sql': create, '2026_a/down.sql': drop },
      // Moved up, it would be run.
      /^2026_a\/down\.sql: this file is not read: keep it in another folder$/,
    ],
    [
      'SQL besides the migration of a folder',
      { '001_a/migration.sql': create, '001_a/down.sql': drop },
      /^001_a\/down\.sql: /,
    ],
    [
      'another letter case',
      { '0001-a.sql': create, '0002-b.SQL': create },
      /^0002-b\.SQL: .*0002-b\.sql/,
    ],
    [
      'templates',
      { '0001-a.sql': create, '0002-b.sql.j2': create },
      /^0002-b\.sql\.j2: .*not read/,
    ],
    [
      'migrations in Go',
      { '0001_a.sql': create, '0002_b.go': 'package x' },
      /^0002_b\.go: .*not read/,
    ],
    ['migrations in Python', { '0001_a.sql': create, '0002_b.py': '' }, /^0002_b\.py: .*not read/],
    [
      'the changelog of Liquibase',
      { '0001-a.sql': create, 'db.changelog-master.yaml': '' },
      /^db\.changelog-master\.yaml: .*Liquibase/,
    ],
    [
      'a database that is none of PostgreSQL',
      { '1_a/migration.sql': create, 'migration_lock.toml': 'provider = "mysql"' },
      /^migration_lock\.toml: .*mysql/,
    ],
    [
      'a database that is none of PostgreSQL, written by hand',
      { '1_a/migration.sql': create, 'migration_lock.toml': "provider='sqlite'" },
      /^migration_lock\.toml: .*sqlite/,
    ],
    [
      'one number in two folders',
      { '1_a/migration.sql': create, '1_b/migration.sql': create },
      /same number/,
    ],
    [
      'numbers of two lengths in folders',
      { '9_a/migration.sql': create, '10_b/migration.sql': create },
      /as many digits/,
    ],
    [
      'numbers of two lengths, one of them a module',
      { '9-a.mjs': 'export const up = 1', '10-b.sql': create },
      /as many digits/,
    ],
    [
      'a journal of Drizzle that has another order',
      {
        '0000_a.sql': create,
        '0001_b.sql': create,
        'meta/_journal.json': '{"entries":[{"idx":0,"tag":"0001_b"},{"idx":1,"tag":"0000_a"}]}',
      },
      /^meta\/_journal\.json: .*0001_b/,
    ],
    [
      'a journal of Drizzle that lacks a file',
      {
        '0000_a.sql': create,
        '0001_b.sql': create,
        'meta/_journal.json': '{"entries":[{"idx":0,"tag":"0000_a"}]}',
      },
      /^meta\/_journal\.json: .*0001_b/,
    ],
    [
      'classes of TypeORM',
      {
        '1700000000000-A.mjs':
          'export class A1700000000000 { async up(queryRunner) { await queryRunner.query("x"); } async down() {} }',
      },
      /^1700000000000-A\.mjs .*class.*TypeORM/,
    ],
    [
      'modules of knex',
      {
        '0001_a.cjs':
          'exports.up = (knex) => knex.raw("SELECT 1"); exports.down = () => undefined;',
      },
      /^0001_a\.cjs: .*not a function.*Kysely.*knex/,
    ],
    [
      'modules of knex whose methods Kysely has, too',
      {
        '0001_a.mjs':
          'export const up = (knex) => knex.schema.createTable("a", (table) => table.increments());',
      },
      /^0001_a\.mjs: it sends no statement: .*execute.*knex/,
    ],
    [
      'modules of Sequelize',
      {
        '0001-a.cjs':
          'module.exports = { up: async (queryInterface) => queryInterface.createTable("a", {}), down: async () => {} };',
      },
      /^0001-a\.cjs: .*not a function.*Kysely.*Sequelize/,
    ],
    [
      'modules of node-pg-migrate',
      { '0001_a.mjs': 'export const up = (pgm) => { pgm.sql("SELECT 1"); };' },
      /^0001_a\.mjs: .*not a function.*Kysely.*node-pg-migrate/,
    ],
  ])('%s', async (_, files, message) => {
    const refused = read(files);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ kind: 'InvalidInput' });
  });

  it('but a name that is applied already may speak of a way back', async () => {
    const files = {
      '0001-items.sql': create,
      '0002-fix-rollback.sql': 'SELECT 2',
      '0003-scale-down.sql': 'SELECT 3',
      '0004_undo.sql': 'SELECT 4',
    };
    expect(await read(files)).toHaveLength(4);
    for (const name of ['0001-items.sql', '0003-scale-down.sql', '0004_undo.sql']) {
      rmSync(join(folder, name));
    }
    expect(await read({})).toEqual(['0002-fix-rollback.sql:1: SELECT 2']);
  });

  it('and modules may be numbered by the time besides SQL that is counted', async () => {
    const module = `export const up = (db) => db.schema.dropTable('a').execute();`;
    const files = { '0001-items.sql': create, '1700000000000_b.mjs': module };
    expect(await read(files)).toEqual([created(1), expect.stringMatching(/^1700000000000_b/)]);
  });

  it('but leaves notes, maps, declarations and backups alone', async () => {
    expect(
      await read({
        '0001-items.sql': create,
        '0001-items.sql~': drop,
        '0001-items.sql.bak': drop,
        '0001-notes.md': '',
        'helpers/shared.mjs': '',
        '.0002-b.sql.swp': drop,
      }),
    ).toEqual([created(1)]);
  });
});
