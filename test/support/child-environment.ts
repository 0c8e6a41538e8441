/**
 * The variables that a program under test needs from this process and nothing of the developer's:
 * where programs are, where temporary files lie, where Node keeps compiled code and the tests keep
 * bundles, so that not every start compiles the same sources, and how far the heap of a program in
 * Go may grow.
 */
export const childEnvironment = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
) => ({
  PATH: environment['PATH'],
  TMPDIR: environment['TMPDIR'],
  NODE_COMPILE_CACHE: environment['NODE_COMPILE_CACHE'],
  ANTIPODE_TEST_BUNDLES: environment['ANTIPODE_TEST_BUNDLES'],
  GOGC: environment['GOGC'],
});
