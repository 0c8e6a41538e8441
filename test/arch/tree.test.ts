import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintOnce } from './lint-once.ts';
import { nothingStaysBehind } from './long-lived.ts';
import { manifestOf, packageFolders } from './packages.ts';
import {
  dependenciesPointInward,
  domainIsPure,
  entriesAreThin,
  lockFileIsPortable,
  pathsAreOurOwn,
  serversAreGuarded,
  vendorsStayOutside,
  versionsAreExact,
} from './rules.ts';
import { root, run } from './tools.ts';
import { importsOf, readSources } from './tree.ts';

const sources = readSources(root);
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('Biome finds nothing in this tree', async () => {
  const { code, output } = await lintOnce(root);
  expect(code, output).toBe(0);
});

test('the compiler finds nothing in this tree', async () => {
  const { code, output } = await run(root, 'tsc', '-b', 'test');
  expect(code, output).toBe(0);
});

test('the domain reads no clock and draws no random number', () => {
  expect(domainIsPure(sources)).toEqual([]);
});

test('an entry exports handler alone, in 40 lines at most', () => {
  expect(entriesAreThin(sources)).toEqual([]);
});

test('dependencies point inward, and the framework does not know the reference service', () => {
  expect(dependenciesPointInward(sources)).toEqual([]);
});

test('a race, a listener or a joined signal leaves nothing on what outlives it', () => {
  expect(nothingStaysBehind(sources)).toEqual([]);
});

test("a vendor's package stays in the layer that is named for it", () => {
  expect(vendorsStayOutside(sources)).toEqual([]);
});

test('antipode local starts without the adapter of DSQL, whose Kysely is 250 files', () => {
  const ofStart = sources.filter(({ path }) =>
    /^packages\/cli\/src\/(?:main\.ts|options\.ts|local\/|commands\/(?:local|logs|runs)\/)/.test(
      path,
    ),
  );
  expect(ofStart.length).toBeGreaterThan(50);
  const heavy = ofStart.flatMap((file) =>
    importsOf(file)
      .filter(({ target, typeOnly }) => !typeOnly && /^antipode\/(?:internal\/)?dsql$/.test(target))
      .map(({ target }) => `${file.path} imports ${target}`),
  );
  expect(heavy).toEqual([]);
});

test('every server of the local stack is made where its guard is', () => {
  expect(serversAreGuarded(sources)).toEqual([]);
});

test('temporary files have names that nobody knows, and rights are changed through no link', () => {
  expect(pathsAreOurOwn(sources)).toEqual([]);
});

test('the lock file names no download address and one version of Powertools', () => {
  expect(lockFileIsPortable(read('package-lock.json'))).toEqual([]);
});

test.each(packageFolders)('every dependency is pinned to one version: %s', (folder) => {
  expect(versionsAreExact(read(join(folder, 'package.json')))).toEqual([]);
});

test('the packages have one version, and none of them can be published by mistake', () => {
  const manifests = packageFolders.map(manifestOf);
  expect(new Set(manifests.map(({ version }) => version)).size).toBe(1);
  expect(manifests.filter((manifest) => manifest.private !== true)).toEqual([]);
});

describe('the reader of imports', () => {
  test.each([
    ["import { a } from './b.ts';", 'src/b.ts'],
    ["import {\n  a,\n  type c,\n} from '../b.ts';", 'b.ts'],
    ["import './b.ts';", 'src/b.ts'],
    ["const b = await import('./b.ts');", 'src/b.ts'],
    ["export * from './b.ts';", 'src/b.ts'],
    ["export { a } from './b.ts';", 'src/b.ts'],
    ["import type { A } from './b.ts';", 'src/b.ts'],
    ["type A = import('./b.ts').A;", 'src/b.ts'],
    ["import b from 'b';", 'b'],
  ])('sees the import in %j', (text, target) => {
    expect(importsOf({ path: 'src/a.ts', text }).map((found) => found.target)).toEqual([target]);
  });

  test.each([
    "// import './b.ts';",
    "/* import './b.ts'; */",
    "const from = 'b';",
    'const code = "import \'b\'";',
  ])('sees no import in %j', (text) => {
    expect(importsOf({ path: 'src/a.ts', text })).toEqual([]);
  });
});
