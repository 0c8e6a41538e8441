import type pg from 'pg';
import { type OpenWays, openWays, type Way } from './local-dsql/ways.ts';
import { benchmark, type Report } from './support/report.ts';
import { interleave, median, range, ratioRange, ratios } from './support/rounds.ts';

const rows = 10_000;
const roundsDefault = 7;
const statementsPerRound = 2000;
const throughputMs = 1000;
const throughputClients = 8;
const overheadMsMax = 0.3;
const throughputShareMin = 0.5;

type Clients = readonly pg.Client[];
type Run = (client: pg.Client, id: number) => Promise<unknown>;
type Work = { readonly name: string; readonly statements: number; readonly run: Run };

const select: Run = (client, id) =>
  client.query({ name: 's', text: 'SELECT amount FROM cell WHERE id = $1', values: [id] });

const update: Run = (client, id) =>
  client.query({
    name: 'u',
    text: 'UPDATE cell SET amount = amount + 1 WHERE id = $1',
    values: [id],
  });

const transaction: Run = async (client, id) => {
  await client.query('BEGIN');
  await select(client, id);
  await update(client, id);
  await client.query('COMMIT');
};

const works: readonly Work[] = [
  { name: 'SELECT by key', statements: 1, run: select },
  { name: 'UPDATE by key', statements: 1, run: update },
  { name: 'BEGIN, SELECT, UPDATE, COMMIT', statements: 4, run: transaction },
];

const anyOf = (count: number): number => 1 + Math.floor(Math.random() * count);

/** Median time of one run, in milliseconds. */
const latency = async ([client]: Clients, { run }: Work): Promise<number> => {
  const times: number[] = [];
  for (let count = 0; client && count < statementsPerRound; count += 1) {
    const start = performance.now();
    await run(client, anyOf(rows));
    times.push(performance.now() - start);
  }
  return median(times);
};

/** Runs per second of several clients, each on rows of its own, so that none of them conflict. */
const throughput = async (clients: Clients, { run }: Work): Promise<number> => {
  const start = performance.now();
  const share = Math.floor(rows / clients.length);
  let done = 0;
  await Promise.all(
    clients.map(async (client, at) => {
      while (performance.now() - start < throughputMs) {
        await run(client, at * share + anyOf(share));
        done += 1;
      }
    }),
  );
  return (done / (performance.now() - start)) * 1000;
};

type Measure = (clients: Clients, work: Work) => Promise<number>;

/** All of these ways in turn, each once before it counts. */
const measureWays = async <Name extends Way>(
  { clients }: OpenWays,
  names: readonly Name[],
  rounds: number,
  measure: Measure,
  work: Work,
) => {
  for (const name of names) await measure(clients[name], work);
  return interleave(names, rounds, (name) => measure(clients[name], work));
};

const reportOverhead = async (
  { say, keep, judge }: Report,
  ways: OpenWays,
  rounds: number,
  work: Work,
): Promise<void> => {
  const times = await measureWays(ways, ['unix', 'through'], rounds, latency, work);
  const overheads = times.through.map(
    (time, round) => (time - (times.unix[round] ?? Number.NaN)) / work.statements,
  );
  const added = `overhead per statement ${range(overheads, 3)} ms`;
  say(
    `\n${work.name}: PostgreSQL ${range(times.unix, 3)} ms, through ${range(times.through, 3)} ms, ${added}`,
  );
  keep(`${work.name}: PostgreSQL over its Unix socket`, 'ms', times.unix);
  keep(`${work.name}: through the endpoint`, 'ms', times.through);
  const bar = { atMost: overheadMsMax };
  judge(`${work.name}: overhead per statement`, 'ms', overheads, bar);
};

const shown = {
  unix: 'PostgreSQL over its Unix socket in the clear',
  tls: 'PostgreSQL over TLS',
  relay: 'a relay that ends TLS and reads nothing',
  through: 'the endpoint',
} as const satisfies Record<Way, string>;

const reportThroughput = async (
  { say, keep, judge }: Report,
  ways: OpenWays,
  rounds: number,
  work: Work,
): Promise<void> => {
  const names = ['unix', 'tls', 'relay', 'through'] as const;
  const rates = await measureWays(ways, names, rounds, throughput, work);
  const where = `${work.name}, ${throughputClients} clients`;
  say(`\n${where}: runs per second, and what they are of PostgreSQL's over its Unix socket`);
  for (const name of names) {
    const share = name === 'unix' ? '' : `, ${ratioRange(ratios(rates[name], rates.unix))}`;
    say(`  ${shown[name].padEnd(46)} ${range(rates[name], 0)}${share}`);
    keep(`${where}: ${shown[name]}`, 'runs/s', rates[name]);
  }
  const shares = ratios(rates.through, rates.tls);
  say(`  the endpoint of PostgreSQL over TLS ${ratioRange(shares)}`);
  const what = `${where}: the endpoint over PostgreSQL's TLS`;
  judge(what, '×', shares, { atLeast: throughputShareMin });
};

await benchmark('local-dsql', ['pg'], async (report, { rounds = roundsDefault }) => {
  const ways = await openWays(throughputClients, rows);
  report.say(`local DSQL and the PostgreSQL behind it; ${rounds} rounds in turn, median (min–max)`);
  for (const work of works) await reportOverhead(report, ways, rounds, work);
  for (const work of works) await reportThroughput(report, ways, rounds, work);
  const memory = await ways.endpointMemory();
  report.say(`\nmemory of the endpoint: ${Math.round(memory / 1024 ** 2)} MB`);
  report.keep('memory of the endpoint', 'bytes', [memory]);
  await ways.stop();
});
