/**
 * The variables that a program under test needs from this process and nothing of the developer's:
 * where programs are, where temporary files lie, and where Node keeps compiled code, so that not
 * every start compiles the same sources.
 */
export const childEnvironment = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
) => ({
  PATH: environment['PATH'],
  TMPDIR: environment['TMPDIR'],
  NODE_COMPILE_CACHE: environment['NODE_COMPILE_CACHE'],
});
