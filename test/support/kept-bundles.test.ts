import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { build } from './kept-esbuild.ts';

const folder = mkdtempSync(join(tmpdir(), 'antipode-kept-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const imported = join(folder, 'imported.js');
let loads = 0;
const counting: Plugin = {
  name: 'counting',
  setup: (builder) => {
    builder.onStart(() => {
      loads += 1;
    });
  },
};

const bundled = async (name = 'api', minify = false): Promise<readonly string[]> => {
  const { outputFiles = [], metafile } = await build({
    ...{ absWorkingDir: folder, entryPoints: { index: join(folder, 'entry.js') } },
    ...{ bundle: true, format: 'esm', write: false, metafile: true, minify, logLevel: 'silent' },
    ...{ outdir: join(folder, name), plugins: [counting] },
  });
  expect(Object.keys(metafile?.outputs ?? {})).toEqual([`${name}/index.js`]);
  return outputFiles.map(({ path, text }) => `${path}: ${text}`);
};

beforeEach(() => {
  loads = 0;
  vi.stubEnv('ANTIPODE_TEST_BUNDLES', mkdtempSync(join(folder, 'bundles-')));
  writeFileSync(join(folder, 'entry.js'), "export { answer } from './imported.js';");
  writeFileSync(imported, 'export const answer = 1;');
});
afterEach(() => vi.unstubAllEnvs());

test('a bundle is built once, and written where each build asks for it', async () => {
  const [first = ''] = await bundled('api');
  expect(first).toContain('answer = 1');
  const [second] = await bundled('relay');
  expect(second).toBe(first.replace('/api/', '/relay/'));
  expect(loads).toBe(1);
});

test('a bundle is built again when a file that it imports has changed', async () => {
  await bundled();
  writeFileSync(imported, 'export const answer = 2;');
  expect((await bundled()).join()).toContain('answer = 2');
  expect(loads).toBe(2);
});

test('a bundle is built again when a file that it imports is gone', async () => {
  await bundled();
  rmSync(imported);
  await expect(bundled()).rejects.toThrow('Could not resolve');
});

test('a bundle with other options is another one', async () => {
  await bundled('api', false);
  await bundled('api', true);
  expect(loads).toBe(2);
});

test('a bundle is built each time where no folder keeps it', async () => {
  vi.stubEnv('ANTIPODE_TEST_BUNDLES', '');
  await bundled();
  await bundled();
  expect(loads).toBe(2);
});
