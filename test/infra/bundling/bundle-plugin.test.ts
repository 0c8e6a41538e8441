import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { describe, expect, it, vi } from 'vitest';
import { bundlePlugin, omittableParts } from '../../../infra/bundling/index.ts';
import { answerOfFile, bundleFolder, bundleMsMax, entries } from '../support/library-bundles.ts';

vi.setConfig({ testTimeout: bundleMsMax });

const { folder } = bundleFolder();

/** A build of somebody else's, and the file that it makes. */
const buildWith = async (code: string, options: BuildOptions): Promise<string> => {
  const name = `plugin-${Math.random().toString(36).slice(2)}`;
  writeFileSync(join(folder, `${name}.mjs`), code);
  const outfile = join(folder, `${name}-bundle.${options.format === 'cjs' ? 'cjs' : 'mjs'}`);
  const entryPoints = [join(folder, `${name}.mjs`)];
  const own = { bundle: true, platform: 'node', target: 'node22', logLevel: 'silent' } as const;
  await build({ entryPoints, outfile, ...own, ...options });
  return outfile;
};

/** The banner with which SST defines `require`. */
const bannerOfSst = {
  js: "import { createRequire as topLevelCreateRequire } from 'module';\nconst require = topLevelCreateRequire(import.meta.url);",
};

/** A program that has nothing but the dialect. */
const dialect = `export { Kysely } from 'kysely';
  export { DsqlDialect } from '${join(import.meta.dirname, '../../../src/adapters/dsql/index.ts')}';`;

/** Bytes of the dialect's bundle. */
const dialectBytes = async (plugins: readonly Plugin[]): Promise<number> => {
  const options: BuildOptions = { format: 'cjs', minify: true, external: ['pg-native'] };
  const file = await buildWith(dialect, { ...options, plugins: [...plugins] });
  return readFileSync(file).length;
};

const [poolCode, poolAnswer] = entries['pool'] ?? [];
const omit = omittableParts.filter((part) => part !== 'pg/pool');

describe('the plugin', () => {
  it.each<[string, BuildOptions]>([
    ['an ES module', { format: 'esm' }],
    ['an ES module with a banner that defines require', { format: 'esm', banner: bannerOfSst }],
    ['an ES module with another banner', { format: 'esm', banner: { js: '/* a banner */' } }],
    ['CommonJS', { format: 'cjs' }],
    ['small CommonJS', { format: 'cjs', minify: true, mainFields: ['main'] }],
  ])('runs the libraries in %s', async (_name, options) => {
    const plugins = [bundlePlugin({ omit })];
    const file = await buildWith(String(poolCode), { ...options, plugins });
    expect(await answerOfFile(file)).toEqual(poolAnswer);
  });

  it('leaves out what it is told to, and says so when the code reaches it', async () => {
    const plugins = [bundlePlugin({ omit: ['pg/pool'] })];
    const file = await buildWith(String(poolCode), { format: 'cjs', plugins });
    const thrown = 'bundle omits pg/pool: change omit';
    expect(await answerOfFile(file)).toEqual({ thrown });
  });

  it('makes the dialect smaller, without and with omissions', async () => {
    const bare = await dialectBytes([]);
    const plugin = await dialectBytes([bundlePlugin()]);
    const omitting = await dialectBytes([bundlePlugin({ omit: omittableParts })]);
    expect(plugin).toBeLessThan(0.9 * bare);
    expect(omitting).toBeLessThan(0.35 * bare);
  });

  it('is refused for a part that nobody knows', () => {
    expect(() => bundlePlugin({ omit: ['pg/all' as never] })).toThrow(/^Cannot omit 'pg\/all'/);
  });
});
