import type { ParseArgsConfig } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { refuseEmpty, UsageError } from 'antipode-local-dsql/process';
import { halvesChoice, peerDefinitions, peerHelp } from '../regions/halves-options.ts';
import type { HalvesChoice } from '../regions/service-halves.ts';
import { parseCommand, readTime, serviceDefinitions, serviceHelp } from '../service/options.ts';

/** The options of `antipode logs`; every value is checked. */
export type BothLogsOptions = HalvesChoice & {
  /** A function, by its name or the end of it; all unless given. */
  readonly functionName?: string;
  /** Lines from then on. Milliseconds since the epoch. */
  readonly since: number;
  /** Lines that have this text. */
  readonly correlation?: string;
  readonly follow: boolean;
  readonly json: boolean;
};

const sinceDefault = '10m';

const definitions = {
  ...serviceDefinitions,
  ...peerDefinitions,
  since: { type: 'string', default: sinceDefault },
  follow: { type: 'boolean', short: 'f', default: false },
  correlation: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const bothLogsHelp = `antipode logs: the lines of the functions of both Regions, in the order of their times

  antipode logs [FUNCTION] [options]

FUNCTION is the name of a function or the end of it, such as relay; all functions unless given.

  --since TIME        lines from then on, such as 2026-11-23T10:00:00Z or 2h   (${sinceDefault})
  -f, --follow        prints each new line until it is interrupted
  --correlation ID    lines with this id alone; antipode trace prints what they tell
${peerHelp}
${serviceHelp}

In AWS the credentials are those of the AWS SDK, and @aws-sdk/client-cloudformation and client-cloudwatch-logs have to
be installed. Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

/**
 * Reads the arguments after `logs`; `undefined` when they ask for help.
 *
 * @param now milliseconds since the epoch
 * @throws {UsageError} saying what is wrong with which option
 */
export const bothLogsOptions = (
  args: readonly string[],
  now: number,
): BothLogsOptions | undefined => {
  const { values, positionals } = parseCommand('logs', args, definitions);
  if (values.help) return undefined;
  const [functionName, more] = positionals;
  if (more !== undefined) throw new UsageError(`logs: ${more} is one argument too many`);
  const { correlation } = values;
  refuseEmpty(defined({ correlation }));
  return {
    ...halvesChoice('logs', values),
    ...defined({ functionName, correlation }),
    since: readTime('since', values.since, now),
    follow: values.follow,
    json: values.json,
  };
};
