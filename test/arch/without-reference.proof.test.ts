import { rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copyCompiledTree, linkModules, run } from './tools.ts';
import { readSources } from './tree.ts';

/**
 * A compilation and the unit tests of half the tree; 15 s here, and minutes on a loaded machine.
 */
const timeoutMs = 900_000;

const folder = copyCompiledTree((path) => !path.split(sep).includes('ledger'));
afterAll(folder.remove);

test('the framework stands alone: no folder of the reference service is left in the copy', () => {
  const paths = readSources(folder.path).map(({ path }) => path);
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => path.includes('/ledger/'))).toEqual([]);
});

test('the framework compiles without the reference service', { timeout: timeoutMs }, async () => {
  const { code, output } = await run(folder.path, 'tsc', '-b', 'test');
  expect(code, output).toBe(0);
});

/** Takes a third of the time, and bundles packages: nothing of a service can be missing there. */
const ofPackages = 'test/infra/bundling/bundle-omissions.test.ts';

test('the framework passes its unit tests without the reference service', {
  timeout: timeoutMs,
}, async () => {
  rmSync(join(folder.path, ofPackages));
  // After the compiler, which would follow the link: some tests look for packages in the root of
  // the tree.
  linkModules(folder.path);
  const { code, output } = await run(
    folder.path,
    'vitest',
    ...['run', '--project', 'unit', '--reporter', 'minimal'],
  );
  expect(code, output).toBe(0);
});
