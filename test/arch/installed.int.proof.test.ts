import { cpSync, globSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDsql, testDsql } from '../support/dsql.ts';
import { adminOptions } from '../support/dsql-adapter.ts';
import { installProject, installMsMax as timeoutMs } from './installing.ts';
import { packInto } from './packing.ts';
import { root, run, temporaryFolder } from './tools.ts';

/** The most that an installation of the dialect alone takes on the disk. */
const installedBytesMax = 25 * 1024 * 1024;

/**
 * The ends of the range of peers, and the first version of each line; a prerelease of the line
 * after them.
 */
const kyselyVersions = ['0.28.0', '0.28.19', '0.29.0', '0.29.9', '0.30.0-beta.2'];

const folder = temporaryFolder();
let archive = '';
let dsql: TestDsql;

beforeAll(async () => {
  [archive = ''] = await packInto(join(folder.path, 'packed'));
  dsql = await testDsql();
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE accounts (id text PRIMARY KEY, cents int NOT NULL)');
}, timeoutMs);

afterAll(async () => {
  await dsql.stop();
  folder.remove();
});

/** A project of a stranger, with these packages from the registry. */
const project = (name: string, ...packages: readonly string[]): Promise<string> =>
  installProject(join(folder.path, name), archive, ...packages);

const copiesOfKysely = (path: string): readonly string[] =>
  globSync('**/node_modules/kysely/package.json', { cwd: path });

describe('the package of the dialect', () => {
  test(
    'takes at most 25 MB with Kysely and pg, which is there once',
    async () => {
      const path = await project('alone', 'kysely', 'pg');
      const files = globSync('**/*', { cwd: join(path, 'node_modules') });
      const bytes = files
        .map((file) => lstatSync(join(path, 'node_modules', file)).blocks * 512)
        .reduce((sum, size) => sum + size, 0);
      expect(files.length).toBeGreaterThan(500);
      expect(bytes).toBeLessThanOrEqual(installedBytesMax);
      expect(copiesOfKysely(path)).toHaveLength(1);
    },
    timeoutMs,
  );
});

const program = `
import { readFileSync } from 'node:fs';
import { DsqlDialect } from 'antipode/dsql';
import { Kysely } from 'kysely';
import { openBank } from './bank.ts';

const { id, ...options } = JSON.parse(readFileSync('options.json', 'utf8'));
const db = new Kysely<{ accounts: { id: string; cents: number } }>({ dialect: new DsqlDialect(options) });
await db.insertInto('accounts').values({ id, cents: 1000 }).execute();
const bank = openBank(options);
await bank.withdraw(id, 100);
const accounts = await bank.accounts();
const tables = await db.introspection.getTables();
console.log(JSON.stringify({ account: accounts.find((one) => one.id === id), tables: tables.map(({ name }) => name) }));
await bank.close();
await db.destroy();
`;

const compilerOptions = {
  ...{ module: 'nodenext', target: 'es2024', lib: ['esnext'], strict: true, noEmit: true },
  ...{ allowImportingTsExtensions: true, skipLibCheck: false, types: ['node'] },
};

describe.each(kyselyVersions)('the first program of the documents, with Kysely %s,', (version) => {
  test(
    'compiles and runs on the only copy of it',
    async () => {
      const types = ['@types/node@24', '@types/pg@8'];
      const path = await project(version, `kysely@${version}`, 'pg', ...types);
      cpSync(join(root, 'docs/examples/bank.ts'), join(path, 'bank.ts'));
      writeFileSync(join(path, 'main.ts'), program);
      writeFileSync(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const options = { ...adminOptions(dsql), id: version };
      writeFileSync(join(path, 'options.json'), JSON.stringify(options));
      const compiled = await run(path, 'tsc', '-p', '.');
      expect(compiled.code, compiled.output).toBe(0);
      const ran = await run(path, 'node', 'main.ts');
      expect(ran.code, ran.output).toBe(0);
      expect(JSON.parse(ran.output)).toEqual({
        account: { id: version, cents: 900 },
        tables: ['accounts'],
      });
      const [copy = '', ...others] = copiesOfKysely(path);
      expect(others).toEqual([]);
      expect(JSON.parse(readFileSync(join(path, copy), 'utf8'))).toMatchObject({ version });
    },
    timeoutMs,
  );
});
