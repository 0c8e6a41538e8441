import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Plugin } from 'esbuild';
import { expect, it, vi } from 'vitest';
import { bundle } from '../../../infra/bundling/bundle.ts';
import { ledgerEntries, ledgerEntryFiles, ledgerOmissions } from '../../../infra/ledger/entries.ts';
import { seeded } from '../../support/workloads.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Enough to meet a race in each function that loads Powertools. */
const builds = 8;

vi.setConfig({ testTimeout: 300_000 });

const folder = temporaryFolder();

/** Delays a part of all imports and modules, so that esbuild hears of them in another order. */
const jitter = (seed: number): Plugin => {
  const random = seeded(seed);
  const mayPause = async () => {
    if (random() < 0.2) await pause(30 * random());
    return undefined;
  };
  return {
    name: 'jitter',
    setup: (build) => {
      build.onResolve({ filter: /./ }, mayPause);
      build.onLoad({ filter: /./ }, mayPause);
    },
  };
};

const files = Object.entries(ledgerEntryFiles(ledgerEntries));

it.each(files)('%s has one hash in whatever order esbuild hears of its modules', async (...of) => {
  const [name, entry] = of;
  const hashes = new Set<string>();
  for (let seed = 1; seed <= builds; seed += 1) {
    const outdir = join(folder, String(seed));
    const options = { entry, outdir, name, omit: ledgerOmissions };
    hashes.add((await bundle(options, [jitter(seed)])).hash);
  }
  expect(hashes.size).toBe(1);
});
