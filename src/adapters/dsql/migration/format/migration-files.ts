import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '../../../../domain/kernel/index.ts';

/** A file with one migration. */
export type MigrationFile = {
  /** The path below the folder, with slashes: `0001-items.sql`, or `0001-items/migration.sql`. */
  readonly path: string;
  readonly id: string;
  readonly kind: 'sql' | 'module';
};

const sqlName = /^(\d+)[-_][\w.-]+\.sql$/;
/**
 * The name of the folder that Prisma and Drizzle make for each migration, and of the file in it.
 */
const folderName = /^\d+[-_][\w.-]+$/;
const folderFile = 'migration.sql';
/** Modules that Kysely reads; declarations are no code. */
const moduleName = /(?<!\.d)\.[cm]?[jt]s$/;

const upEnd = '.up.sql';
const downEnd = '.down.sql';
/** Ends of names that only down halves have. */
const otherDownName = /\.(?:down|undo|rollback|revert)\.sql$/i;
const upEnding = /[-_]up$/i;
/** Ends of names that both down halves and migrations have, such as `0007-fix-rollback.sql`. */
const downEnding = /[-_](?:down|undo|rollback|revert)$/i;
/** A name of a down half, or of a migration that is called like one. */
const perhapsDownName = /(?:^|[-_./])(?:down|undo|rollback|revert)(?:[-_./]|$)/i;

/** Files beside migrations that are obviously none. */
const harmless = /^\.|~$|\.(?:bak|orig|rej|md|txt|map)$|\.d\.[cm]?ts$/i;
const numbered = /^(?:\d+|[VUR]\d*_)[-_]/;
const changelogEnd = /\.(?:xml|ya?ml|json)$/i;
const flyway = /^[VUR][\d._]*__/;

/** Depth to which folders are searched for SQL that would not run. */
const depthMax = 4;

const refusal = (path: string, reason: string): InvalidInput =>
  new InvalidInput(`${path}: ${reason}`);

const notRead = 'this file is not read';

/** All files below a folder, sorted. */
const filesBelow = async (folder: string, prefix = '', depth = 0): Promise<readonly string[]> => {
  const found = await readdir(join(folder, prefix), { withFileTypes: true });
  const lists = found.map(async (one) => {
    const path = `${prefix}${one.name}`;
    if (!one.isDirectory()) return [path];
    const isSkipped = one.name === 'node_modules' || one.name.startsWith('.') || depth >= depthMax;
    return isSkipped ? [] : filesBelow(folder, `${path}/`, depth + 1);
  });
  return (await Promise.all(lists)).flat();
};

const withoutExtension = (name: string): string => name.slice(0, name.lastIndexOf('.'));

/** A file of SQL in the folder; undefined for a down half whose up half exists. */
const sqlFile = (name: string, all: ReadonlySet<string>): MigrationFile | undefined => {
  if (name.endsWith(downEnd)) {
    const up = `${name.slice(0, -downEnd.length)}${upEnd}`;
    if (all.has(up)) return undefined;
    throw refusal(name, `this down half has no ${up} beside it: write that, or remove this file`);
  }
  if (otherDownName.test(name)) {
    throw refusal(
      name,
      'this name is that of a down half, which up would run: remove the file, or give it another name',
    );
  }
  if (!sqlName.test(name)) {
    const reason = flyway.test(name)
      ? 'name it as 0001-items.sql, since the names of Flyway are not read, and remove its undo files'
      : 'name it with a number and a word, such as 0001-items.sql';
    throw refusal(name, reason);
  }
  return { path: name, id: withoutExtension(name), kind: 'sql' };
};

/** Refuses a file that looks like a migration and would not run. */
const checkUnread = (path: string): void => {
  const [name = '', ...folders] = path.split('/').toReversed();
  if (harmless.test(name)) return;
  if (/\.sql$/i.test(name) && folders.length === 0) {
    throw refusal(path, `name it ${withoutExtension(name)}.sql, in small letters`);
  }
  if (/\.sql(?:\W|$)/i.test(name)) {
    const remedies = [
      ...(folders.length === 0 ? ['write plain SQL as 0001-items.sql'] : []),
      // The remedy must not be to move a down half up: then it would run.
      ...(folders.length > 0 && !perhapsDownName.test(path)
        ? ['move it up, as 0001-items.sql, or to 0001-items/migration.sql']
        : []),
      'keep it in another folder',
    ];
    throw refusal(path, `${notRead}: ${remedies.join(', or ')}`);
  }
  if (folders.length > 0) return;
  if (/changelog/i.test(name) && changelogEnd.test(name)) {
    throw refusal(path, `${notRead}: write what Liquibase's update-sql prints as 0001-items.sql`);
  }
  if (numbered.test(name)) {
    throw refusal(
      path,
      `${notRead}, though it has a number: write it as SQL or as a module of Kysely, or keep it in another folder`,
    );
  }
};

