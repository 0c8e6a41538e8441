import { resolve } from 'node:path';
import { DsqlSigner, type DsqlSignerConfig } from '@aws-sdk/dsql-signer';
import { existingPostgres, type Postgres, startPostgres } from '../postgres/postgres.ts';
import { firstCause } from '../process/first-cause.ts';
import { createLifetime, type Lifetime } from '../process/lifetime.ts';
import type { Terminal } from '../process/terminal.ts';
import { unlessAborted } from '../process/unless-aborted.ts';
import {
  dsqlEnvironment,
  dsqlEnvironmentFile,
  dsqlEnvironmentLines,
} from '../runs/dsql-environment.ts';
import type { StackIdentity } from '../runs/identity.ts';
import { portOption, portRefusal, refuseTakenPorts } from '../runs/port-check.ts';
import { openPortFolder } from '../runs/port-folder.ts';
import { createRunFolder } from '../runs/run-folder.ts';
import { type DsqlEndpoint, startDsqlEndpoint } from '../server/endpoint.ts';
import type { DsqlOptions } from './dsql-options.ts';
import { openEnvFile } from './env-file.ts';
import { guardedPostgres, unusablePostgres } from './guarded-postgres.ts';

/**
 * The life of a token. AWS's own commands give the same; it is short, because a printed token may
 * stay in a log.
 */
const tokenSeconds = 900;
/** The life of the token in a file that clients read: a day of work. */
const fileTokenSeconds = 86_400;
/**
 * The address in place of its name: AWS's connectors take a host without dots for the identifier of
 * a cluster.
 */
const shownHost = '127.0.0.1';
/** The account that every local resource belongs to. */
const principalArn = 'arn:aws:iam::000000000000:role/local';

const openPostgres = async (
  { data, postgres: url }: DsqlOptions,
  { directory, interrupted }: Terminal,
): Promise<Postgres> => {
  if (url !== undefined) return guardedPostgres(existingPostgres(url), interrupted);
  return startPostgres(data === undefined ? {} : { dataDir: resolve(directory, data) });
};

/** Errors of the system, in words that say what to do. */
const explained = (cause: unknown, port: number, postgres: Postgres): Error => {
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EACCES'
    ? portRefusal({ port, option: portOption }, cause as NodeJS.ErrnoException)
    : unusablePostgres(postgres, cause);
};

const signToken = (
  options: Pick<DsqlSignerConfig, 'region' | 'credentials' | 'expiresIn'>,
): Promise<string> =>
  new DsqlSigner({ hostname: shownHost, ...options }).getDbConnectAdminAuthToken();

const startRegions = async (
  options: DsqlOptions,
  lifetime: Lifetime,
  postgres: Postgres,
  { certificate, keys: credentials, clusterIds }: StackIdentity,
) => {
  const { auth, regions, ports, roundTripMs, commitMs, jobMs, failures } = options;
  const describe = async (region: string, clusterId: string, { port }: DsqlEndpoint) => {
    const adminToken = await signToken({ region, credentials, expiresIn: tokenSeconds });
    return { region, host: shownHost, port, clusterId, adminToken };
  };
  const start = async (region: string, at: number) => {
    const port = ports[at] ?? 0;
    const clusterId = options.clusterIds?.[at] ?? clusterIds[region] ?? '';
    const started = startDsqlEndpoint({
      ...{ region, clusterId, port, postgres, certificate, auth, failures, jobMs },
      delays: { roundTripMs, commitMs },
      credentials: (id) =>
        id === credentials.accessKeyId ? { ...credentials, principalArn } : undefined,
    }).catch(async (error: unknown) => {
      throw await firstCause(explained(error, port, postgres), postgres.failed);
    });
    return describe(region, clusterId, await lifetime.own(started, `DSQL in ${region}`));
  };
  return Promise.all(regions.map(start));
};

const start = async (options: DsqlOptions, terminal: Terminal, lifetime: Lifetime) => {
  await refuseTakenPorts(options.ports.map((port) => ({ port, option: portOption })));
  const { envFile: file } = options;
  const envFile = file === undefined ? undefined : openEnvFile(terminal.directory, file);
  const folder = createRunFolder(terminal.directory);
  terminal.onExit(folder.remove);
  const postgres = await lifetime.own(openPostgres(options, terminal), 'PostgreSQL');
  terminal.interrupted.throwIfAborted();
  postgres.failed.throwIfAborted();
  const portFolder = openPortFolder(terminal.directory, options.ports[0] ?? 0, folder);
  const identity = portFolder.identity(options.regions);
  const { certificate, keys } = identity;
  const regions = await startRegions(options, lifetime, postgres, identity);
  portFolder.keepIdentity();
  const caFile = portFolder.write('ca.pem', certificate.ca);
  const [{ region, host, port } = { region: '', host: '', port: 0 }] = regions;
  const access = { endpoint: `${host}:${port}`, region, caFile, keys };
  const token = await signToken({ region, credentials: keys, expiresIn: fileTokenSeconds });
  envFile?.write(dsqlEnvironmentLines({ ...access, host, port, token }));
  const ready = {
    ready: true,
    user: 'admin',
    database: 'postgres',
    auth: options.auth,
    caFile,
    environmentFile: portFolder.write(dsqlEnvironmentFile, dsqlEnvironment(access)),
    credentials: { ...keys, principalArn },
    regions,
  };
  return { ready, failed: postgres.failed };
};

/**
 * Starts a cluster, prints one line of JSON when it is ready, and stays until it is interrupted.
 *
 * @returns whether all went well.
 * @throws {Error} with one line that says why it did not start; the reason of the interruption when
 * that came first.
 */
export const runDsql = async (options: DsqlOptions, terminal: Terminal): Promise<boolean> => {
  const lifetime = createLifetime((name) => terminal.warn(`waiting for ${name} to end`));
  const { interrupted } = terminal;
  try {
    const { ready, failed } = await unlessAborted(interrupted, start(options, terminal, lifetime));
    terminal.print(JSON.stringify(ready));
    const over = AbortSignal.any([interrupted, failed]);
    await unlessAborted(over, new Promise(() => {})).catch(() => undefined);
    if (!failed.aborted) return true;
    // The person reads the reason before the other parts end, which may take a while.
    terminal.fail((failed.reason as Error).message);
    return false;
  } finally {
    await lifetime.stop();
  }
};
