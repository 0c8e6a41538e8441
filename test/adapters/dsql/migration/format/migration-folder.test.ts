import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMigrationFolder } from '../../../../../src/adapters/dsql/index.ts';
import { readMigrationModule } from '../../../../../src/adapters/dsql/migration/format/migration-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-migrations-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (files: Readonly<Record<string, string | Uint8Array>>): void => {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
};

const kyselyMigration = `export const up = async (db) => { await db.schema.dropTable('a').execute(); };`;

describe('a folder of migrations', () => {
  it('is read in the order of its names, SQL and modules alike', async () => {
    write({
      '0002-two.mjs': kyselyMigration,
      '0010-ten.sql': 'SELECT 10;',
      '0001-one.sql': '\ufeffSELECT 1;',
      '0003_three.mjs': `export default { ${kyselyMigration.replace('export const up =', 'up:').replace(/;$/, '')} }`,
      'README.md': '# Migrations',
      '0002-two.d.mts': 'export {};',
    });
    const scripts = await readMigrationFolder(folder);
    expect(scripts.map(({ id, statements }) => [id, statements[0]?.sql])).toEqual([
      ['0001-one', 'SELECT 1'],
      ['0002-two', 'drop table "a"'],
      ['0003_three', 'drop table "a"'],
      ['0010-ten', 'SELECT 10'],
    ]);
  });

  it('takes modules that are named as Kysely lets them be: by a date, or without a number', async () => {
    const names = ['2026-01-31-a', '2026-01-31T12-b', '2026_02_01_c', 'd'];
    write(Object.fromEntries(names.map((name) => [`${name}.mjs`, kyselyMigration])));
    expect((await readMigrationFolder(folder)).map(({ id }) => id)).toHaveLength(names.length);
  });

  it.each<[string, Readonly<Record<string, string | Uint8Array>>, RegExp]>([
    ['nothing in it', {}, /has no migrations: write the first, such as 0001-items\.sql$/],
    ['a name without a number', { 'items.sql': 'SELECT 1' }, /^items\.sql: name it with a number/],
    [
      'a number twice',
      { '0001-a.sql': 'SELECT 1', '0001-b.sql': 'SELECT 1' },
      /^0001-a\.sql and 0001-b\.sql have the same number/,
    ],
    [
      'the number of an SQL file in a module',
      { '0001-a.sql': 'SELECT 1', '0001-b.mjs': kyselyMigration },
      /^0001-a\.sql and 0001-b\.mjs have the same number: give one of them the next$/,
    ],
    [
      'the number of a module in an SQL file',
      { '0001_a.mjs': kyselyMigration, '0001-b.sql': 'SELECT 1' },
      /0001_a\.mjs.* have the same number/,
    ],
    [
      'the number of a module in another one',
      { '0001-a.mjs': kyselyMigration, '0001-b.mjs': kyselyMigration },
      /^0001-a\.mjs and 0001-b\.mjs have the same number/,
    ],
    [
      'numbers of different lengths',
      { '1-a.sql': 'SELECT 1', '10-b.sql': 'SELECT 1' },
      /^1-a\.sql and 10-b\.sql: write all numbers with as many digits/,
    ],
    ['an empty file', { '0001-a.sql': '-- later' }, /^0001-a\.sql has no statement/],
    ['quotes that are open', { '0001-a.sql': "SELECT 1;\n\n'" }, /^0001-a\.sql:3: the quotes/],
    [
      'a file in another encoding',
      { '0001-a.sql': new Uint8Array([0x53, 0xe9]) },
      /^0001-a\.sql is not in UTF-8/,
    ],
    [
      'a module without up',
      { '0001-a.mjs': 'export const Up = 1;' },
      /^0001-a\.mjs exports no function up/,
    ],
    ['a module that is broken', { '0001-a.mjs': 'export const' }, /^cannot read .*0001-a\.mjs: /],
  ])('is refused in one line with %s', async (_, files, message) => {
    write(files);
    const refused = readMigrationFolder(folder);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ kind: 'InvalidInput' });
  });

  it('is refused in one line where there is none', async () => {
    await expect(readMigrationFolder(join(folder, 'none'))).rejects.toThrow(
      /none: there is no such file or folder$/,
    );
  });
});

describe('a module of migrations', () => {
  it('exports one list', async () => {
    write({
      'list.mjs': `export const schema = 's'; export const all = [{ id: 'a', ddl: 'SELECT 1' }];`,
    });
    const [script] = await readMigrationModule(join(folder, 'list.mjs'));
    expect(script).toMatchObject({ id: 'a', statements: [{ sql: 'SELECT 1', place: 'a' }] });
  });

  it.each([
    ['none', 'export const a = [1];'],
    [
      'two',
      `const one = () => [{ id: 'a', ddl: 'b' }]; export const a = one(); export const b = one();`,
    ],
  ])('is refused in one line with %s', async (_, code) => {
    write({ 'list.mjs': code });
    await expect(readMigrationModule(join(folder, 'list.mjs'))).rejects.toThrow(
      /list\.mjs must export one list of migrations, \{ id, ddl \} each$/,
    );
  });
});
