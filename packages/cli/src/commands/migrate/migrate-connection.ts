import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock, Retrier } from 'antipode/domain';
import { type AwsCredentials, type ConnectionPool, environmentCredentials } from 'antipode/dsql';
import {
  type Connection,
  connect,
  createConnectionPool,
  createTokenSource,
  environmentFallbacks,
  faultOf,
  serverErrorOf,
  unmeasuredRetrier,
} from 'antipode/internal/dsql';
import { systemClock as clock, systemRandom as random } from 'antipode/system';
import type { Terminal } from 'antipode-local-dsql/process';
import type { MigrateRun, MigrateTarget } from './migrate-options.ts';

/** A cluster that was idle wakes up within seconds; it is asked again this often. Milliseconds. */
const wakeMsMax = 60_000;
const wakeLookMs = 1_000;

/**
 * Errors of a cluster that will accept the connection later: it starts, or has too many or too
 * frequent connections.
 */
const laterCodes = /^(57P|53)/;
const laterText = /waking up/;

/** Node's error codes for a certificate that it does not trust. */
const untrusted = /CERT|UNABLE_TO_|SELF_SIGNED/;

const credentialsOf = ({ environment }: Terminal): AwsCredentials => {
  if (!environment['AWS_ACCESS_KEY_ID'] || !environment['AWS_SECRET_ACCESS_KEY']) {
    throw new Error(
      'no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as aws configure export-credentials --format env prints them',
    );
  }
  return environmentCredentials(environment);
};

const readAuthority = (file: string, { directory }: Terminal): string => {
  try {
    return readFileSync(resolve(directory, file), 'utf8');
  } catch (cause) {
    throw new Error(`--ca ${file}: cannot read it, give a file in PEM`, { cause });
  }
};

/**
 * An error with the reason for a refused connection and the fix, in one line; `undefined` where
 * waiting helps.
 */
const explained = (
  cause: unknown,
  { endpoint, region }: MigrateTarget,
  user: string,
): Error | undefined => {
  const server = serverErrorOf(cause);
  const { code = '', message = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  if (server && (laterCodes.test(server.code) || laterText.test(message))) return undefined;
  if (server || /access denied/.test(message)) {
    return new Error(
      `${endpoint} denies access to ${user} with these credentials in ${region}: check --region, and that they may dsql:DbConnect${user === 'admin' ? 'Admin' : ''}`,
      { cause },
    );
  }
  if (untrusted.test(code)) {
    return new Error(
      `the certificate of ${endpoint} is not trusted: give its authority with --ca`,
      {
        cause,
      },
    );
  }
  return new Error(
    `cannot connect to ${endpoint}: ${code || message || 'no answer'}. Check --endpoint, and that it can be reached from here`,
    { cause },
  );
};

/** A pool of one connection, and the retrier of its statements. */
export type MigrateConnection = {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly clock: Clock;
};

/**
 * Opens the first connection. An attempt that can never succeed throws its reason at once, before
 * the time is up.
 */
const openFirst = async (
  open: (deadline: number) => Promise<Connection>,
  { timeoutMs }: Pick<MigrateRun, 'timeoutMs'>,
  explain: (error: unknown) => Error | undefined,
): Promise<Connection> => {
  const deadline = clock.now() + Math.min(wakeMsMax, timeoutMs);
  for (;;) {
    try {
      return await open(deadline);
    } catch (error) {
      const failure = explain(error);
      if (failure) throw failure;
      if (clock.now() + wakeLookMs > deadline) throw faultOf(error, false);
      await clock.sleep(wakeLookMs);
    }
  }
};

/**
 * Connects with the credentials of the environment.
 *
 * @throws {Error} with one line for what keeps it from connecting.
 */
export const openMigrateConnection = async (
  cluster: MigrateTarget,
  options: Pick<MigrateRun, 'user' | 'ca' | 'timeoutMs'>,
  terminal: Terminal,
): Promise<MigrateConnection> => {
  const { user, ca } = options;
  credentialsOf(terminal);
  const target = {
    ...{ ...cluster, user, ...environmentFallbacks(terminal.environment) },
    ...(ca === undefined ? {} : { ca: readAuthority(ca, terminal) }),
  };
  const tokens = createTokenSource(target, () => credentialsOf(terminal));
  const open = (deadline: number) => connect(target, tokens, deadline);
  const retrier = unmeasuredRetrier(clock);
  let first: Connection | undefined = await openFirst(open, options, (error) =>
    explained(error, cluster, user),
  );
  const connections = createConnectionPool(
    async (deadline) => {
      const connection = first ?? (await open(deadline));
      first = undefined;
      return connection;
    },
    { clock, random },
  );
  // From now on the pool closes the first connection.
  await connections.warmUp();
  return { connections, retrier, clock };
};
