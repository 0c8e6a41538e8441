import { expect } from 'vitest';
import { root, run } from './tools.ts';

/**
 * Packs the packages as they have been compiled into a folder; returns the tarballs in the order of
 * `packageFolders`.
 */
export const packInto = async (folder: string): Promise<readonly string[]> => {
  const { code, output } = await run(root, 'node', 'packages/pack/pack.ts', folder);
  expect(code, output).toBe(0);
  return output.trim().split('\n');
};
