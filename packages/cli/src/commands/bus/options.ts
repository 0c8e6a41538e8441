import type { ParseArgsConfig } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { refuseEmpty, UsageError } from 'antipode-local-dsql/process';
import {
  accessHelp,
  type ChangeChoice,
  changeDefinitions,
  changeHelp,
  parseCommand,
  readCount,
  readTime,
  type ServiceChoice,
  serviceChoice,
  serviceDefinitions,
  serviceHelp,
} from '../service/options.ts';

/** The part of `antipode events replay` that was asked for. */
export type ReplayCommand =
  | {
      readonly name: 'start';
      /** Milliseconds since the epoch. */
      readonly since: number;
      readonly until: number;
      /** The names of the rules that get the events; all rules unless given. */
      readonly rules: readonly string[];
      /** Whether the command ends with the replay. */
      readonly waits: boolean;
    }
  | { readonly name: 'cancel'; readonly replay: string }
  | { readonly name: 'list' };

/** The options of `antipode events replay`; every value is checked. */
export type ReplayOptions = ServiceChoice &
  ChangeChoice & { readonly command: ReplayCommand; readonly json: boolean };

/** The options of `antipode events send`; every value is checked. */
export type SendOptions = ServiceChoice &
  ChangeChoice & {
    readonly type: string;
    /** JSON text, or `@` and the name of a file with it. */
    readonly data: string;
    /** The module that exports the declared service. */
    readonly service: string;
    readonly subject: string;
    readonly aggregateVersion: number;
    readonly correlationId?: string;
    readonly json: boolean;
  };

const replayDefinitions = {
  ...serviceDefinitions,
  ...changeDefinitions,
  since: { type: 'string' },
  until: { type: 'string' },
  rule: { type: 'string', multiple: true, default: [] },
  'no-wait': { type: 'boolean', default: false },
  cancel: { type: 'string' },
  list: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

const sendDefinitions = {
  ...serviceDefinitions,
  ...changeDefinitions,
  data: { type: 'string' },
  service: { type: 'string' },
  subject: { type: 'string', default: 'manual' },
  'aggregate-version': { type: 'string', default: '1' },
  correlation: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** The text that `antipode events replay --help` prints. */
export const replayHelp = `antipode events replay: sends archived events to the rules of their bus again

  antipode events replay --since TIME [options]
  antipode events replay --list [options]           the replays that were started, and their states
  antipode events replay --cancel NAME [options]    ends a replay

  --since TIME        events from this time on, such as 2026-11-23T10:00:00Z, or an age, such as 2h
  --until TIME        events before this time   (now)
  --rule NAME         to this rule only; may be repeated   (all rules that do not exclude replays)
  --no-wait           ends when the replay has begun
${changeHelp}

${serviceHelp}

A replayed event has the member replay-name beside its detail. EventBridge chooses the rate and the order, and needs about
ten minutes until it can replay a new event. ${accessHelp}`;

/** The text that `antipode events send --help` prints. */
export const sendHelp = `antipode events send: puts one event on the bus of a service by hand, without the outbox

  antipode events send TYPE --data JSON [options]

  --data JSON         the data of the event, or @FILE; it must pass the schema of the newest version
  --service MODULE    exports the service of defineService   ("antipode:service" in the context of cdk.json)
  --subject TEXT      the aggregate that it happened to   (manual)
  --aggregate-version N   the version of the aggregate after it   (1)
  --correlation ID    belongs to what this request has caused   (a new id)
${changeHelp}

${serviceHelp}

${accessHelp}`;

const readStart = (
  {
    since,
    until,
    rule,
    'no-wait': noWait,
  }: {
    readonly since?: string | undefined;
    readonly until?: string | undefined;
    readonly rule: readonly string[];
    readonly 'no-wait': boolean;
  },
  now: number,
): ReplayCommand => {
  if (since === undefined) throw new UsageError('events replay: give --since, --list or --cancel');
  const from = readTime('since', since, now);
  const to = until === undefined ? now : readTime('until', until, now);
  if (from >= to) throw new UsageError(`--since ${since} is not before --until ${until ?? 'now'}`);
  return { name: 'start', since: from, until: to, rules: rule, waits: !noWait };
};

/**
 * Reads the arguments after `events replay`; `undefined` when they ask for help.
 *
 * @param now milliseconds since the epoch
 * @throws {UsageError} saying what is wrong with which option
 */
export const replayOptions = (args: readonly string[], now: number): ReplayOptions | undefined => {
  const { values, positionals } = parseCommand('events replay', args, replayDefinitions);
  if (values.help) return undefined;
  const { cancel, list, since } = values;
  refuseEmpty({ cancel });
  if (positionals[0] !== undefined) {
    throw new UsageError(`events replay: ${positionals[0]} is one argument too many`);
  }
  const kinds = [since !== undefined, cancel !== undefined, list].filter(Boolean);
  if (kinds.length > 1) {
    throw new UsageError('events replay: give one of --since, --list and --cancel');
  }
  const command: ReplayCommand = list
    ? { name: 'list' }
    : cancel === undefined
      ? readStart(values, now)
      : { name: 'cancel', replay: cancel };
  return {
    ...serviceChoice(values),
    command,
    json: values.json,
    dryRun: values['dry-run'],
    yes: values.yes,
  };
};

const aggregateVersionMax = 2 ** 31 - 1;

/**
 * Reads the arguments after `events send`; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option
 */
export const sendOptions = (
  args: readonly string[],
  defaults: { readonly service?: string } = {},
): SendOptions | undefined => {
  const { values, positionals } = parseCommand('events send', args, sendDefinitions);
  if (values.help) return undefined;
  const { data, subject, correlation, 'aggregate-version': version } = values;
  refuseEmpty({ data, subject, correlation, service: values.service });
  const [type, other] = positionals;
  if (type === undefined) throw new UsageError('events send: give the type of the event');
  if (other !== undefined) throw new UsageError(`events send: ${other} is one argument too many`);
  if (data === undefined) throw new UsageError('events send: give --data JSON, or --data @FILE');
  const service = values.service ?? defaults.service;
  if (service === undefined) {
    throw new UsageError('no service: give --service MODULE, or "antipode:service" in cdk.json');
  }
  return {
    ...serviceChoice(values),
    ...{ type, data, service, subject },
    ...defined({ correlationId: correlation }),
    aggregateVersion: readCount('aggregate-version', version, 1, aggregateVersionMax),
    json: values.json,
    dryRun: values['dry-run'],
    yes: values.yes,
  };
};
