import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundleOrders } from '../../docs/examples/bundle-orders.ts';
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
