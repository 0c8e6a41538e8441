import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { parseArgs } from 'node:util';
import pg from 'pg';
import {
  createLocalCertificate,
  existingPostgres,
  type Postgres,
  startDsqlEndpoint,
  startPostgres,
} from '../local/dsql/index.ts';

const rows = 10_000;
const rounds = 7;
const statementsPerRound = 2000;
const throughputMs = 1000;
const throughputClients = 8;
const overheadMsMax = 0.3;
const throughputShareMin = 0.5;

const { ca, ...identity } = createLocalCertificate(['us-east-1']);

const urlOf = ({ user, password, host, port }: Postgres): string =>
  `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/postgres?host=${encodeURIComponent(host)}`;

type Serving = { readonly port: number; readonly ca: string };

/** The endpoint, in a process of its own as `antipode local dsql` has it. */
const serveEndpoint = async (url: string): Promise<Serving> => {
  const { port } = await startDsqlEndpoint({
    ...{ region: 'us-east-1', clusterId: 'abcdefghijklmnopqrstuvwxyz', port: 0, auth: false },
    postgres: existingPostgres(url),
    certificate: identity,
    credentials: () => undefined,
  });
  return { port, ca };
};

/** A process that ends TLS and passes bytes on without looking at them: what any process in between costs. */
const serveRelay = async (url: string): Promise<Serving> => {
  const { host, port } = existingPostgres(url);
  const server = createTlsServer({ ...identity, ALPNProtocols: ['postgresql'] }, (client) => {
    const server = connect({ path: `${host}/.s.PGSQL.${port}` });
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, ca };
};

const services = { endpoint: serveEndpoint, relay: serveRelay };

const serve = async (name: string, url: string): Promise<void> => {
  const serving = await services[name as keyof typeof services](url);
  process.send?.(serving);
  process.on('message', () => process.send?.({ rss: process.memoryUsage().rss }));
};

const startService = async (
  name: keyof typeof services,
  url: string,
): Promise<Serving & { readonly child: ChildProcess }> => {
  const child = fork(import.meta.filename, ['--serve', name, url]);
  const [serving] = (await once(child, 'message')) as [Serving];
  return { ...serving, child };
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

/** Of clients that go straight to PostgreSQL: its tables are watched by nobody. */
const bareDatabase = 'bare';

/** A PostgreSQL that takes clients over its Unix socket and, with a certificate, over TLS. */
const startBothWays = async () => {
  const port = await freePort();
  const { stop, user, password } = await startPostgres({ port });
  const overTcp = connector({ host: '127.0.0.1', port, user, password });
  const admin = await overTcp();
  const { rows } = await admin.query<{ data_directory: string }>('SHOW data_directory');
  const data = rows[0]?.data_directory ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'antipode-bench-'));
  const { uid, gid } = await stat(data);
  await chown(folder, uid, gid);
  for (const part of ['cert', 'key'] as const) {
    const file = join(folder, part);
    await writeFile(file, identity[part], { mode: 0o600 });
    await chown(file, uid, gid);
    await admin.query(`ALTER SYSTEM SET ssl_${part}_file = '${file}'`);
  }
  await admin.query('ALTER SYSTEM SET ssl = on');
  await admin.query('SELECT pg_reload_conf()');
  await admin.query(`CREATE DATABASE ${bareDatabase}`);
  await admin.end();
  const postgres: Postgres = {
    ...{ host: dirname(data), port, user, password, database: 'postgres' },
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
  const login = { user, password, database: bareDatabase };
  return { postgres, overTls: connector({ host: 'localhost', port, ...login, ssl: { ca } }) };
};

type Work = readonly [name: string, run: (client: pg.Client, id: number) => Promise<unknown>];

const works: readonly Work[] = [
  [
    'SELECT by key',
    (client, id) =>
      client.query({ name: 's', text: 'SELECT amount FROM cell WHERE id = $1', values: [id] }),
  ],
  [
    'UPDATE by key',
    (client, id) =>
      client.query({
        name: 'u',
        text: 'UPDATE cell SET amount = amount + 1 WHERE id = $1',
        values: [id],
      }),
  ],
  [
    'BEGIN, SELECT, UPDATE, COMMIT',
    async (client, id) => {
      await client.query('BEGIN');
      await works[0]?.[1](client, id);
      await works[1]?.[1](client, id);
      await client.query('COMMIT');
    },
  ],
];

const anyOf = (count: number): number => 1 + Math.floor(Math.random() * count);

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

const range = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

/** Median time of one run, in milliseconds. */
const latency = async (clients: readonly pg.Client[], [, run]: Work): Promise<number> => {
  const [client] = clients;
  const times: number[] = [];
  for (let count = 0; client && count < statementsPerRound; count += 1) {
    const start = performance.now();
    await run(client, anyOf(rows));
    times.push(performance.now() - start);
  }
  return median(times);
};

/** Runs per second of several clients, each on rows of its own, so that none of them conflict. */
const throughput = async (clients: readonly pg.Client[], [, run]: Work): Promise<number> => {
  const end = performance.now() + throughputMs;
  let done = 0;
  const share = Math.floor(rows / clients.length);
  await Promise.all(
    clients.map(async (client, at) => {
      while (performance.now() < end) {
        await run(client, at * share + anyOf(share));
        done += 1;
      }
    }),
  );
  return (done / throughputMs) * 1000;
};

type Ways = Readonly<Record<'unix' | 'tls' | 'relay' | 'through', readonly pg.Client[]>>;
type Way = keyof Ways;
type Measured = Readonly<Record<Way, readonly number[]>>;

/** Measures all ways in turn, each round in another order, so that a change of the machine's mood meets all. */
const measureInTurn = async (
  ways: Ways,
  names: readonly Way[],
  measure: (clients: readonly pg.Client[]) => Promise<number>,
): Promise<Measured> => {
  const measured: Record<Way, number[]> = { unix: [], tls: [], relay: [], through: [] };
  for (const name of names) await measure(ways[name]);
  for (let round = 0; round < rounds; round += 1) {
    const at = round % names.length;
    for (const name of [...names.slice(at), ...names.slice(0, at)]) {
      measured[name].push(await measure(ways[name]));
    }
  }
  return measured;
};

const ratios = (ones: readonly number[], others: readonly number[]): readonly number[] =>
  ones.map((one, round) => one / (others[round] ?? Number.NaN));

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** @returns whether the bar is met */
const reportOverhead = async (ways: Ways, work: Work): Promise<boolean> => {
  const times = await measureInTurn(ways, ['unix', 'through'], (clients) => latency(clients, work));
  const statements = work[0].split(',').length;
  const overheads = times.through.map(
    (time, round) => (time - (times.unix[round] ?? 0)) / statements,
  );
  say(
    `${work[0]}: PostgreSQL ${range(times.unix, 3)} ms, through ${range(times.through, 3)} ms, overhead per statement ${range(overheads, 3)} ms (bar ${overheadMsMax})`,
  );
  return median(overheads) <= overheadMsMax;
};

/** @returns whether the bar is met */
const reportThroughput = async (ways: Ways, work: Work): Promise<boolean> => {
  const rates = await measureInTurn(ways, ['unix', 'tls', 'relay', 'through'], (clients) =>
    throughput(clients, work),
  );
  const share = ratios(rates.through, rates.tls);
  say(`${work[0]}, ${throughputClients} clients, runs per second:`);
  say(
    `  PostgreSQL, Unix socket in the clear ${range(rates.unix, 0)}, over TLS ${range(rates.tls, 0)}`,
  );
  say(
    `  a relay that ends TLS and reads nothing ${range(rates.relay, 0)}, the endpoint ${range(rates.through, 0)}`,
  );
  say(`  the endpoint of PostgreSQL over TLS ${range(share, 2)} (bar ${throughputShareMin})`);
  say(
    `  of the Unix socket: the endpoint ${range(ratios(rates.through, rates.unix), 2)}, the relay ${range(ratios(rates.relay, rates.unix), 2)}`,
  );
  return median(share) >= throughputShareMin;
};

const report = async (): Promise<boolean> => {
  const { postgres, overTls } = await startBothWays();
  const url = urlOf(postgres);
  const endpoint = await startService('endpoint', url);
  const relay = await startService('relay', url);
  const { host, port, user, password } = postgres;
  const login = { user, password, database: bareDatabase };
  const open = (way: Connect): Promise<readonly pg.Client[]> =>
    Promise.all(Array.from({ length: throughputClients }, way));
  const unix = await open(connector({ host, port, ...login }));
  const through = await open(
    connector({
      ...{ host: 'localhost', port: endpoint.port, user: 'admin', password: 'none' },
      ssl: { ca: endpoint.ca },
    }),
  );
  const ways: Ways = {
    unix,
    tls: await open(overTls),
    relay: await open(
      connector({
        ...{ host: 'localhost', port: relay.port, ...login },
        ...{ ssl: { ca: relay.ca }, sslnegotiation: 'direct' },
      }),
    ),
    through,
  };
  const admin = await connector({ host, port, user, password })();
  for (const [creator, owner] of [
    [unix[0], unix[0]],
    [through[0], admin],
  ] as const) {
    await creator?.query('CREATE TABLE cell (id int PRIMARY KEY, amount int NOT NULL)');
    await owner?.query(`INSERT INTO cell SELECT id, 0 FROM generate_series(1, ${rows}) id`);
    await owner?.query('ANALYZE cell');
  }
  await admin.end();
  say(`local DSQL and the PostgreSQL behind it; ${rounds} rounds in turn, median (min–max)`);
  const met: boolean[] = [];
  for (const work of works) met.push(await reportOverhead(ways, work));
  for (const work of works) met.push(await reportThroughput(ways, work));
  endpoint.child.send('memory');
  const [{ rss }] = (await once(endpoint.child, 'message')) as [{ rss: number }];
  say(`memory of the endpoint: ${Math.round(rss / 1024 ** 2)} MB`);
  await Promise.all(
    Object.values(ways)
      .flat()
      .map((client) => client.end()),
  );
  endpoint.child.kill();
  relay.child.kill();
  await postgres.stop();
  return met.every(Boolean);
};

const { values, positionals } = parseArgs({
  options: { serve: { type: 'string' } },
  allowPositionals: true,
});
if (values.serve !== undefined) await serve(values.serve, positionals[0] ?? '');
else process.exitCode = (await report()) ? 0 : 1;
