import { runCommand } from '../process/run-command.ts';
import { dsqlCommand } from './dsql-command.ts';

const name = 'antipode-local-dsql';

/**
 * Runs the `antipode-local-dsql` command and sets the exit code of the process: 0 done, 1 failed, 2
 * wrong usage.
 */
export const main = (args: readonly string[]): Promise<void> =>
  runCommand(name, (open) => dsqlCommand(name, args, open));
