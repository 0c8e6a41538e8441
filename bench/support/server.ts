import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import {
  type NetworkDelays,
  type Postgres,
  startPostgres,
} from '../../packages/local-dsql/src/index.ts';
import type { DsqlTarget } from '../../src/adapters/dsql/connection/endpoint.ts';
import { createTokenSource } from '../../src/adapters/dsql/connection/token.ts';
import { serverCredentials, serverRegion } from './server-constants.ts';

/** The address that a client connects to, and its user. */
export type Address = {
  /** An address, since AWS's connector takes a name without a dot for the id of a cluster. */
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  /** The password of a new connection: a token for DSQL, signed each time. */
  readonly password: () => Promise<string>;
};

/** The database of one benchmark, in processes of its own. */
export interface BenchServer {
  /** The local DSQL. */
  readonly dsql: Address;
  /** The PostgreSQL behind it, over TLS and without anything of DSQL. */
  readonly plain: Address;
  /** A bus that answers `PutEvents` at once. */
  readonly busUrl: string;
  /** The PostgreSQL behind it as its superuser sees it, to look at and to empty. */
  readonly superuser: pg.Client;
  readonly setDelays: (delays: NetworkDelays) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export const targetOf = ({ host, port, user }: Address): DsqlTarget => ({
  endpoint: `${host}:${port}`,
  region: serverRegion,
  user,
});

/** Connects as the documents of `pg` show it. */
export const connectPg = async (
  { host, port, user, ca, password }: Address,
  options: pg.ClientConfig = {},
): Promise<pg.Client> => {
  const database = 'postgres';
  const client = new pg.Client({ host, port, user, password, database, ssl: { ca }, ...options });
  await client.connect();
  return client;
};

const urlOf = ({ host, port, user, password, database }: Postgres): string =>
  `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;

/** Starts PostgreSQL, the local DSQL and a TLS port of PostgreSQL alone. */
export const startServer = async (): Promise<BenchServer> => {
  const postgres = await startPostgres();
  const child = fork(join(import.meta.dirname, 'server-process.ts'), [urlOf(postgres)]);
  const [{ port, frontPort, busUrl, ca }] = (await once(child, 'message')) as [
    {
      readonly port: number;
      readonly frontPort: number;
      readonly busUrl: string;
      readonly ca: string;
    },
  ];
  const host = '127.0.0.1';
  const tokens = createTokenSource(
    { endpoint: `${host}:${port}`, region: serverRegion, user: 'admin' },
    () => serverCredentials,
  );
  const { user, password, database } = postgres;
  const superuser = new pg.Client({
    ...{ user, password, database },
    host: postgres.host,
    port: postgres.port,
  });
  await superuser.connect();
  return {
    dsql: { host, port, ca, user: 'admin', password: tokens.token },
    plain: { host, port: frontPort, ca, user, password: async () => password },
    busUrl,
    superuser,
    setDelays: async (delays) => {
      child.send(delays);
      await once(child, 'message');
    },
    stop: async () => {
      await superuser.end();
      child.disconnect();
      await once(child, 'exit');
      await postgres.stop();
    },
  };
};
