import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundleByEsbuild } from '../../docs/examples/bundle-by-esbuild.ts';
import { bundleOrders } from '../../docs/examples/bundle-orders.ts';
import { handlerOf } from '../../docs/examples/commonjs-handler.ts';
import { omittableParts } from '../../infra/bundling/parts/bundle-parts.ts';

it('the page on bundles lists the parts that can be omitted', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/bundles.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, part]) => part);
  expect(listed.toSorted()).toEqual(omittableParts.toSorted());
});

it('the page on bundles shows how an entry is bundled', async () => {
  const outdir = mkdtempSync(join(tmpdir(), 'antipode-docs-'));
  try {
    const entry = join(import.meta.dirname, '../../docs/examples/bank.ts');
    await bundleOrders(entry, outdir);
    expect(existsSync(join(outdir, 'orders/index.mjs'))).toBe(true);
  } finally {
    rmSync(outdir, { recursive: true });
  }
});

it('the page on bundles shows how a bundler of your own takes the plugin', async () => {
  const outdir = mkdtempSync(join(tmpdir(), 'antipode-docs-'));
  try {
    const outfile = join(outdir, 'index.cjs');
    await bundleByEsbuild(join(import.meta.dirname, '../../docs/examples/bank.ts'), outfile);
    expect(readFileSync(outfile, 'utf8').includes('bundle omits kysely/schema-builder')).toBe(true);
  } finally {
    rmSync(outdir, { recursive: true });
  }
});

it('the page on bundles shows how CommonJS awaits a handler', async () => {
  const served = Object.assign(async (event: unknown) => event, { use: () => served });
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 1 };
  await expect(handlerOf(Promise.resolve(served))('event', context)).resolves.toBe('event');
});
