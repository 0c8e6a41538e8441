import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { lchown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import {
  createLocalCertificate,
  type Postgres,
  startPostgres,
} from '../../packages/local-dsql/src/index.ts';
import type { ServiceName, Serving } from './server-process.ts';

/**
 * Ways to the same PostgreSQL: its socket in the clear, its own TLS, a relay that ends TLS, the
 * endpoint.
 */
export type Way = 'unix' | 'tls' | 'relay' | 'through';

/** The ways with their clients, open at once. */
export interface OpenWays {
  readonly clients: Readonly<Record<Way, readonly pg.Client[]>>;
  /** Bytes that the endpoint's process holds. */
  readonly endpointMemory: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Of clients that go straight to PostgreSQL: its tables are watched by nobody. */
const bareDatabase = 'bare';

const urlOf = ({ user, password, host, port }: Postgres): string =>
  `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/postgres?host=${encodeURIComponent(host)}`;

const startService = async (
  name: ServiceName,
  url: string,
): Promise<Serving & { readonly child: ChildProcess }> => {
  const child = fork(join(import.meta.dirname, 'server-process.ts'), [name, url]);
  const [serving] = (await once(child, 'message')) as [Serving];
  return { ...serving, child };
};

const stopService = async ({ child }: { readonly child: ChildProcess }): Promise<void> => {
  child.disconnect();
  await once(child, 'exit');
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

type Connect = () => Promise<pg.Client>;

const connector =
  (config: pg.ClientConfig): Connect =>
  async () => {
    const client = new pg.Client({ database: 'postgres', ...config });
    await client.connect();
    return client;
  };

/** A PostgreSQL that takes clients over its Unix socket and, with a certificate, over TLS. */
const startBothWays = async () => {
  const { ca, ...identity } = createLocalCertificate(['us-east-1']);
  const port = await freePort();
  const { stop, failed, user, password } = await startPostgres({ port });
  const admin = await connector({ host: '127.0.0.1', port, user, password })();
  const { rows } = await admin.query<{ data_directory: string }>('SHOW data_directory');
  const data = rows[0]?.data_directory ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'antipode-bench-'));
  const { uid, gid } = await stat(data);
  for (const part of ['cert', 'key'] as const) {
    const file = join(folder, part);
    await writeFile(file, identity[part], { mode: 0o600, flag: 'wx' });
    await lchown(file, uid, gid);
    await admin.query(`ALTER SYSTEM SET ssl_${part}_file = '${file}'`);
  }
  // Last: the user that owns the folder could put links in it.
  await lchown(folder, uid, gid);
  await admin.query('ALTER SYSTEM SET ssl = on');
  await admin.query('SELECT pg_reload_conf()');
  await admin.query(`CREATE DATABASE ${bareDatabase}`);
  await admin.end();
  const postgres: Postgres = {
    ...{ host: dirname(data), port, user, password, database: 'postgres' },
    failed,
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
  const login = { user, password, database: bareDatabase };
  return {
    postgres,
    login,
    overTls: connector({ host: 'localhost', port, ...login, ssl: { ca } }),
  };
};

/** The same table behind the endpoint and beside it. */
const createCells = async (
  { unix: [bare], through: [watched] }: OpenWays['clients'],
  admin: pg.Client,
  rows: number,
): Promise<void> => {
  for (const [creator, owner] of [
    [bare, bare],
    [watched, admin],
  ] as const) {
    await creator?.query('CREATE TABLE cell (id int PRIMARY KEY, amount int NOT NULL)');
    await owner?.query(`INSERT INTO cell SELECT id, 0 FROM generate_series(1, ${rows}) id`);
    await owner?.query('ANALYZE cell');
  }
};

/**
 * Starts PostgreSQL, the endpoint and the relay, and connects `size` clients each way to a table
 * `cell` with so many `rows`.
 */
export const openWays = async (size: number, rows: number): Promise<OpenWays> => {
  const { postgres, login, overTls } = await startBothWays();
  const { host, port, user, password } = postgres;
  const url = urlOf(postgres);
  const endpoint = await startService('endpoint', url);
  const relay = await startService('relay', url);
  const open = (way: Connect): Promise<readonly pg.Client[]> =>
    Promise.all(Array.from({ length: size }, way));
  const clients = {
    unix: await open(connector({ host, port, ...login })),
    tls: await open(overTls),
    relay: await open(
      connector({
        ...{ host: 'localhost', port: relay.port, ...login },
        ...{ ssl: { ca: relay.ca }, sslnegotiation: 'direct' },
      }),
    ),
    through: await open(
      connector({
        ...{ host: 'localhost', port: endpoint.port, user: 'admin', password: 'none' },
        ssl: { ca: endpoint.ca },
      }),
    ),
  };
  const admin = await connector({ host, port, user, password })();
  await createCells(clients, admin, rows);
  await admin.end();
  return {
    clients,
    endpointMemory: async () => {
      endpoint.child.send('memory');
      const [{ rss }] = (await once(endpoint.child, 'message')) as [{ readonly rss: number }];
      return rss;
    },
    stop: async () => {
      const all = Object.values(clients).flat();
      await Promise.all(all.map((client) => client.end()));
      await stopService(endpoint);
      await stopService(relay);
      await postgres.stop();
    },
  };
};
