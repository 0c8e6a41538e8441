import { type ParseArgsConfig, parseArgs } from 'node:util';
import { defined, isRegionName } from 'antipode/internal/domain';
import { readNumber, refuseEmpty, UsageError } from 'antipode-local-dsql/process';

/** The options of `antipode local`; every value is checked. */
export type LocalOptions = {
  /** Ends after the self-check instead of staying up. */
  readonly once: boolean;
  /** Starts without an app, and waits for deployments. */
  readonly empty?: true;
  /** The command that synthesizes the app; `cdk.json` names it otherwise. */
  readonly app?: string;
  /** The module with the app's self-check; `cdk.json` names it otherwise. */
  readonly check?: string;
  /** Ports in the order of the Regions: the primary's first. */
  readonly httpPorts: readonly number[];
  readonly dsqlPorts: readonly number[];
  /** Primary and secondary Region, for the app to synthesize. */
  readonly regions?: readonly [string, string];
  /** Region of the clusters' witness, likewise. */
  readonly witness?: string;
  /** Folder that keeps the data between starts. */
  readonly data?: string;
  /** Whether functions run new code when a source file has changed. */
  readonly watch: boolean;
  /** How many times faster than in AWS schedules and retries come due. */
  readonly scheduleSpeed: number;
  /** Failures that the stack has from its start, as they were written; the start checks them. */
  readonly faults?: string;
  /** Resource types to leave out. */
  readonly ignore: readonly string[];
};

/** Outside the ranges from which systems choose ports for outgoing connections. */
const portDefault = 4100;

/** The distance of each port from the first one. */
const portOffsets = {
  'primary-port': 0,
  'secondary-port': 100,
  'primary-dsql-port': 32,
  'secondary-dsql-port': 132,
} as const;

type PortName = keyof typeof portOffsets;

const offsetMax = Math.max(...Object.values(portOffsets));

const portMax = 65_535;

/**
 * Ports that `fetch` and browsers refuse to call, of those that need no rights of an administrator:
 * https://fetch.spec.whatwg.org/#port-blocking
 */
const blockedPorts: ReadonlySet<number> = new Set([
  ...[1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566],
  ...[6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080],
]);

/**
 * A day in 1.4 minutes; beyond it a schedule of one minute would come due faster than a function
 * answers.
 */
const scheduleSpeedMax = 1000;

