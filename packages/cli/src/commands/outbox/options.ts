import type { ParseArgsConfig } from 'node:util';
import { defined } from 'antipode/internal/domain';
import type { OutboxRowState } from 'antipode/internal/dsql';
import { refuseEmpty, type Terminal, UsageError } from 'antipode-local-dsql/process';
import {
  accessHelp,
  type ChangeChoice,
  changeDefinitions,
  changeHelp,
  isEventId,
  parseCommand,
  readCount,
  readTime,
  refuseForeignOptions,
  type ServiceChoice,
  serviceChoice,
  serviceDefinitions,
  serviceHelp,
} from '../service/options.ts';

/** The part of `antipode outbox` that was asked for, with what belongs to it alone. */
export type OutboxCommand =
  | { readonly name: 'list'; readonly states: readonly OutboxRowState[]; readonly rowsMax: number }
  | { readonly name: 'show'; readonly id: string }
  | { readonly name: 'redrive'; readonly ids: readonly string[] | 'dead'; readonly rate: number }
  | {
      readonly name: 'republish';
      /** The Region that has committed the events. */
      readonly origin: string;
      /** Milliseconds since the epoch. */
      readonly since: number;
      readonly rate: number;
    };

/** The options of `antipode outbox`; every value is checked. */
export type OutboxOptions = ServiceChoice &
  ChangeChoice & {
    readonly command: OutboxCommand;
    readonly endpoint?: string;
    readonly user: string;
    readonly ca?: string;
    readonly schema?: string;
    readonly json: boolean;
  };

/** A screen or two; more are for a program. */
const rowsDefault = 100;
const rowsMax = 1_000;

/** Events per second. The first keeps a new consumer's Lambda below its burst, 1,000 in 10 s. */
const republishRateDefault = 100;
const redriveRateDefault = 1_000;
const rateMax = 10_000;

const states: readonly OutboxRowState[] = ['dead', 'pending', 'published'];

