import type { ParseArgsConfig } from 'node:util';
import { UsageError } from 'antipode-local-dsql/process';
import { halvesChoice, peerDefinitions, peerHelp, sdkHelp } from '../regions/halves-options.ts';
import type { HalvesChoice } from '../regions/service-halves.ts';
import { parseCommand, readAge, serviceDefinitions, serviceHelp } from '../service/options.ts';

/** The options of `antipode verify`; every value is checked. */
export type VerifyOptions = HalvesChoice & {
  /** Leaves out all that writes: a row in each Region, and probes on the buses. */
  readonly readOnly: boolean;
  /** An event that takes longer to its consumer is too slow. Milliseconds. */
  readonly lagMsMax: number;
  /** An event that has not come to its consumer by then is reported. Milliseconds. */
  readonly probeWaitMsMax: number;
  readonly json: boolean;
};

/** A consumer that has to start takes a second or two. */
const lagDefault = '10s';

/** Beyond the time of a slow one, so that a slow one is not taken for a lost one. Milliseconds. */
const probeWaitMsMin = 30_000;

const definitions = {
  ...serviceDefinitions,
  ...peerDefinitions,
  'read-only': { type: 'boolean', default: false },
  'max-lag': { type: 'string', default: lagDefault },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const verifyHelp = `antipode verify: whether a deployed service works in both Regions

  antipode verify [options]

It asks the deployed functions, which connect as they do in production. It prints one line for each check, and the
command that mends it where one has failed.

  --read-only         leaves out the checks that write: a row in each Region that the other one reads, and an event
                      to each consumer
  --max-lag AGE       an event may take so long to its consumer   (${lagDefault})
${peerHelp}
${serviceHelp}

${sdkHelp} Exit codes: 0 all is well, 1 a check has failed, 2 wrong usage.
`;

/**
 * Reads the arguments after `verify`; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option
 */
export const verifyOptions = (args: readonly string[]): VerifyOptions | undefined => {
  const { values, positionals } = parseCommand('verify', args, definitions);
  if (values.help) return undefined;
  if (positionals[0] !== undefined) {
    throw new UsageError(`verify: ${positionals[0]} is one argument too many`);
  }
  const lagMsMax = readAge('max-lag', values['max-lag']);
  return {
    ...halvesChoice('verify', values),
    readOnly: values['read-only'],
    lagMsMax,
    probeWaitMsMax: Math.max(probeWaitMsMin, 2 * lagMsMax),
    json: values.json,
  };
};
