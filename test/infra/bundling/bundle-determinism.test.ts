import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
