import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copyWithoutReference, root, run } from './tools.ts';
import { readSources } from './tree.ts';

/** A compilation of half the tree; 5 s here, more on a loaded machine. */
const timeoutMs = 300_000;

const folder = copyWithoutReference();
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

/** Synthesizes a small service of its own in two Regions, over bundles of its entries. */
const ofTwoRegions = 'test/infra/two-regions/synthesize.test.ts';

test('the framework makes two Regions of a declared service without the reference service', {
  timeout: timeoutMs,
}, async () => {
  // Bundles look for packages in the root of the tree.
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'), 'junction');
  const { code, output } = await run(
    folder.path,
    'vitest',
    ...['run', '--project', 'unit', ofTwoRegions],
  );
  expect(code, output).toBe(0);
  expect(output).toContain(ofTwoRegions);
});
