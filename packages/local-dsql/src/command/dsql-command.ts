import { endMsMax, exitCodes, type OpenTerminal } from '../process/run-command.ts';
import { dsqlHelp, dsqlOptions } from './dsql-options.ts';

/**
 * Starts a DSQL cluster alone, until a person ends it; returns the exit code.
 *
 * @param name the words by which the person has called it
 * @throws {UsageError} saying what is wrong with which option
 */
export const dsqlCommand = async (
  name: string,
  args: readonly string[],
  open: OpenTerminal,
): Promise<number> => {
  const options = dsqlOptions(args, name);
  if (!options) {
    process.stdout.write(dsqlHelp(name));
    return exitCodes.done;
  }
  // The parser and PostgreSQL's client take a while to load.
  const { runDsql } = await import('./run-dsql.ts');
  return (await runDsql(options, open(endMsMax))) ? exitCodes.done : exitCodes.failed;
};
