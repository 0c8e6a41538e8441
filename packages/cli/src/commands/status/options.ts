import type { ParseArgsConfig } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { UsageError } from 'antipode-local-dsql/process';
import { halvesChoice, peerDefinitions, peerHelp, sdkHelp } from '../regions/halves-options.ts';
import type { HalvesChoice } from '../regions/service-halves.ts';
import { parseCommand, readAge, serviceDefinitions, serviceHelp } from '../service/options.ts';

/** The options of `antipode status`; every value is checked. */
export type StatusOptions = HalvesChoice & {
  /** Errors in the logs from then on. Milliseconds. */
  readonly sinceMs: number;
  /** Between two looks; absent: one look. Milliseconds. */
  readonly watchMs?: number;
  readonly json: boolean;
};

const sinceDefault = '1h';

/** A look asks each service of AWS a few times. Milliseconds. */
const watchMsMin = 2_000;

const definitions = {
  ...serviceDefinitions,
  ...peerDefinitions,
  since: { type: 'string', default: sinceDefault },
  watch: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const statusHelp = `antipode status: the state of a deployed service in both Regions

  antipode status [options]

It changes nothing, and judges nothing: antipode verify does.

  --since AGE         reads the errors in the logs of this time   (${sinceDefault})
  --watch AGE         looks again after this time, such as 10s, until it is interrupted
${peerHelp}
${serviceHelp}

${sdkHelp} Exit codes: 0 done, 1 a Region could not be read, 2 wrong usage.
`;

const watchOf = (text: string): number => {
  const ms = readAge('watch', text);
  if (ms >= watchMsMin) return ms;
  throw new UsageError(`--watch ${text}: give ${watchMsMin / 1_000}s or more`);
};

/**
 * Reads the arguments after `status`; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option
 */
export const statusOptions = (args: readonly string[]): StatusOptions | undefined => {
  const { values, positionals } = parseCommand('status', args, definitions);
  if (values.help) return undefined;
  if (positionals[0] !== undefined) {
    throw new UsageError(`status: ${positionals[0]} is one argument too many`);
  }
  const { watch } = values;
  return {
    ...halvesChoice('status', values),
    ...defined({ watchMs: watch === undefined ? undefined : watchOf(watch) }),
    sinceMs: readAge('since', values.since),
    json: values.json,
  };
};
