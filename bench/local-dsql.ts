import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import pg from 'pg';
import {
  createLocalCertificate,
  existingPostgres,
  startDsqlEndpoint,
  startPostgres,
} from '../local/dsql/index.ts';

/** The endpoint runs in a process of its own, as `antipode local dsql` does. */
const serve = async (url: string): Promise<void> => {
  const certificate = createLocalCertificate(['us-east-1']);
  const { port } = await startDsqlEndpoint({
    ...{ region: 'us-east-1', clusterId: 'abcdefghijklmnopqrstuvwxyz', port: 0, auth: false },
    postgres: existingPostgres(url),
    certificate,
    credentials: () => undefined,
  });
  process.send?.({ port, ca: certificate.ca });
  process.on('message', () => process.send?.({ rss: process.memoryUsage().rss }));
};

const rows = 10_000;
const rounds = 7;
const statementsPerRound = 2000;
const throughputMs = 1500;
const throughputClients = 8;
const overheadMsMax = 0.3;
const throughputShareMin = 0.5;

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

const range = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

type Connect = () => Promise<pg.Client>;
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

const anyId = (): number => 1 + Math.floor(Math.random() * rows);

/** Median time of one run, in milliseconds. */
const latency = async (client: pg.Client, [, run]: Work): Promise<number> => {
  const times: number[] = [];
  for (let count = 0; count < statementsPerRound; count += 1) {
    const start = performance.now();
    await run(client, anyId());
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
        await run(client, 1 + at * share + Math.floor(Math.random() * share));
        done += 1;
      }
    }),
  );
  return (done / throughputMs) * 1000;
};

const open = (count: number, connect: Connect): Promise<readonly pg.Client[]> =>
  Promise.all(Array.from({ length: count }, connect));

/** Measures both in turn, so that a change of the machine's mood meets both. */
const compare = async (
  direct: readonly pg.Client[],
  through: readonly pg.Client[],
  measure: (clients: readonly pg.Client[]) => Promise<number>,
): Promise<readonly (readonly [number, number])[]> => {
  const pairs: (readonly [number, number])[] = [];
  await measure(direct);
  await measure(through);
  for (let round = 0; round < rounds; round += 1) {
    const isEven = round % 2 === 0;
    const first = await measure(isEven ? direct : through);
    const second = await measure(isEven ? through : direct);
    pairs.push(isEven ? [first, second] : [second, first]);
  }
  return pairs;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const report = async (): Promise<boolean> => {
  const postgres = await startPostgres();
  const url = `postgres://${postgres.user}:${encodeURIComponent(postgres.password)}@localhost:${postgres.port}/postgres?host=${encodeURIComponent(postgres.host)}`;
  const child = fork(import.meta.filename, ['--serve', url]);
  const [{ port, ca }] = (await once(child, 'message')) as [{ port: number; ca: string }];
  const connectDirect: Connect = async () => {
    const client = new pg.Client({ ...postgres });
    await client.connect();
    return client;
  };
  const connectThrough: Connect = async () => {
    const user = { user: 'admin', password: 'none', database: 'postgres' };
    const client = new pg.Client({ host: 'localhost', port, ...user, ssl: { ca } });
    await client.connect();
    return client;
  };
  const direct = await open(throughputClients, connectDirect);
  const through = await open(throughputClients, connectThrough);
  await through[0]?.query('CREATE TABLE cell (id int PRIMARY KEY, amount int NOT NULL)');
  await direct[0]?.query(`INSERT INTO cell SELECT id, 0 FROM generate_series(1, ${rows}) id`);
  await direct[0]?.query('ANALYZE cell');
  say(
    'direct: PostgreSQL over its Unix socket; through: the endpoint over TLS, in a process of its own',
  );
  say(`local DSQL against the PostgreSQL behind it; ${rounds} rounds in turn, median (min–max)`);
  let isFine = true;
  for (const work of works) {
    const times = await compare(direct, through, ([client]) =>
      client ? latency(client, work) : Promise.resolve(0),
    );
    const statements = work[0].split(',').length;
    const overheads = times.map(([one, other]) => (other - one) / statements);
    isFine &&= median(overheads) <= overheadMsMax;
    say(
      `${work[0]}: direct ${range(
        times.map(([one]) => one),
        3,
      )} ms, through ${range(
        times.map(([, other]) => other),
        3,
      )} ms, overhead per statement ${range(overheads, 3)} ms (bar ${overheadMsMax})`,
    );
  }
  for (const work of works) {
    const rates = await compare(direct, through, (clients) => throughput(clients, work));
    const shares = rates.map(([one, other]) => other / one);
    isFine &&= median(shares) >= throughputShareMin;
    say(
      `${work[0]}, ${throughputClients} clients: direct ${range(
        rates.map(([one]) => one),
        0,
      )}/s, through ${range(
        rates.map(([, other]) => other),
        0,
      )}/s, share ${range(shares, 2)} (bar ${throughputShareMin})`,
    );
  }
  child.send('memory');
  const [{ rss }] = (await once(child, 'message')) as [{ rss: number }];
  say(`memory of the endpoint: ${Math.round(rss / 1024 ** 2)} MB`);
  await Promise.all([...direct, ...through].map((client) => client.end()));
  child.kill();
  await postgres.stop();
  return isFine;
};

const { values } = parseArgs({ options: { serve: { type: 'string' } }, allowPositionals: true });
if (values.serve !== undefined) await serve(values.serve);
else process.exitCode = (await report()) ? 0 : 1;
