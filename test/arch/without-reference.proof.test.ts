import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copyWithoutReference, root, run } from './tools.ts';

/** The unit tests of half the tree; 15 s here, more on a loaded machine. */
const timeoutMs = 900_000;

const folder = copyWithoutReference();
afterAll(folder.remove);

/** Takes a third of the time, and bundles packages: nothing of a service can be missing there. */
const ofPackages = 'test/infra/bundling/bundle-omissions.test.ts';

test('the framework passes its unit tests without the reference service', {
  timeout: timeoutMs,
}, async () => {
  rmSync(join(folder.path, ofPackages));
  // Some tests look for packages in the root of the tree.
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'), 'junction');
  const { code, output } = await run(
    folder.path,
    'vitest',
    ...['run', '--project', 'unit', '--reporter', 'dot'],
  );
  expect(code, output).toBe(0);
});
