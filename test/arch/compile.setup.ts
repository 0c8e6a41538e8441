import { root, run } from './tools.ts';

/** Compiles this repository once for all tests of the tree; one of them says what the compiler finds. */
export const setup = async (): Promise<void> => {
  await run(root, 'tsc', '-b', 'test');
};
