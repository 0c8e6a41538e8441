import { DsqlSigner } from '@aws-sdk/dsql-signer';
import pg from 'pg';
import {
  createLocalCertificate,
  type DsqlEndpoint,
  type DsqlEndpointOptions,
  type LocalCertificate,
  type LocalCredentials,
  type Postgres,
  startDsqlEndpoint,
} from '../../../packages/local-dsql/src/index.ts';
import { testDatabase } from '../../support/dsql.ts';

export const region = 'us-east-1';
export const clusterId = 'abcdefghijklmnopqrstuvwxyz';

export const roleArn = 'arn:aws:iam::000000000000:role/ledger';

const keys: Readonly<Record<string, LocalCredentials>> = {
  LOCALADMIN: { secretAccessKey: 'admin secret', principalArn: 'arn:aws:iam::000000000000:role/a' },
  LOCALROLE: { secretAccessKey: 's', sessionToken: 'session+/=', principalArn: roleArn },
};

export type TokenOptions = {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly region?: string;
  readonly hostname?: string;
  readonly action?: 'DbConnect' | 'DbConnectAdmin';
  readonly expiresIn?: number;
};

/** A token as the service's own signer makes it; by default one that admits `admin`. */
export const signToken = (options: TokenOptions = {}): Promise<string> => {
  const { accessKeyId = 'LOCALADMIN', action = 'DbConnectAdmin' } = options;
  const known = keys[accessKeyId];
  const signer = new DsqlSigner({
    hostname: options.hostname ?? 'localhost',
    region: options.region ?? region,
    credentials: {
      accessKeyId,
      secretAccessKey: options.secretAccessKey ?? known?.secretAccessKey ?? '',
      ...(known?.sessionToken === undefined ? {} : { sessionToken: known.sessionToken }),
    },
    ...(options.expiresIn === undefined ? {} : { expiresIn: options.expiresIn }),
  });
  return action === 'DbConnect'
    ? signer.getDbConnectAuthToken()
    : signer.getDbConnectAdminAuthToken();
};

export interface LocalDsql {
  readonly postgres: Postgres;
  readonly certificate: LocalCertificate;
  readonly endpoint: DsqlEndpoint;
  /** A client that is not connected yet; by default `admin` with a fresh token. */
  readonly client: (config?: pg.ClientConfig) => pg.Client;
  /** Runs `work` with a connected client. */
  readonly withClient: <T>(
    work: (client: pg.Client) => Promise<T>,
    config?: pg.ClientConfig,
  ) => Promise<T>;
  /** Connections that PostgreSQL has open for endpoints' clients. */
  readonly backends: () => Promise<number>;
  /** Another endpoint in front of the same database. */
  readonly again: (options: Partial<DsqlEndpointOptions>) => Promise<DsqlEndpoint>;
  readonly stop: () => Promise<void>;
}

/** An empty database and one endpoint in front of it. */
export const startLocalDsql = async (
  options: Partial<DsqlEndpointOptions> = {},
): Promise<LocalDsql> => {
  const postgres = await testDatabase();
  const certificate = createLocalCertificate([region]);
  const start = (given: Partial<DsqlEndpointOptions>): Promise<DsqlEndpoint> =>
    startDsqlEndpoint({
      region,
      clusterId,
      port: 0,
      postgres,
      certificate,
      credentials: (accessKeyId) => keys[accessKeyId],
      // Most tests are not about what is built behind its statement.
      jobMs: 0,
      ...given,
    });
  const endpoint = await start(options);
  const direct = new pg.Client({ ...postgres });
  await direct.connect();
  const client = (config: pg.ClientConfig = {}): pg.Client => {
    const made = new pg.Client({
      host: 'localhost',
      port: endpoint.port,
      user: 'admin',
      database: 'postgres',
      password: () => signToken(),
      ssl: { ca: certificate.ca },
      ...config,
    });
    made.on('error', () => undefined);
    return made;
  };
  return {
    postgres,
    certificate,
    endpoint,
    client,
    withClient: async (work, config) => {
      const connected = client(config);
      await connected.connect();
      try {
        return await work(connected);
      } finally {
        await connected.end();
      }
    },
    backends: async () => {
      const { rows } = await direct.query<{ count: string }>(
        `SELECT count(*) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND usename <> $1 AND datname = $2`,
        [postgres.user, postgres.database],
      );
      return Number(rows[0]?.count);
    },
    again: start,
    stop: async () => {
      await direct.end();
      await endpoint.stop();
      await postgres.stop();
    },
  };
};
