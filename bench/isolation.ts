import { parseArgs } from 'node:util';
import pg from 'pg';
import {
  createLocalCertificate,
  startDsqlEndpoint,
  startPostgres,
} from '../packages/local-dsql/src/index.ts';
import { anomalies } from '../test/support/history.ts';
import { runBank, runListAppend, seeded } from '../test/support/workloads.ts';

const { values } = parseArgs({
  options: {
    transactions: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '16' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
  // `npm run bench -- isolation` leaves its name there.
  allowPositionals: true,
});
const transactions = Number(values.transactions);
const allowed: ReadonlySet<string> = new Set(['G2-item']);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const regions = ['us-east-1', 'us-west-2'] as const;
const postgres = await startPostgres();
const certificate = createLocalCertificate(regions);
const endpoints = await Promise.all(
  regions.map((region) =>
    startDsqlEndpoint({
      ...{ region, postgres, certificate, port: 0, auth: false },
      clusterId: 'abcdefghijklmnopqrstuvwxyz',
      credentials: () => undefined,
    }),
  ),
);
const clients = await Promise.all(
  Array.from({ length: Number(values.clients) }, async (_, at) => {
    const client = new pg.Client({
      ...{ host: 'localhost', user: 'admin', password: 'none', database: 'postgres' },
      port: endpoints[at % endpoints.length]?.port ?? 0,
      ssl: { ca: certificate.ca },
    });
    await client.connect();
    return client;
  }),
);

say(`${transactions} commits each, ${clients.length} clients, both Regions, seed ${values.seed}`);
const random = seeded(Number(values.seed));
let started = performance.now();
const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
const history = await runListAppend({ clients, transactions, random });
const committed = history.filter(({ outcome }) => outcome === 'committed').length;
const found = [...anomalies(history)];
say(
  `list-append: ${committed} committed, ${history.length - committed} conflicts, ${seconds()}; ` +
    `anomalies: ${found.join(', ') || 'none'} (only G2-item, write skew, is allowed)`,
);
started = performance.now();
const bank = await runBank({ clients, transactions, random });
say(
  `bank: ${bank.committed} committed, ${bank.conflicts} conflicts, ${seconds()}; ` +
    `wrong sums: ${bank.wrongSums.length}`,
);
await Promise.all(clients.map((client) => client.end()));
await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
await postgres.stop();
const isSound = bank.wrongSums.length === 0 && found.every((anomaly) => allowed.has(anomaly));
process.exitCode = isSound ? 0 : 1;
