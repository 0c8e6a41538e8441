import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PluginBuild } from 'esbuild';
import { expect, it } from 'vitest';
import { bundleAll } from '../../../infra/bundling/bundle.ts';
import { bundleService } from '../../../infra/two-regions/bundles.ts';
import { booking } from '../support/booking.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();

const entry = (name: string, code = `export const handler = () => '${name}';`): string => {
  const path = join(folder, `${name}.lambda.ts`);
  writeFileSync(path, code);
  return path;
};

const broken = entry('broken', 'export const handler = ;');

it('is refused for one entry that cannot be compiled once the others are built', async () => {
  let ended = false;
  const slow = {
    name: 'slow',
    setup: (build: PluginBuild) => {
      build.onLoad({ filter: /slow\.lambda/ }, async () => {
        await pause(100);
        return undefined;
      });
      build.onEnd(({ errors }) => {
        ended ||= errors.length === 0;
      });
    },
  };
  const entries = { broken, slow: entry('slow') };
  await expect(bundleAll(entries, folder, {}, [slow])).rejects.toThrow('broken.lambda.ts:1:23');
  expect(ended).toBe(true);
});

it('waits for every function of a service before it tells that one is broken', async () => {
  const [api, relay, occupancy, notices] = ['api', 'relay', 'occupancy', 'notices'].map((name) =>
    entry(name),
  ) as [string, string, string, string];
  const entries = { api, relay, occupancy, notices, migrate: broken };
  const outdir = join(folder, 'service');
  const bundled = bundleService(booking, { entries, outdir });
  await expect(bundled).rejects.toThrow('broken.lambda.ts:1:23');
  expect(existsSync(join(outdir, 'peer-clusters/index.mjs'))).toBe(true);
});
