import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInput, type ServiceMigration } from '../../../../domain/kernel/index.ts';
import { type KyselyMigration, recordKyselyMigration } from './kysely-migrations.ts';
import { type MigrationScript, readMigrationScript, scriptOf } from './migration.ts';
import { findMigrationFiles, type MigrationFile } from './migration-files.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isKyselyMigration = (value: unknown): value is KyselyMigration =>
  isRecord(value) && typeof value['up'] === 'function';

const isListOfMigrations = (value: unknown): value is readonly ServiceMigration[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (one) =>
      isRecord(one) &&
      typeof one['id'] === 'string' &&
      (typeof one['ddl'] === 'string' || typeof one['dml'] === 'string'),
  );

/** Node's messages about an ES module whose name or package declares it CommonJS. */
const esModuleSyntax = /^(Unexpected token 'export'|Cannot use import statement outside a module)/;

/** The message for an error of the system or of a module, with the remedy where there is one. */
const reasonOf = (path: string, { code, message, stack }: NodeJS.ErrnoException): string => {
  if (code === 'ENOENT') return 'there is no such file or folder';
  // The stack begins with the file of the syntax error, which may be an imported one.
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

/** @throws {InvalidInput} that names the module and the remedy */
const importModule = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** Recognises the class that TypeORM and MikroORM write for each migration. */
const isMigrationClass = (value: unknown): boolean =>
  typeof value === 'function' && isKyselyMigration(value.prototype);

const readModule = async (
  folder: string,
  { path, id }: MigrationFile,
): Promise<MigrationScript> => {
  const module = await importModule(join(folder, path));
  const migration = [module['default'], module].find(isKyselyMigration);
  if (migration !== undefined) return recordKyselyMigration(id, path, migration);
  const reason = Object.values(module).some(isMigrationClass)
    ? 'exports a class, as TypeORM and MikroORM have it: export a function up(db), which gets a Kysely'
    : 'exports no function up: write one, or move it elsewhere';
  throw new InvalidInput(`${path} ${reason}`);
};

const readSql = async (folder: string, { path, id }: MigrationFile): Promise<MigrationScript> => {
  const bytes = await readFile(join(folder, path));
  const text = new TextDecoder('utf-8', { fatal: true });
  try {
    return readMigrationScript(id, path, text.decode(bytes));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InvalidInput(`${path} is not in UTF-8: save it so`, { cause: error });
  }
};

/**
 * Reads a folder of migrations, in the order of their names: `0001-items.sql` with SQL statements,
 * and modules with `up(db)` as Kysely's `FileMigrationProvider` reads them.
 *
 * Folders of dbmate, goose, sql-migrate, node-pg-migrate, golang-migrate, sqlx, Drizzle, Prisma and
 * Atlas are read as by these tools, without down halves. Any other file that looks like a migration
 * is refused.
 *
 * @throws {InvalidInput} that names the file, mostly the line, and the remedy
 */
export const readMigrationFolder = async (folder: string): Promise<readonly MigrationScript[]> => {
  const files = await findMigrationFiles(folder).catch((error: unknown) => {
    throw error instanceof InvalidInput ? error : unreadable(folder, error);
  });
  if (files.length === 0) {
    throw new InvalidInput(`${folder} has no migrations: write the first, such as 0001-items.sql`);
  }
  const scripts: MigrationScript[] = [];
  for (const file of files) {
    scripts.push(await (file.kind === 'sql' ? readSql : readModule)(folder, file));
  }
  return scripts;
};

/**
 * Reads a module that exports one list of `{ id, ddl }` or `{ id, dml }`.
 *
 * @throws {InvalidInput} that names the module and the remedy
 */
export const readMigrationModule = async (path: string): Promise<readonly MigrationScript[]> => {
  const lists = Object.values(await importModule(path)).filter(isListOfMigrations);
  const [list] = lists;
  if (list === undefined || new Set(lists).size > 1) {
    throw new InvalidInput(`${path} must export one list of migrations, { id, ddl } each`);
  }
  return list.map(({ id, ddl, dml }) => scriptOf({ id, ddl: ddl ?? dml }));
};
