import { type ParseArgsConfig, parseArgs } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { refuseEmpty, UsageError } from 'antipode-local-dsql/process';

/** The commands for the catalogue of events. */
export type EventsCommand = 'asyncapi' | 'docs' | 'check';

/** The options of `antipode events`; every value is checked. */
export type EventsOptions = {
  readonly command: EventsCommand;
  /** The module that exports the declared service. */
  readonly service: string;
  /** The file or folder to write; printed unless given. */
  readonly out?: string;
  /** Folder of the snapshots. */
  readonly snapshots: string;
  /** Whether snapshots are written where nothing is incompatible. */
  readonly write: boolean;
  /** Whether a snapshot that is missing or old fails the check. */
  readonly strict: boolean;
  readonly json: boolean;
};

/** The defaults in the project's `cdk.json`. */
export type EventsDefaults = { readonly service?: string };

const commands: readonly string[] = ['asyncapi', 'docs', 'check'] satisfies EventsCommand[];

const definitions = {
  service: { type: 'string' },
  out: { type: 'string' },
  snapshots: { type: 'string', default: 'events' },
  write: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const eventsHelp = `antipode events: the catalogue of a service's events

  antipode events asyncapi [options]   prints the events as a document of AsyncAPI 3.0
  antipode events docs [options]       prints a page for each event, in Markdown
  antipode events check [options]      compares the events with the snapshots of what was published, and fails for a
                                       change that a deployed reader or a kept event cannot bear
  antipode events send --help          tells how to send one event by hand
  antipode events replay --help        tells how to replay the events of the archive

  --service MODULE   exports the service of defineService   ("antipode:service" in the context of cdk.json)
  --out PATH         asyncapi: writes this file; docs: writes a file for each event, and an index, into this folder
  --snapshots DIR    check: the folder with a file for each version of each event; commit it   (events)
  --write            check: writes the snapshots that are missing or old, unless a change is incompatible
  --strict           check: also fails where a snapshot is missing or old, such as in CI
  --json             check: prints one line of JSON
  -h, --help         print this

Exit codes: 0 done, 1 failed or incompatible, 2 wrong usage.
`;

const seeHelp = 'see antipode events --help';

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: definitions, allowPositionals: true });
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split(/\.?\n|\. /);
    throw new UsageError(`${reason}: ${seeHelp}`, { cause });
  }
};

const readCommand = ([command, ...others]: readonly string[]): EventsCommand => {
  if (command === undefined)
    throw new UsageError(`give asyncapi, docs, check, send or replay: ${seeHelp}`);
  const [extra] = others;
  if (extra !== undefined) throw new UsageError(`${extra} is one argument too many: ${seeHelp}`);
  if (commands.includes(command)) return command as EventsCommand;
  throw new UsageError(
    `events ${command} is no command: give asyncapi, docs, check, send or replay`,
  );
};

/**
 * Reads the arguments after `events`; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option.
 */
export const eventsOptions = (
  args: readonly string[],
  defaults: EventsDefaults = {},
): EventsOptions | undefined => {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const { out, snapshots, write, strict, json } = values;
  refuseEmpty({ service: values.service, out, snapshots });
  const command = readCommand(positionals);
  const service = values.service ?? defaults.service;
  if (service === undefined) {
    throw new UsageError('no service: give --service MODULE, or "antipode:service" in cdk.json');
  }
  if (command === 'check' && out !== undefined) {
    throw new UsageError(`--out ${out}: check writes snapshots, give --write and --snapshots`);
  }
  const wrong =
    command === 'check'
      ? undefined
      : Object.entries({ write, strict, json }).find(([, given]) => given);
  if (wrong) throw new UsageError(`--${wrong[0]}: only check takes it`);
  return { command, service, snapshots, write, strict, json, ...defined({ out }) };
};
