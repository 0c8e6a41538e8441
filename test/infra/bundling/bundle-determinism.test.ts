import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Plugin } from 'esbuild';
import { expect, it } from 'vitest';
import { bundle, omittableParts as omit } from '../../../infra/bundling/index.ts';
import { bundleFolder } from '../support/library-bundles.ts';

const { folder } = bundleFolder();

/** Longer than esbuild takes for all that it can read meanwhile. */
const delayMs = 300;

/** Delays the imports that a pattern names, so that every other importer of a file comes first. */
const delaying = (filter: RegExp): Plugin => ({
  name: 'delaying',
  setup: (build) => {
    build.onResolve({ filter }, async () => {
      await pause(delayMs);
      return undefined;
    });
  },
});

it('is the same whichever of two importers of a module esbuild hears first', async () => {
  const entry = join(folder, 'metrics.mjs');
  // One of its modules imports a module of another package, which this imports by a relative path.
  const code = `import { Metrics } from '@aws-lambda-powertools/metrics';
    export const handler = () => new Metrics();`;
  writeFileSync(entry, code);
  const orders = [/^@aws-lambda-powertools\/commons\/typeutils$/, /^\.\/typeUtils\.js$/];
  const [names, relative] = await Promise.all(
    orders.map((filter, at) =>
      bundle({ entry, outdir: join(folder, `${at}`), name: 'metrics', omit }, [delaying(filter)]),
    ),
  );
  expect(names?.hash).toBe(relative?.hash);
});

/** A client of the SDK as its packages look, in two chunks that share it. */
const project: Readonly<Record<string, string>> = {
  'package.json': '{}',
  'entry.mjs': `export const handler = async () =>
    [await import('./one.mjs'), await import('./two.mjs')];`,
  'one.mjs': "import { client } from '@aws-sdk/client-own'; export const one = client();",
  'two.mjs': "import { client } from '@aws-sdk/client-own'; export const two = [client()];",
  'node_modules/@aws-sdk/client-own/package.json':
    '{"name":"@aws-sdk/client-own","version":"2.0.0","module":"dist-es/index.js"}',
  'node_modules/@aws-sdk/client-own/dist-es/index.js': `
    import packageInfo from "../package.json";
    import { defaultProvider } from "@aws-sdk/credential-provider-node";
    export const client = () => [packageInfo.version, defaultProvider()];`,
  'node_modules/@aws-sdk/credential-provider-node/package.json': '{"main":"index.js"}',
  'node_modules/@aws-sdk/credential-provider-node/index.js': 'exports.defaultProvider = () => 1;',
};

it('is the same wherever the project lies', async () => {
  const hashes = ['here', 'elsewhere/deep'].map(async (place) => {
    for (const [path, content] of Object.entries(project)) {
      const file = join(folder, place, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    const entry = join(folder, place, 'entry.mjs');
    return (await bundle({ entry, outdir: join(folder, place, 'out'), name: 'own' })).hash;
  });
  expect(await hashes[0]).toBe(await hashes[1]);
});
