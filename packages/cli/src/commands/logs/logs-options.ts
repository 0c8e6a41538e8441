import { parseArgs } from 'node:util';
import { UsageError } from 'antipode-local-dsql/process';

/** The options of `antipode local --logs`. */
export type LogsOptions = {
  /** The function to follow; all of them unless given. */
  readonly functionName?: string;
};

/** Whether the arguments after `local` ask for the logs of a stack that runs. */
export const asksForLogs = (args: readonly string[]): boolean =>
  args.some((arg) => arg === '--logs' || arg.startsWith('--logs='));

/** `--logs=NAME` as two arguments: the parser knows no option whose value may be left out. */
const separated = (arg: string): readonly string[] =>
  arg.startsWith('--logs=') ? ['--logs', arg.slice('--logs='.length)] : [arg];

/**
 * Reads the arguments after `local`, of which `--logs` is one; `undefined` when they ask for help.
 *
 * @throws {UsageError} for anything that `--logs` does not go together with.
 */
export const logsOptions = (args: readonly string[]): LogsOptions | undefined => {
  const { values, positionals, tokens } = parseArgs({
    args: args.flatMap(separated),
    options: { logs: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  if (values['help']) return undefined;
  const other = tokens.find((token) => token.kind === 'option' && token.name !== 'logs');
  if (other?.kind === 'option') {
    throw new UsageError(
      `--logs follows a stack that runs already: leave out ${other.rawName}, or --logs`,
    );
  }
  const [functionName, ...further] = positionals;
  if (further.length > 0) throw new UsageError('--logs takes one function, or none for all');
  if (functionName === '') {
    throw new UsageError('--logs is followed by an empty name: give a function, or none for all');
  }
  return functionName === undefined ? {} : { functionName };
};
