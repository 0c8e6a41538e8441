const { env } = process;

/**
 * The compiler and esbuild are written in Go, whose garbage collector runs whenever the heap has
 * doubled. When it may grow to five times, they take 15 % less processor time and a third more
 * memory.
 */
export const setup = (): void => {
  env['GOGC'] ??= '400';
};