const definitions = {
  ...serviceDefinitions,
  ...changeDefinitions,
  endpoint: { type: 'string' },
  user: { type: 'string' },
  ca: { type: 'string' },
  schema: { type: 'string' },
  state: { type: 'string' },
  max: { type: 'string' },
  dead: { type: 'boolean' },
  origin: { type: 'string' },
  since: { type: 'string' },
  rate: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const outboxHelp = `antipode outbox: the events that a service has committed, and what became of them

  antipode outbox list [options]            the events that are given up, then those that wait, the oldest first
  antipode outbox show ID [options]         one event, with its envelope and its last error
  antipode outbox redrive ID… [options]     makes these dead events due again; the relay publishes them within a minute
  antipode outbox redrive --dead [options]  makes all dead events due again
  antipode outbox republish --origin REGION --since TIME [options]
                                            publishes again, on the bus of --region, what a lost Region has published

  --state STATE       lists dead, pending or published events only
  --max N             lists at most so many   (${rowsDefault})
  --origin REGION     the Region that has committed the events: the lost one; then the other one, for
                      events that the lost one had taken over
  --since TIME        since this time, such as 2026-11-23T10:00:00Z, or an age, such as 2h
  --rate N            events per second   (${republishRateDefault} of republish, ${redriveRateDefault} of redrive)
${changeHelp}

${serviceHelp}
  --endpoint HOST[:PORT]   the cluster, instead of the one of the stack; not for republish
  --user ROLE         connects as this database role   (admin)
  --ca FILE           trusts this authority   (DSQL_CA, or Amazon's)
  --schema NAME       the schema of the framework's tables   (the stack's, or "antipode:framework" in cdk.json)

The database takes the credentials of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
${accessHelp}`;

type Values = ReturnType<typeof parseOutbox>['values'];

const parseOutbox = (args: readonly string[]) => parseCommand('outbox', args, definitions);

const readIds = (ids: readonly string[]): readonly string[] => {
  const wrong = ids.find((id) => !isEventId(id));
  if (wrong === undefined) return ids.map((id) => id.toLowerCase());
  throw new UsageError(`${wrong} is no id of an event: antipode outbox list prints them`);
};

/** The options that each part takes, besides those of all parts. */
const ownOptions: Readonly<Record<OutboxCommand['name'], readonly (keyof Values)[]>> = {
  list: ['state', 'max'],
  show: [],
  redrive: ['dead', 'rate', 'dry-run', 'yes'],
  republish: ['origin', 'since', 'rate', 'dry-run', 'yes'],
};

const refuseMore = (name: string, others: readonly string[]): void => {
  if (others[0] !== undefined) {
    throw new UsageError(`outbox ${name}: ${others[0]} is one argument too many`);
  }
};

const rateOf = ({ rate }: Values, otherwise: number): number =>
  rate === undefined ? otherwise : readCount('rate', rate, 1, rateMax);

const readList = ({ state, max }: Values): OutboxCommand => {
  const wanted = states.find((one) => one === state);
  if (state !== undefined && wanted === undefined) {
    throw new UsageError(`--state ${state}: give dead, pending or published`);
  }
  return {
    name: 'list',
    states: wanted === undefined ? ['dead', 'pending'] : [wanted],
    rowsMax: max === undefined ? rowsDefault : readCount('max', max, 1, rowsMax),
  };
};

const readRedrive = (values: Values, ids: readonly string[]): OutboxCommand => {
  if (values.dead === true && ids.length > 0) {
    throw new UsageError('outbox redrive takes ids or --dead, not both');
  }
  if (values.dead !== true && ids.length === 0) {
    throw new UsageError('outbox redrive: give the ids of events, or --dead for all that are dead');
  }
  const rate = rateOf(values, redriveRateDefault);
  return { name: 'redrive', ids: values.dead === true ? 'dead' : readIds(ids), rate };
};

/** A Region's name, such as `us-east-1` or `us-gov-west-1`; one that is misspelt has no events. */
const regionName = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;

const readRepublish = (values: Values, now: number): OutboxCommand => {
  const { origin, since, endpoint } = values;
  if (!origin) throw new UsageError('outbox republish: give --origin, the Region that is lost');
  if (!regionName.test(origin)) {
    throw new UsageError(`--origin ${origin} is no Region: give a name such as us-east-1`);
  }
  if (since === undefined) {
    throw new UsageError(
      'outbox republish: give --since, a time shortly before the Region was lost',
    );
  }
  if (endpoint !== undefined) {
    throw new UsageError(
      'outbox republish needs a bus, which only a stack names: give --stack in place of --endpoint',
    );
  }
  const rate = rateOf(values, republishRateDefault);
  return { name: 'republish', origin, since: readTime('since', since, now), rate };
};

const readCommand = (
  [name, ...others]: readonly string[],
  values: Values,
  now: number,
): OutboxCommand => {
  switch (name) {
    case 'list':
      refuseMore(name, others);
      return readList(values);
    case 'show': {
      const [id, ...more] = readIds(others);
      if (id === undefined) throw new UsageError('outbox show: give the id of an event');
      refuseMore(name, more);
      return { name, id };
    }
    case 'redrive':
      return readRedrive(values, others);
    case 'republish':
      refuseMore(name, others);
      return readRepublish(values, now);
    default:
      throw new UsageError(
        `${name === undefined ? '' : `outbox ${name} is no command: `}give list, show, redrive or republish`,
      );
  }
};

/**
 * Reads the arguments after `outbox`; `undefined` when they ask for help.
 *
 * @param now milliseconds since the epoch
 * @throws {UsageError} saying what is wrong with which option
 */
export const outboxOptions = (
  args: readonly string[],
  environment: Terminal['environment'],
  now: number,
): OutboxOptions | undefined => {
  const { values, positionals } = parseOutbox(args);
  if (values.help) return undefined;
  const { endpoint, user, schema } = values;
  refuseEmpty({ endpoint, user, schema, ca: values.ca });
  const command = readCommand(positionals, values, now);
  refuseForeignOptions('outbox', command.name, ownOptions, values);
  const ca = values.ca ?? (environment['DSQL_CA'] || undefined);
  return {
    ...serviceChoice(values),
    command,
    ...defined({ endpoint, schema }),
    // The variable is for an endpoint that is given; a stack knows its own authority.
    ...(values.ca === undefined && endpoint === undefined ? {} : defined({ ca })),
    user: user ?? 'admin',
    json: values.json,
    dryRun: values['dry-run'],
    yes: values.yes,
  };
};
