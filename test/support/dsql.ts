import { randomBytes } from 'node:crypto';
import { DsqlSigner } from '@aws-sdk/dsql-signer';
import pg from 'pg';
import {
  createLocalCertificate,
  type DsqlEndpoint,
  existingPostgres,
  type Postgres,
  startDsqlEndpoint,
} from '../../packages/local-dsql/src/index.ts';
import { postgresUrl } from './postgres-url.ts';

/** One Region's way to the cluster. */
export type TestEndpoint = {
  readonly region: string;
  readonly host: string;
  readonly port: number;
  /** `host:port`, as `DSQL_ENDPOINT` takes it. */
  readonly endpoint: string;
};

export type TestCredentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

/**
 * A local DSQL cluster in two Regions over an empty database; the primary Region's endpoint is
 * spread.
 */
export interface TestDsql extends TestEndpoint {
  /** The other Region's endpoint of the same cluster. */
  readonly peer: TestEndpoint;
  /** PEM of the authority that signed the endpoints' certificate. */
  readonly ca: string;
  /** Keys that the endpoints accept, of the role `principalArn`. */
  readonly credentials: TestCredentials;
  readonly principalArn: string;
  /** Connects as `admin` with a fresh token; `stop` ends what is still open. */
  readonly adminConnection: (at?: TestEndpoint) => Promise<pg.Client>;
  /** Connects as another role, which `AWS IAM GRANT` must have mapped to `principalArn`. */
  readonly connectionAs: (role: string, at?: TestEndpoint) => Promise<pg.Client>;
  /** The PostgreSQL behind it. */
  readonly postgres: Postgres;
  /**
   * Connects to it as superuser, to see and do what no client of DSQL can; `stop` ends what is
   * still open.
   */
  readonly superuserConnection: () => Promise<pg.Client>;
  /**
   * Ends connections and endpoints, and removes the database and the roles that were made in it.
   */
  readonly stop: () => Promise<void>;
}

const regions = ['us-east-1', 'us-west-2'] as const;
const accountId = '000000000000';
const principalArn = `arn:aws:iam::${accountId}:role/test`;
const credentials: TestCredentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
/** Long enough for a slow connect, short enough to be used at once. */
const tokenSecondsMax = 60;

/** Connects as superuser, past every endpoint. */
export const connectSuperuser = async (postgres: Postgres): Promise<pg.Client> => {
  const { host, port, user, password, database } = postgres;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  return client;
};

/** Runs some work as superuser, past every endpoint. */
export const withSuperuser = async <T>(
  postgres: Postgres,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> => {
  const client = await connectSuperuser(postgres);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const rolesOf = async (client: pg.Client): Promise<readonly string[]> => {
  const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles');
  return rows.map(({ name }) => name);
};

/** The server of this worker, which runs one file at a time. */
export const testServer = (): Postgres => existingPostgres(postgresUrl());

/** The role that every cluster has. It may own a template by now, so it cannot be dropped. */
const clusterOwner = 'admin';

/**
 * An empty database of the worker's PostgreSQL; `stop` removes it with the roles that were made in
 * it, for roles belong to the whole server and what one file makes, the next must not find.
 *
 * @param template a database that it becomes a copy of; nobody may be connected to it
 */
export const testDatabase = async (template?: string): Promise<Postgres> => {
  const server = testServer();
  const database = `test_${randomBytes(6).toString('hex')}`;
  const rolesBefore = await withSuperuser(server, async (client) => {
    const copied = template === undefined ? '' : ` TEMPLATE "${template}"`;
    await client.query(`CREATE DATABASE "${database}"${copied}`);
    return rolesOf(client);
  });
  const remove = (): Promise<void> =>
    withSuperuser(server, async (client) => {
      await client.query(`DROP DATABASE "${database}" WITH (FORCE)`);
      const kept = [...rolesBefore, clusterOwner];
      const made = (await rolesOf(client)).filter((role) => !kept.includes(role));
      for (const role of made) await client.query(`DROP ROLE ${client.escapeIdentifier(role)}`);
    });
  return { ...server, database, stop: remove };
};

/** A token for a role at an endpoint; `expiresIn` in seconds. */
export const signToken = (
  user: string,
  { host, region }: Pick<TestEndpoint, 'host' | 'region'>,
  expiresIn: number = tokenSecondsMax,
): Promise<string> => {
  const signer = new DsqlSigner({ hostname: host, region, credentials, expiresIn });
  return user === 'admin' ? signer.getDbConnectAdminAuthToken() : signer.getDbConnectAuthToken();
};

const opener = (ca: string, opened: Set<pg.Client>) => async (user: string, at: TestEndpoint) => {
  const client = new pg.Client({
    host: at.host,
    port: at.port,
    user,
    password: await signToken(user, at),
    database: 'postgres',
    ssl: { ca },
  });
  // The endpoint is closed by some tests while clients are connected.
  client.on('error', () => undefined);
  await client.connect();
  opened.add(client);
  return client;
};

const startEndpoints = (
  postgres: Postgres,
  certificate: { cert: string; key: string },
  jobMs: number,
) =>
  Promise.all(
    regions.map(async (region): Promise<DsqlEndpoint & TestEndpoint> => {
      const started = await startDsqlEndpoint({
        region,
        clusterId: randomBytes(13).toString('hex'),
        port: 0,
        postgres,
        certificate,
        // A file's tests have a schema each.
        limits: { schemasMax: 1000 },
        jobMs,
        credentials: (accessKeyId) =>
          accessKeyId === credentials.accessKeyId ? { ...credentials, principalArn } : undefined,
      });
      return { ...started, region, endpoint: `${started.host}:${started.port}` };
    }),
  );

/**
 * Starts a local DSQL cluster over a database; `stop` stops that too.
 *
 * @param jobMs milliseconds that an asynchronous job takes; most tests are not about what is built
 * behind its statement
 */
export const startTestDsql = async (postgres: Postgres, jobMs = 0): Promise<TestDsql> => {
  const { ca, cert, key } = createLocalCertificate(regions);
  const [primary, peer] = (await startEndpoints(postgres, { cert, key }, jobMs)) as [
    DsqlEndpoint & TestEndpoint,
    DsqlEndpoint & TestEndpoint,
  ];
  const opened = new Set<pg.Client>();
  const open = opener(ca, opened);
  const { region, host, port, endpoint } = primary;
  return {
    ...{ region, host, port, endpoint, peer, ca, credentials, principalArn, postgres },
    adminConnection: (at = primary) => open('admin', at),
    connectionAs: (role, at = primary) => open(role, at),
    superuserConnection: async () => {
      const client = await connectSuperuser(postgres);
      opened.add(client);
      return client;
    },
    stop: async () => {
      await Promise.all([...opened].map((client) => client.end()));
      await Promise.all([primary.stop(), peer.stop()]);
      await postgres.stop();
    },
  };
};

/**
 * Starts a local DSQL cluster for one test file, over an empty database of the worker's PostgreSQL.
 *
 * @param jobMs milliseconds that an asynchronous job takes
 * @example
 * let dsql: TestDsql;
 * beforeAll(async () => { dsql = await testDsql(); });
 * afterAll(() => dsql.stop());
 */
export const testDsql = async (jobMs = 0): Promise<TestDsql> =>
  startTestDsql(await testDatabase(), jobMs);
