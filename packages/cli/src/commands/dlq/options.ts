import type { ParseArgsConfig } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { refuseEmpty, UsageError } from 'antipode-local-dsql/process';
import {
  accessHelp,
  type ChangeChoice,
  changeDefinitions,
  changeHelp,
  parseCommand,
  readAge,
  readCount,
  refuseForeignOptions,
  type ServiceChoice,
  serviceChoice,
  serviceDefinitions,
  serviceHelp,
} from '../service/options.ts';

/** The part of `antipode dlq` that was asked for. */
export type DlqCommand =
  | { readonly name: 'list'; readonly messagesMax: number }
  | { readonly name: 'show'; readonly id: string }
  | {
      readonly name: 'redrive';
      readonly ids: readonly string[];
      readonly rate: number;
      /** Whether events are run again that the inbox may have forgotten. */
      readonly forgotten: boolean;
    }
  | { readonly name: 'discard'; readonly ids: readonly string[] };

/** The messages that are meant. */
export type DlqFilter = {
  readonly queue?: string;
  /** A part of the cause, in any case of its letters. */
  readonly cause?: string;
  /** Milliseconds. */
  readonly olderThanMs?: number;
};

/** The options of `antipode dlq`; every value is checked. */
export type DlqOptions = ServiceChoice &
  ChangeChoice &
  DlqFilter & { readonly command: DlqCommand; readonly json: boolean };

/** A screen or two of each queue; more are for a program. */
const messagesDefault = 100;
const messagesMax = 1_000;

/** Messages per second: what has failed once may be slow or heavy. */
const rateDefault = 10;
const rateMax = 1_000;

const definitions = {
  ...serviceDefinitions,
  ...changeDefinitions,
  queue: { type: 'string' },
  cause: { type: 'string' },
  'older-than': { type: 'string' },
  max: { type: 'string' },
  rate: { type: 'string' },
  forgotten: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const dlqHelp = `antipode dlq: the events that could not be delivered or handled, in all dead-letter queues of a service

  antipode dlq list [options]             the queues, their messages, and the cause of each; with --json the whole messages
  antipode dlq show ID [options]          one message, by its id or that of its event
  antipode dlq redrive [ID…] [options]    runs again what has failed, and deletes a message after its success: a function
                                          gets the event that it failed at, a bus the event that it could not pass on,
                                          a queue the message that it has given up
  antipode dlq discard ID… [options]      deletes messages that nobody needs, and prints what it has deleted

  --queue NAME        this queue only
  --cause TEXT        messages with this text in their cause
  --older-than AGE    messages that are older, such as 10m, 2h or 3d
  --max N             lists at most so many messages of a queue   (${messagesDefault})
  --forgotten         also events older than the inbox knows: one that was handled takes effect twice
  --rate N            messages per second   (${rateDefault})
${changeHelp}

${serviceHelp}

To read a message is to hide it from others for a moment. ${accessHelp}`;

const parseDlq = (args: readonly string[]) => parseCommand('dlq', args, definitions);

type Values = ReturnType<typeof parseDlq>['values'];

/** The options that each part takes, besides those of all parts. */
const ownOptions: Readonly<Record<DlqCommand['name'], readonly (keyof Values)[]>> = {
  list: ['cause', 'older-than', 'max'],
  show: [],
  redrive: ['cause', 'older-than', 'rate', 'forgotten', 'dry-run', 'yes'],
  discard: ['dry-run', 'yes'],
};

const readCommand = (
  [name, ...ids]: readonly string[],
  { max, rate, forgotten = false }: Values,
): DlqCommand => {
  switch (name) {
    case 'list':
      if (ids[0] !== undefined)
        throw new UsageError(`dlq list: ${ids[0]} is one argument too many`);
      return {
        name,
        messagesMax: max === undefined ? messagesDefault : readCount('max', max, 1, messagesMax),
      };
    case 'show': {
      const [id, ...others] = ids;
      if (id === undefined) throw new UsageError('dlq show: give the id of a message');
      if (others[0] !== undefined) {
        throw new UsageError(`dlq show: ${others[0]} is one argument too many`);
      }
      return { name, id };
    }
    case 'redrive':
      return {
        ...{ name, ids, forgotten },
        rate: rate === undefined ? rateDefault : readCount('rate', rate, 1, rateMax),
      };
    case 'discard':
      if (ids.length === 0) throw new UsageError('dlq discard: give the ids of messages or events');
      return { name, ids };
    default:
      throw new UsageError(
        `${name === undefined ? '' : `dlq ${name} is no command: `}give list, show, redrive or discard`,
      );
  }
};

/**
 * Reads the arguments after `dlq`; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option
 */
export const dlqOptions = (args: readonly string[]): DlqOptions | undefined => {
  const { values, positionals } = parseDlq(args);
  if (values.help) return undefined;
  const { queue, cause } = values;
  refuseEmpty({ queue, cause });
  const command = readCommand(positionals, values);
  refuseForeignOptions('dlq', command.name, ownOptions, values);
  const olderThan = values['older-than'];
  const olderThanMs = olderThan === undefined ? undefined : readAge('older-than', olderThan);
  return {
    ...serviceChoice(values),
    command,
    ...defined({ queue, cause, olderThanMs }),
    json: values.json,
    dryRun: values['dry-run'],
    yes: values.yes,
  };
};
