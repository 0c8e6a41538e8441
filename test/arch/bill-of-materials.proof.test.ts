import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LockFile } from './supply-chain.ts';
import { root, run } from './tools.ts';

test('npm writes the bill of materials of the tree, with each package of the lock file', async () => {
  const options = ['--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { code, output } = await run(root, 'npm', 'sbom', ...options);
  expect(code, output).toBe(0);
  const bill = JSON.parse(output) as {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly components: readonly { readonly name: string; readonly version: string }[];
  };
  expect([bill.bomFormat, bill.specVersion]).toEqual(['CycloneDX', '1.5']);
  const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
  const { packages } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  ) as LockFile;
  const locked = Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && !link)
    .map(([path, { name = path.split('node_modules/').at(-1), version }]) => `${name}@${version}`);
  expect(locked.length).toBeGreaterThan(500);
  expect(locked.filter((one) => !listed.has(one))).toEqual([]);
});
