import type { ParseArgsConfig } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { refuseEmpty, type Terminal, UsageError } from 'antipode-local-dsql/process';
import {
  accessHelp,
  parseCommand,
  readTime,
  type ServiceChoice,
  serviceChoice,
  serviceDefinitions,
  serviceHelp,
} from '../service/options.ts';

/** The options of `antipode trace`; every value is checked. */
export type TraceOptions = ServiceChoice & {
  /** A correlation id, an event's id, an idempotency key, a trace id or a request id. */
  readonly id: string;
  /** The service's stack in the other Region; in a local stack it is found. */
  readonly peer?: { readonly stack: string; readonly region: string };
  /** Lines of the log from then on. Milliseconds since the epoch. */
  readonly since: number;
  readonly user: string;
  readonly ca?: string;
  readonly schema?: string;
  readonly json: boolean;
};

/** CloudWatch reads all lines of the time, so that a day of a busy service takes minutes. */
const sinceDefault = '1h';

/** A correlation id of a caller has at most 128 characters, an idempotency key 255. */
const idLengthMax = 255;

const definitions = {
  ...serviceDefinitions,
  'peer-stack': { type: 'string' },
  'peer-region': { type: 'string' },
  since: { type: 'string' },
  user: { type: 'string' },
  ca: { type: 'string' },
  schema: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const traceHelp = `antipode trace: what one request has caused, from the logs and the tables of both Regions

  antipode trace ID [options]

ID is a correlation id, the id of an event, an idempotency key such as a transaction_id, a trace id or
Lambda's request id.

  --since TIME        reads lines of the log from then on, such as 2026-11-23T10:00:00Z or 2h   (${sinceDefault})
  --peer-stack NAME   the stack of the service in the other Region; needed for AWS
  --peer-region NAME  its Region
${serviceHelp}
  --user ROLE         connects to the database as this role   (admin)
  --ca FILE           trusts this authority   (DSQL_CA, or Amazon's)
  --schema NAME       the schema of the framework's tables   (the stack's, or "antipode:framework" in cdk.json)

The database takes the credentials of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
${accessHelp.replace('client-eventbridge and client-sqs', 'client-lambda and client-cloudwatch-logs')}`;

const peerOf = (stack: string | undefined, region: string | undefined) => {
  if (stack === undefined && region === undefined) return undefined;
  if (stack !== undefined && region !== undefined) return { stack, region };
  throw new UsageError('trace: give --peer-stack and --peer-region together');
};

/**
 * Reads the arguments after `trace`; `undefined` when they ask for help.
 *
 * @param now milliseconds since the epoch
 * @throws {UsageError} saying what is wrong with which option
 */
export const traceOptions = (
  args: readonly string[],
  environment: Terminal['environment'],
  now: number,
): TraceOptions | undefined => {
  const { values, positionals } = parseCommand('trace', args, definitions);
  if (values.help) return undefined;
  const [id, ...more] = positionals;
  if (!id) throw new UsageError('trace: give the id of a request: see antipode trace --help');
  if (more[0] !== undefined) throw new UsageError(`trace: ${more[0]} is one argument too many`);
  if (id.length > idLengthMax)
    throw new UsageError(`trace: no id has over ${idLengthMax} characters`);
  const { user, schema, since, 'peer-stack': stack, 'peer-region': region } = values;
  refuseEmpty({ user, schema, ca: values.ca, 'peer-stack': stack, 'peer-region': region });
  return {
    ...serviceChoice(values),
    ...defined({ peer: peerOf(stack, region), schema }),
    ...defined({ ca: values.ca ?? (environment['DSQL_CA'] || undefined) }),
    id,
    since: readTime('since', since ?? sinceDefault, now),
    user: user ?? 'admin',
    json: values.json,
  };
};
