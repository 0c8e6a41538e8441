import type { TestProject } from 'vitest/node';
import { root, run } from './tools.ts';

/**
 * Compiles this repository once for all tests of the tree; one of them says what the compiler
 * finds.
 */
export const setup = async ({ vitest }: TestProject): Promise<void> => {
  if (!vitest.state.getPaths().some((path) => path.includes('/arch/'))) return;
  await run(root, 'tsc', '-b', 'test');
};
