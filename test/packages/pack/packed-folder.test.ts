import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderProblem } from '../../../packages/pack/packed-folder.ts';
import { run } from '../../arch/tools.ts';

const root = join(import.meta.dirname, '../../..');

let out = '';
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'antipode-packed-'));
});
afterEach(() => rmSync(out, { recursive: true }));

const folderWith = (name: string, ...files: readonly string[]): string => {
  const folder = join(out, name);
  mkdirSync(join(folder, 'dist'), { recursive: true });
  for (const file of files) writeFileSync(join(folder, file), '');
  return folder;
};

describe('a folder is replaced by a package', () => {
  test('where it is not there, or is a package that was packed before', () => {
    const before = folderWith('antipode', 'package.json', 'README.md', 'LICENSE', 'dist/a.js');
    expect(folderProblem([before, join(out, 'antipode-cli')])).toBeUndefined();
  });

  test('but for a checkout of the same name, which stays', async () => {
    const packed = folderWith('antipode-cli', 'package.json');
    const checkout = folderWith('antipode', 'package.json', '.git');
    const line = `${checkout} is no packed package, it has .git: pack to another folder`;
    expect(folderProblem([packed, checkout])).toBe(line);
    const { code, output } = await run(root, 'node', 'packages/pack/pack.ts', out);
    expect([code, output.trim()]).toEqual([1, line]);
  });
});
