import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What `antipode local` was asked to do; every value checked. */
export type LocalOptions = {
  /** Ends after the self-check instead of staying up. */
  readonly once: boolean;
  /** The command that synthesizes the app; `cdk.json` names it otherwise. */
  readonly app?: string;
  /** The module with the app's self-check; `cdk.json` names it otherwise. */
  readonly check?: string;
  /** Ports in the order of the Regions: the primary's first. */
  readonly httpPorts: readonly number[];
  readonly dsqlPorts: readonly number[];
  /** Primary and secondary Region, for the app to synthesize. */
  readonly regions?: readonly [string, string];
  /** Folder that keeps the data between starts. */
  readonly data?: string;
  /** How many times faster than in AWS schedules and retries come due. */
  readonly scheduleSpeed: number;
  /** Resource types to leave out. */
  readonly ignore: readonly string[];
};

/** The person asked for something that does not exist: one line, and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Outside the ranges from which systems choose ports for outgoing connections. */
const defaults = {
  'primary-port': 4100,
  'secondary-port': 4200,
  'primary-dsql-port': 4132,
  'secondary-dsql-port': 4232,
} as const;

const portMax = 65_535;

/** A day in 1.4 minutes; beyond it a schedule of one minute would come due faster than a function answers. */
const scheduleSpeedMax = 1000;

const definitions = {
  once: { type: 'boolean', default: false },
  app: { type: 'string' },
  check: { type: 'string' },
  'primary-port': { type: 'string' },
  'secondary-port': { type: 'string' },
  'primary-dsql-port': { type: 'string' },
  'secondary-dsql-port': { type: 'string' },
  regions: { type: 'string' },
  data: { type: 'string' },
  'schedule-speed': { type: 'string', default: '1' },
  ignore: { type: 'string', multiple: true, default: [] },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** What `--help` prints. */
export const localHelp = `antipode local: both Regions of a CDK app on this machine, without AWS and without Docker

  antipode local [options]          from the repository: npm start -- [options]
  antipode local --logs [FUNCTION]  in another terminal: the last lines and each new one of all
                                    functions, or of one, until the stack ends

  --once                     end after the self-check: exit code 0, or 1 and what failed
  --app COMMAND              the command that synthesizes the app   ("app" in cdk.json)
  --check MODULE             the app's self-check   ("antipode:check" in the context of cdk.json)
  --regions A,B              primary and secondary Region   (the app's own)
  --primary-port N           Lambda, EventBridge, SQS of the primary Region   (${defaults['primary-port']})
  --secondary-port N         the same of the secondary Region   (${defaults['secondary-port']})
  --primary-dsql-port N      DSQL of the primary Region   (${defaults['primary-dsql-port']})
  --secondary-dsql-port N    DSQL of the secondary Region   (${defaults['secondary-dsql-port']})
  --data DIR                 keep the data in this folder   (a temporary one, removed at the end)
  --schedule-speed N         schedules and retries come due N times sooner than in AWS   (1)
  --ignore TYPE              leave out resources of this type; may be repeated
  -h, --help                 print this

Port 0 takes any free port. Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: definitions }).values;
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split(/\.?\n|\. /);
    throw new UsageError(`${reason}: see antipode local --help`, { cause });
  }
};

/** Reads the number that an option was given. */
export const readNumber = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} ${text}: give a number from ${min} to ${max}`);
};

const regionPair = (text: string): readonly [string, string] => {
  const [primary = '', secondary = '', ...others] = text.split(',').map((name) => name.trim());
  const isRegion = (name: string) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(name);
  if (isRegion(primary) && isRegion(secondary) && primary !== secondary && others.length === 0) {
    return [primary, secondary];
  }
  throw new UsageError(
    `--regions ${text}: give two different Regions, such as us-east-1,us-west-2`,
  );
};

/**
 * Reads the arguments after `local`; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option.
 */
export const localOptions = (args: readonly string[]): LocalOptions | undefined => {
  const values = parse(args);
  if (values.help) return undefined;
  const port = (name: keyof typeof defaults): number => {
    const text = values[name];
    const value = text === undefined ? defaults[name] : readNumber(name, text, 0, portMax);
    if (!Number.isInteger(value)) throw new UsageError(`--${name} ${text}: give a whole number`);
    return value;
  };
  const httpPorts = [port('primary-port'), port('secondary-port')];
  const dsqlPorts = [port('primary-dsql-port'), port('secondary-dsql-port')];
  const fixed = [...httpPorts, ...dsqlPorts].filter((value) => value !== 0);
  const twice = fixed.find((value, index) => fixed.indexOf(value) !== index);
  if (twice !== undefined) throw new UsageError(`port ${twice} is given twice: choose another`);
  for (const name of ['app', 'check', 'data'] as const) {
    if (values[name] === '')
      throw new UsageError(`--${name} is empty: give a value or leave it out`);
  }
  const { app, check, data, regions } = values;
  return {
    once: values.once,
    ...(app === undefined ? {} : { app }),
    ...(check === undefined ? {} : { check }),
    ...(data === undefined ? {} : { data }),
    ...(regions === undefined ? {} : { regions: regionPair(regions) }),
    httpPorts,
    dsqlPorts,
    scheduleSpeed: readNumber('schedule-speed', values['schedule-speed'], 0.001, scheduleSpeedMax),
    ignore: values.ignore,
  };
};