const definitions = {
  once: { type: 'boolean', default: false },
  empty: { type: 'boolean', default: false },
  app: { type: 'string' },
  check: { type: 'string' },
  port: { type: 'string' },
  'primary-port': { type: 'string' },
  'secondary-port': { type: 'string' },
  'primary-dsql-port': { type: 'string' },
  'secondary-dsql-port': { type: 'string' },
  regions: { type: 'string' },
  witness: { type: 'string' },
  data: { type: 'string' },
  'no-watch': { type: 'boolean', default: false },
  'schedule-speed': { type: 'string', default: '1' },
  faults: { type: 'string' },
  ignore: { type: 'string', multiple: true, default: [] },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

const defaultOf = (name: PortName): number => portDefault + portOffsets[name];

/** The text that `--help` prints. */
export const localHelp = `antipode local: both Regions of a CDK app on this machine, without AWS and without Docker

  antipode local [options]          from the repository: npm start -- [options]
  antipode local --logs [FUNCTION]  in another terminal: the last lines and each new one of all
                                    functions, or of one, until the stack ends
  antipode local region --help      in another terminal: lose a Region or the link between the
                                    Regions, and bring it back
  antipode local crash --help       in another terminal: kill a process between COMMIT and publish

  --once                     end after the self-check, with exit code 0, or with 1 and the failed step
  --empty                    run no app: wait for npx cdk deploy and aws cloudformation deploy
  --app COMMAND              the command that synthesizes the app   ("app" in cdk.json)
  --check MODULE             the app's self-check   ("antipode:check" in the context of cdk.json)
  --regions A,B              primary and secondary Region   (the app's own)
  --witness REGION           Region of the clusters' witness   (the app's own)
  --port N                   all four ports: N and N+100 for HTTP, N+32 and N+132 for DSQL   (${portDefault})
  --primary-port N           Lambda, EventBridge, SQS of the primary Region   (${defaultOf('primary-port')})
  --secondary-port N         the same of the secondary Region   (${defaultOf('secondary-port')})
  --primary-dsql-port N      DSQL of the primary Region   (${defaultOf('primary-dsql-port')})
  --secondary-dsql-port N    DSQL of the secondary Region   (${defaultOf('secondary-dsql-port')})
  --data DIR                 keep the database in this folder   (a temporary one, removed at the end)
  --no-watch                 do not run new code when a source file changes   (functions run it)
  --schedule-speed N         schedules and retries come due N times sooner than in AWS   (1)
  --faults LIST              inject failures, each with its rate from 0 to 1, always the same for a seed:
                             seed=7,crash-before-publish=0.02,crash-after-publish=0.02,refused-entry=0.05,
                             duplicate=0.1,delay=MS,stopped=REGION,link=cut, and those of local dsql
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

const regionPair = (text: string): readonly [string, string] => {
  const [primary = '', secondary = '', ...others] = text.split(',').map((name) => name.trim());
  if (
    isRegionName(primary) &&
    isRegionName(secondary) &&
    primary !== secondary &&
    others.length === 0
  ) {
    return [primary, secondary];
  }
  const unknown = [primary, secondary].find((name) => name !== '' && !isRegionName(name));
  const reason = unknown === undefined ? '' : `${unknown} is no Region; `;
  throw new UsageError(
    `--regions ${text}: ${reason}give two different Regions, such as us-east-1,us-west-2`,
  );
};

const witnessRegion = (text: string, regions: readonly string[] = []): string => {
  if (isRegionName(text) && !regions.includes(text)) return text;
  const rule = isRegionName(text) ? 'give a Region that is not one of the two' : 'give a Region';
  throw new UsageError(`--witness ${text}: ${rule}, such as us-east-2`);
};

const readPort = (name: 'port' | PortName, text: string, max: number): number => {
  const value = readNumber(name, text, 0, max);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`--${name} ${text}: give a whole number`);
};

/** The ports of the Regions, the primary's first; one that is given by itself wins. */
const portsOf = (
  values: Readonly<Partial<Record<'port' | PortName, string>>>,
): Pick<LocalOptions, 'httpPorts' | 'dsqlPorts'> => {
  const first =
    values.port === undefined ? portDefault : readPort('port', values.port, portMax - offsetMax);
  const port = (name: PortName): number => {
    const text = values[name];
    if (text !== undefined) return readPort(name, text, portMax);
    return first === 0 ? 0 : first + portOffsets[name];
  };
  const httpPorts = [port('primary-port'), port('secondary-port')];
  const blocked = httpPorts.find((value) => blockedPorts.has(value));
  if (blocked !== undefined) {
    throw new UsageError(`fetch and browsers refuse port ${blocked} for HTTP: choose another`);
  }
  const dsqlPorts = [port('primary-dsql-port'), port('secondary-dsql-port')];
  const fixed = [...httpPorts, ...dsqlPorts].filter((value) => value !== 0);
  const twice = fixed.find((value, index) => fixed.indexOf(value) !== index);
  if (twice !== undefined) throw new UsageError(`port ${twice} is given twice: choose another`);
  return { httpPorts, dsqlPorts };
};

/** Options of an app, which `--empty` does without. */
const refuseBesideEmpty = (given: Readonly<Record<string, unknown>>): void => {
  const [name] = Object.keys(given).filter((one) => given[one] !== undefined);
  if (name !== undefined) {
    throw new UsageError(`--empty runs no app: leave out --${name}, or --empty`);
  }
};

/**
 * Reads the arguments after `local`; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option.
 */
export const localOptions = (args: readonly string[]): LocalOptions | undefined => {
  const values = parse(args);
  if (values.help) return undefined;
  const { app, check, data, faults } = values;
  refuseEmpty({ app, check, data, faults });
  if (values.empty) refuseBesideEmpty({ once: values.once || undefined, app, check });
  const regions = values.regions === undefined ? undefined : regionPair(values.regions);
  const { witness } = values;
  return {
    once: values.once,
    ...(values.empty && { empty: true as const }),
    ...defined({ app, check, data, regions, faults }),
    ...(witness === undefined ? {} : { witness: witnessRegion(witness, regions) }),
    ...portsOf(values),
    watch: !values.once && !values.empty && !values['no-watch'],
    scheduleSpeed: readNumber('schedule-speed', values['schedule-speed'], 0.001, scheduleSpeedMax),
    ignore: values.ignore,
  };
};