const migrationFile = (path: string, all: ReadonlySet<string>): MigrationFile | undefined => {
  const [first = '', second, ...others] = path.split('/');
  if (second === undefined) {
    if (first.endsWith('.sql') && !first.startsWith('.')) return sqlFile(first, all);
    if (moduleName.test(first)) return { path, id: withoutExtension(first), kind: 'module' };
  } else if (second === folderFile && others.length === 0 && folderName.test(first)) {
    return { path, id: first, kind: 'sql' };
  }
  if (!(path.endsWith(downEnd) && second === undefined)) checkUnread(path);
  return undefined;
};

/** The number at the beginning of a name, which is no date. */
const numberOf = (name: string): string | undefined =>
  /^(?!\d{4}[-_]\d\d[-_]\d\d)(\d+)[-_]/.exec(name)?.[1];

/** Refuses two files of one number, which mostly come from two branches. */
const checkTwice = (paths: readonly string[]): void => {
  const numbers = new Map<string, string>();
  for (const path of paths) {
    const number = numberOf(path);
    if (number === undefined) continue;
    const other = numbers.get(number);
    if (other !== undefined) {
      // The remedy must not be to give a down half its own number.
      const down = [path, other].find((one) => perhapsDownName.test(withoutExtension(one)));
      const remedy =
        down === undefined
          ? 'give one of them the next'
          : `remove ${down} if it is the down half, or give one of them the next`;
      throw new InvalidInput(`${other} and ${path} have the same number: ${remedy}`);
    }
    numbers.set(number, path);
  }
};

/**
 * Refuses files whose numbers give another order than their names, where one of them is SQL.
 * Modules alone are in Kysely's order: they may be numbered by time beside SQL files that are
 * counted.
 */
const checkLengths = (files: readonly MigrationFile[]): void => {
  if (files.every(({ kind }) => kind === 'module')) return;
  let before: { readonly path: string; readonly kind: string; readonly number: string } | undefined;
  for (const { path, kind } of files) {
    const number = numberOf(path);
    if (number === undefined) continue;
    const sameLength = before === undefined || before.number.length === number.length;
    const bothSql = kind === 'sql' && before?.kind === 'sql';
    if (before && !sameLength && (bothSql || BigInt(before.number) > BigInt(number))) {
      throw new InvalidInput(
        `${before.path} and ${path}: write all numbers with as many digits, such as ${number.padStart(before.number.length, '0')}`,
      );
    }
    before = { path, kind, number };
  }
};

/**
 * Refuses names of down halves, if the other names end in `up`, or all names end like down halves.
 */
const checkDowns = (files: readonly MigrationFile[]): void => {
  const ids = files.filter(({ kind }) => kind === 'sql').map(({ id }) => id);
  const downs = ids.filter((id) => downEnding.test(id));
  const areHalves =
    ids.some((id) => upEnding.test(id)) || (downs.length > 1 && downs.length === ids.length);
  const [first] = downs;
  if (first === undefined || !areHalves) return;
  throw refusal(
    `${first}.sql`,
    'this name is that of a down half, which up would run: remove the file',
  );
};

const lockFile = 'migration_lock.toml';
const journalFile = 'meta/_journal.json';

/** Refuses SQL that Prisma has made for another database. */
const checkLock = (text: string): void => {
  const [, provider = 'postgresql'] = /\bprovider[ \t]*=[ \t]*["'](\w*)/.exec(text) ?? [];
  if (provider === 'postgresql') return;
  throw refusal(lockFile, `these migrations are for ${provider}: make them for postgresql`);
};

/** Checks the order of Drizzle's journal: Drizzle runs the files of the journal in that order. */
const checkJournal = (text: string, files: readonly MigrationFile[]): void => {
  let tags: readonly string[];
  try {
    const { entries } = JSON.parse(text) as { entries: readonly { readonly tag: string }[] };
    tags = entries.map(({ tag }) => tag);
  } catch (cause) {
    throw new InvalidInput(
      `${journalFile}: Drizzle's journal cannot be read: make it again, or remove the folder meta`,
      { cause },
    );
  }
  const ids = files.filter(({ kind }) => kind === 'sql').map(({ id }) => id);
  const at = Array.from({ length: Math.max(ids.length, tags.length) }).findIndex(
    (_, index) => ids[index] !== tags[index],
  );
  if (at < 0) return;
  throw refusal(
    journalFile,
    `Drizzle would run ${tags[at] ?? 'nothing'} where the folder has ${ids[at] ?? 'nothing'}: number the files as the journal does, or remove the folder meta if Drizzle is not used any more`,
  );
};

/**
 * Finds the migrations of a folder, in the order of their application, without the down halves of
 * golang-migrate and sqlx.
 *
 * @throws {InvalidInput} that names a file of uncertain order, or one that looks like a migration
 * and is none
 */
export const findMigrationFiles = async (folder: string): Promise<readonly MigrationFile[]> => {
  const found = await filesBelow(folder);
  const all = new Set(found);
  const files = found
    .toSorted((one, other) => one.localeCompare(other, 'en'))
    .flatMap((path) => migrationFile(path, all) ?? []);
  checkLengths(files);
  checkTwice(files.map(({ path }) => path));
  checkDowns(files);
  if (all.has(lockFile)) checkLock(await readFile(join(folder, lockFile), 'utf8'));
  if (all.has(journalFile)) checkJournal(await readFile(join(folder, journalFile), 'utf8'), files);
  return files;
};
