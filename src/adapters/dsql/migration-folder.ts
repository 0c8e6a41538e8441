import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInput } from '../../domain/kernel/index.ts';
import type { Migration } from './framework-migrations.ts';
import { type KyselyMigration, recordKyselyMigration } from './kysely-migrations.ts';
import { type MigrationScript, readMigrationScript, scriptOf } from './migration.ts';

const sqlFile = /^(\d+)[-_][\w.-]+\.sql$/;
/** What Kysely reads; declarations are no code. */
const moduleFile = /(?<!\.d)\.[cm]?[jt]s$/;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isKyselyMigration = (value: unknown): value is KyselyMigration =>
  isRecord(value) && typeof value['up'] === 'function';

const isListOfMigrations = (value: unknown): value is readonly Migration[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (one) => isRecord(one) && typeof one['id'] === 'string' && typeof one['ddl'] === 'string',
  );

/** What Node says of an ES module that its name or its package calls CommonJS. */
const esModuleSyntax = /^(Unexpected token 'export'|Cannot use import statement outside a module)/;

/** Errors of the system and of modules, in words that say what is wrong and, where they can, what to do. */
const reasonOf = (path: string, { code, message, stack }: NodeJS.ErrnoException): string => {
  if (code === 'ENOENT') return 'there is no such file or folder';
  // The stack begins with the file whose syntax it is: it may be another one, which this one imports.
  if (esModuleSyntax.test(message) && stack?.startsWith(`${path}:`)) {
    const name = basename(path).replace(/\.c?([jt]s)$/, '.m$1');
    return `it is an ES module and Node takes it for CommonJS: name it ${name}, or set "type": "module" in its package.json`;
  }
  const [line = ''] = message.split('\n');
  return line;
};

const unreadable = (path: string, cause: unknown): InvalidInput =>
  new InvalidInput(`cannot read ${path}: ${reasonOf(path, cause as NodeJS.ErrnoException)}`, {
    cause,
  });

const importModule = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw unreadable(path, error);
  }
};

const withoutExtension = (name: string): string => name.slice(0, name.lastIndexOf('.'));

const readModule = async (folder: string, name: string): Promise<MigrationScript> => {
  const module = await importModule(join(folder, name));
  const migration = [module['default'], module].find(isKyselyMigration);
  if (migration === undefined) {
    throw new InvalidInput(`${name} exports no function up: write one, or move it elsewhere`);
  }
  return recordKyselyMigration(withoutExtension(name), name, migration);
};

const readSql = async (folder: string, name: string): Promise<MigrationScript> => {
  const bytes = await readFile(join(folder, name));
  const text = new TextDecoder('utf-8', { fatal: true });
  try {
    return readMigrationScript(withoutExtension(name), name, text.decode(bytes));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InvalidInput(`${name} is not in UTF-8: save it so`, { cause: error });
  }
};

/** The number that a name begins with; a date is none. */
const numberOf = (name: string): string | undefined =>
  /^(?!\d{4}[-_]\d\d[-_]\d\d)(\d+)[-_]/.exec(name)?.[1];

/** A number stands for one file, of whichever kind: two are mostly from two branches. */
const checkTwice = (names: readonly string[]): void => {
  const numbers = new Map<string, string>();
  for (const name of names) {
    const number = numberOf(name);
    if (number === undefined) continue;
    const other = numbers.get(number);
    if (other !== undefined) {
      throw new InvalidInput(
        `${other} and ${name} have the same number: give one of them the next`,
      );
    }
    numbers.set(number, name);
  }
};

/** Numbers must order files of SQL as their names do; modules may have names of another form. */
const checkNames = (names: readonly string[]): void => {
  let first: { readonly name: string; readonly number: string } | undefined;
  for (const name of names.filter((one) => one.endsWith('.sql'))) {
    const [, number] = sqlFile.exec(name) ?? [];
    if (number === undefined) {
      throw new InvalidInput(`${name}: name it with a number and a word, such as 0001-items.sql`);
    }
    first ??= { name, number };
    if (first.number.length !== number.length) {
      throw new InvalidInput(
        `${first.name} and ${name}: write all numbers with as many digits, such as ${number.padStart(first.number.length, '0')}`,
      );
    }
  }
};

/**
 * Reads a folder of migrations, in the order of their names: `0001-items.sql` with SQL statements, and modules with
 * `up(db)` as Kysely's `FileMigrationProvider` reads them. Other files are left alone.
 *
 * @throws {InvalidInput} that names the file and says what to do
 */
export const readMigrationFolder = async (folder: string): Promise<readonly MigrationScript[]> => {
  const found = await readdir(folder).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  const names = found
    .filter((name) => name.endsWith('.sql') || moduleFile.test(name))
    .toSorted((one, other) => one.localeCompare(other, 'en'));
  if (names.length === 0) {
    throw new InvalidInput(`${folder} has no migrations: write the first, such as 0001-items.sql`);
  }
  checkNames(names);
  checkTwice(names);
  const scripts: MigrationScript[] = [];
  for (const name of names) {
    scripts.push(await (name.endsWith('.sql') ? readSql : readModule)(folder, name));
  }
  return scripts;
};

/**
 * Reads a module that exports one list of `{ id, ddl }`.
 *
 * @throws {InvalidInput} that names the module and says what to do
 */
export const readMigrationModule = async (path: string): Promise<readonly MigrationScript[]> => {
  const lists = Object.values(await importModule(path)).filter(isListOfMigrations);
  const [list] = lists;
  if (list === undefined || new Set(lists).size > 1) {
    throw new InvalidInput(`${path} must export one list of migrations, { id, ddl } each`);
  }
  return list.map(scriptOf);
};
