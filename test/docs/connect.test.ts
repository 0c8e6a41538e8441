import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = 'packages/local-dsql/connect';
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Lists of packages and of settings that their tools ask for, which the page does not show. */
const listing = /^(?:package\.json|prisma\.config\.ts|requirements\.txt|go\.(?:mod|sum)|pom\.xml)$/;

test('the page shows each program as the proof runs it', () => {
  const shown = [
    ...read('docs/connect.md').matchAll(/<!-- (\S+) -->\n```[a-z]+\n(.*?)```\n/gs),
  ].map(([, path = '', code]) => ({ path, code }));
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !listing.test(file.name))
    .map((file) => join(file.parentPath, file.name).slice(root.length + 1));
  expect(shown.map(({ path }) => path).toSorted()).toEqual(files.toSorted());
  for (const { path, code } of shown) expect(code).toBe(read(path));
});
