import type { EnvironmentVariables } from '../../adapters/dsql/connection/config.ts';
import {
  checkedVariable,
  environmentFallbacks,
  environmentFlag,
} from '../../adapters/dsql/connection/config-variables.ts';
import { InvariantViolation } from '../../domain/kernel/index.ts';

export type { EnvironmentVariables };

/** The environment of this process. Lambda replaces its keys there while it runs. */
export const processEnvironment: EnvironmentVariables = process.env;

/** The configuration that every function of a service gets from its stack. */
export type ServiceConfig = {
  /** The Region that the function runs in. */
  readonly region: string;
  /** `<cluster>.dsql.<region>.on.aws`, or `host:port`. */
  readonly dsqlEndpoint: string;
  /** The database role of the service, or `admin` in the function that migrates. */
  readonly dsqlUser: string;
  /**
   * Whether a transaction's statements are sent one by one, for a cluster that cannot take a
   * pipeline.
   */
  readonly dsqlSerial: boolean;
  /** Whether BEGIN is sent without an isolation level, for a cluster that refuses it. */
  readonly dsqlPlainBegin: boolean;
  /**
   * Statements that a connection keeps prepared at most; `undefined` for the adapter's own limit.
   */
  readonly dsqlPreparedStatementsMax: number | undefined;
  /** How long the relay leaves a new event to the command that has committed it. Milliseconds. */
  readonly outboxGraceMs: number;
  /** The age from which the relay of the other Region takes an event. Milliseconds. */
  readonly outboxTakeoverAgeMs: number;
  /** How long a published event is kept. Milliseconds. */
  readonly outboxReplayWindowMs: number;
  /** Whether the function sends spans. */
  readonly tracing: boolean;
};

const text = (env: EnvironmentVariables, name: string): string => {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new InvariantViolation(`Set the environment variable ${name} of the function`);
  }
  return value;
};

const milliseconds = (env: EnvironmentVariables, name: string): number => {
  const value = Number(text(env, name));
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvariantViolation(`Set ${name} to a whole number of milliseconds, not ${env[name]}`);
};

/** @throws {InvariantViolation} that names the variable, and says what to set it to */
export const readServiceConfig = (env: EnvironmentVariables): ServiceConfig => {
  const { serial, plainBegin, preparedStatementsMax } = environmentFallbacks(env);
  return {
    region: text(env, 'AWS_REGION'),
    dsqlEndpoint: checkedVariable('DSQL_ENDPOINT', 'endpoint', text(env, 'DSQL_ENDPOINT')),
    dsqlUser: text(env, 'DSQL_USER'),
    dsqlSerial: serial,
    dsqlPlainBegin: plainBegin,
    dsqlPreparedStatementsMax: preparedStatementsMax,
    outboxGraceMs: milliseconds(env, 'OUTBOX_GRACE_MS'),
    outboxTakeoverAgeMs: milliseconds(env, 'OUTBOX_TAKEOVER_AGE_MS'),
    outboxReplayWindowMs: milliseconds(env, 'OUTBOX_REPLAY_WINDOW_MS'),
    tracing: environmentFlag(env, 'POWERTOOLS_TRACE_ENABLED'),
  };
};

/** The bus of a function that publishes. */
export const readEventBusName = (env: EnvironmentVariables): string => text(env, 'EVENT_BUS_NAME');

/** Whether a function has a bus, and so publishes by itself. */
export const hasEventBus = (env: EnvironmentVariables): boolean => Boolean(env['EVENT_BUS_NAME']);

/**
 * Refuses another consumer's function: two functions of one name would each skip the events that
 * the other has handled. A function without a name takes that of its entry.
 *
 * @throws {InvariantViolation} that names both consumers
 */
export const refuseOtherConsumer = (env: EnvironmentVariables, name: string): void => {
  const given = env['CONSUMER_NAME'];
  if (given === undefined || given === '' || given === name) return;
  throw new InvariantViolation(
    `CONSUMER_NAME of the function is ${given}, and its entry serves ${name}: give the function the entry of ${given}`,
  );
};

/** The queue of a consumer's dead letters, which `EventConsumer` gives to its function. */
export const readDeadLetterQueueUrl = (env: EnvironmentVariables): string | undefined =>
  env['DEAD_LETTER_QUEUE_URL'] || undefined;

/**
 * Deliveries after which the queue of a consumer gives an event up, which `EventConsumer` gives to
 * its function.
 */
export const readQueueReceivesMax = (env: EnvironmentVariables): number | undefined => {
  const given = env['QUEUE_RECEIVES_MAX'];
  if (!given) return undefined;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvariantViolation(`Set QUEUE_RECEIVES_MAX to a whole number from 1, not ${given}`);
};

/** The name of a consumer in the inbox, which `EventConsumer` gives to its function. */
export const readConsumerName = (env: EnvironmentVariables): string => text(env, 'CONSUMER_NAME');

/** Milliseconds for which the function that cleans up keeps the records of handled events. */
export const readInboxRetentionMs = (env: EnvironmentVariables): number =>
  milliseconds(env, 'INBOX_RETENTION_MS');
