import { InvariantViolation } from '../../../domain/kernel/index.ts';
import { regionNamePattern } from '../../../domain/kernel/region-name.ts';
import { systemClock, systemRandom } from '../../system/index.ts';
import { environmentCredentials, environmentRegion } from './config.ts';
import { connectPatiently } from './connect-backoff.ts';
import { type ConnectOptions, connect } from './connection.ts';
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts';
import { type AwsCredentials, type CredentialsSource, checkedCredentials } from './credentials.ts';
import { hostAndPort, namedRegion } from './endpoint.ts';
import {
  checkOptions,
  type OptionRule,
  type OptionRules,
  ofType,
  textLike,
  wholeNumber,
} from './options.ts';
import { createTokenSource } from './token.ts';

/** The cluster, the database role, and the settings of the connections. */
export type ConnectionsOptions = {
  /** The cluster's host, `<cluster>.dsql.<region>.on.aws`, or `host:port`. */
  readonly endpoint: string;
  /** `admin`, or a database role that an IAM role was granted. */
  readonly user: string;
  /** The cluster's Region; absent: the Region in the endpoint's name, otherwise `AWS_REGION`. */
  readonly region?: string;
  /**
   * Keys, or a function that returns them, such as a credential provider of an AWS SDK. It is
   * called for each new connection. Absent: the `AWS_…` variables.
   */
  readonly credentials?: AwsCredentials | CredentialsSource;
  /** PEM of the authority to trust; absent: Node's own, which includes Amazon's. */
  readonly ca?: string;
  /**
   * Connections at most; absent: 10. One is enough where a process does one thing at a time, as in
   * Lambda.
   */
  readonly size?: number;
  /** Milliseconds for TCP, TLS and authentication; absent: 5,000. */
  readonly connectMsMax?: number;
  /** Send statements one by one, to a server that cannot take a pipeline. */
  readonly serial?: boolean;
  /**
   * Send `BEGIN` without an isolation level, to a server that refuses it. Its transactions must be
   * repeatable read by themselves, as those of DSQL are.
   */
  readonly plainBegin?: boolean;
  /**
   * Statements that a connection may keep prepared, from their second execution on; absent: 100, 0
   * for none.
   */
  readonly preparedStatementsMax?: number;
};

/** Connections of a program with concurrent work; a cluster accepts 10,000 in all. */
const sizeDefault = 10;
const sizeMax = 10_000;

/** A minute: TCP and TLS that take longer do not succeed. Milliseconds. */
const connectMsHighest = 60_000;

/** More statements than a program has; each costs memory of its session in the database. */
const preparedStatementsHighest = 1_000;

const portMax = 65_535;

const endpointRule: OptionRule = (value) => {
  const text = typeof value === 'string' ? value : '';
  const [found, port = '1'] = /^[\w.-]+(?::(\d{1,5}))?$/.exec(text) ?? [];
  return found !== undefined && Number(port) >= 1 && Number(port) <= portMax
    ? undefined
    : 'must be <cluster>.dsql.<region>.on.aws, or host:port, without a scheme';
};

/** The rules of `ConnectionsOptions`. */
export const connectionsRules = {
  endpoint: { rule: endpointRule, required: true },
  user: { rule: textLike('the database role to connect as, such as "admin"'), required: true },
  region: { rule: textLike('an AWS Region, such as "us-east-1"', regionNamePattern) },
  credentials: { rule: ofType('AWS keys, or a function that gives them', 'object', 'function') },
  ca: { rule: textLike('the PEM text of a certificate authority', /BEGIN CERTIFICATE/) },
  size: { rule: wholeNumber(1, sizeMax, 'connections') },
  connectMsMax: { rule: wholeNumber(1, connectMsHighest, 'milliseconds') },
  serial: { rule: ofType('true or false', 'boolean') },
  plainBegin: { rule: ofType('true or false', 'boolean') },
  preparedStatementsMax: { rule: wholeNumber(0, preparedStatementsHighest, 'statements') },
} as const satisfies OptionRules;

const regionOf = (where: string, { endpoint, region }: ConnectionsOptions): string => {
  const known = region ?? namedRegion(endpoint) ?? environmentRegion();
  if (known !== undefined) return known;
  throw new InvariantViolation(
    `${where}: "region" must be set, or AWS_REGION: ${hostAndPort(endpoint).host} does not name a Region`,
  );
};

/**
 * Checks keys that are given as a value at once. Keys of a function are checked when it returns
 * them.
 */
const sourceOf = (
  where: string,
  credentials: ConnectionsOptions['credentials'],
): CredentialsSource => {
  if (credentials === undefined) return () => environmentCredentials();
  if (typeof credentials === 'function') return credentials;
  const keys = checkedCredentials(`${where}: "credentials"`, credentials);
  return () => keys;
};

/**
 * Opens connections to an Aurora DSQL cluster when they are needed: TLS from the first byte, a
 * verified certificate, a token signed for each. A `DsqlDialect` and a unit of work can share them.
 *
 * @param where names the caller in a message about wrong options
 * @throws {InvariantViolation} that names the option that is unknown, missing or wrong
 * @example
 * const connections = createConnections({ endpoint: 'a….dsql.us-east-1.on.aws', user: 'orders' });
 */
export const createConnections = (
  options: ConnectionsOptions,
  where = 'createConnections',
): ConnectionPool => {
  checkOptions(where, options, connectionsRules);
  const { credentials, size = sizeDefault, ...given } = options;
  const target: ConnectOptions = { ...given, region: regionOf(where, options) };
  const tokens = createTokenSource(target, sourceOf(where, credentials));
  const ports = { clock: systemClock, random: systemRandom };
  // Waits for a cluster that has no room yet.
  const open = connectPatiently((deadline) => connect(target, tokens, deadline), ports);
  return createConnectionPool(open, { size, ...ports });
};
