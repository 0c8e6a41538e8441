import { type ParseArgsConfig, parseArgs } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { refuseEmpty, UsageError } from 'antipode-local-dsql/process';

/** Where a deployed service is found. */
export type ServiceChoice = {
  /** Its stack in a Region; in AWS it has to be named. */
  readonly stack?: string;
  readonly region?: string;
  /** Whether the stack runs in the local stack of this folder. */
  readonly local: boolean;
};

/** How a command that changes something is asked to go about it. */
export type ChangeChoice = {
  /** Says what it would do, and does nothing. */
  readonly dryRun: boolean;
  /** Does it without asking. */
  readonly yes: boolean;
};

/** The options by which a service is found, and the form of the output is chosen. */
export const serviceDefinitions = {
  stack: { type: 'string' },
  region: { type: 'string' },
  local: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** The options of a command that changes something. */
export const changeDefinitions = {
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
} as const satisfies ParseArgsConfig['options'];

/** The lines of `--help` about {@link serviceDefinitions}. */
export const serviceHelp = `  --stack NAME        the stack of the service in one Region; needed for AWS
  --region NAME       its Region   (AWS_REGION; the primary one of a local stack)
  --local             the local stack of this folder   (if it runs and --stack is not given)
  --json              prints one line of JSON instead
  -h, --help          print this`;

/** The lines of `--help` about {@link changeDefinitions}. */
export const changeHelp = `  --dry-run           says what would be done, and does nothing
  -y, --yes           does not ask; needed where nobody can be asked`;

/** The last lines of `--help`. */
export const accessHelp = `In AWS the credentials are those of the AWS SDK, and @aws-sdk/client-cloudformation, client-eventbridge and client-sqs
have to be installed. Exit codes: 0 done, 1 failed or left undone, 2 wrong usage.
`;

type Definitions = NonNullable<ParseArgsConfig['options']>;

/**
 * Parses the arguments of a command.
 *
 * @throws {UsageError} with one line that names the option
 */
export const parseCommand = <const Options extends Definitions>(
  command: string,
  args: readonly string[],
  options: Options,
) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split(/\.?\n|\. /);
    throw new UsageError(`${reason}: see antipode ${command} --help`, { cause });
  }
};

/** @throws {UsageError} for an empty name */
export const serviceChoice = ({
  stack,
  region,
  local,
}: {
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly local: boolean;
}): ServiceChoice => {
  const named = defined({ stack, region });
  refuseEmpty(named);
  return { ...named, local };
};

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Milliseconds of an age such as `90s`, `10m`, `2h` or `3d`. */
const ageMs = (text: string): number | undefined => {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unitSeconds[unit] ?? 0) * 1_000;
};

/** Whether a text may be the id of an event in the outbox: a UUID. */
export const isEventId = (text: string): boolean =>
  /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

/**
 * Reads an age. Milliseconds.
 *
 * @throws {UsageError} for anything else
 */
export const readAge = (name: string, text: string): number => {
  const ms = ageMs(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`--${name} ${text}: give an age, such as 90s, 10m, 2h or 3d`);
};

const timePattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Reads a time in UTC, or an age before now. Milliseconds since the epoch.
 *
 * @throws {UsageError} for anything else
 */
export const readTime = (name: string, text: string, now: number): number => {
  const age = ageMs(text);
  if (age !== undefined) return now - age;
  const time = timePattern.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `--${name} ${text}: give a time such as 2026-11-23T10:00:00Z, or an age such as 2h`,
  );
};

/**
 * Reads a whole number of an option.
 *
 * @throws {UsageError} for anything outside of the range
 */
export const readCount = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} ${text}: give a whole number from ${min} to ${max}`);
};

/**
 * Refuses an option that another part of a command takes, and this one does not.
 *
 * @param own the options of each part, besides those of all parts
 * @throws {UsageError} that names the option
 */
export const refuseForeignOptions = <Part extends string, Values extends object>(
  command: string,
  part: Part,
  own: Readonly<Record<Part, readonly (keyof Values & string)[]>>,
  values: Values,
): void => {
  const all = new Set(Object.values<readonly (keyof Values & string)[]>(own).flat());
  for (const option of all) {
    const isGiven = values[option] !== undefined && values[option] !== false;
    if (isGiven && !own[part].includes(option)) {
      throw new UsageError(
        `${command} ${part} takes no --${option}: see antipode ${command} --help`,
      );
    }
  }
};
