import { createTables } from './outbox/backlog.ts';
import { openPgBoss } from './outbox/pg-boss.ts';
import { processorMs } from './outbox/processor-time.ts';
import { openRelay, type Queue } from './outbox/relay.ts';
import { benchmark, type Report } from './support/report.ts';
import { interleave, median, range, ratioRange, ratios, type Series } from './support/rounds.ts';
import { startServer } from './support/server.ts';

const sizes = { small: 1_000, usual: 20_000, large: 1_000_000 } as const;
type Size = keyof typeof sizes;

const roundsDefault = 5;
const warmUpRows = 5_000;

/** Rows per second at the usual backlog, by the way to the database. */
const bars = { plain: 30_000, dsql: 22_000 } as const;
const pgBossRatioMin = 3;
const largeRatioMin = 0.8;

const shown = {
  plain: 'PostgreSQL over TLS',
  dsql: 'the local DSQL',
  boss: 'pg-boss, the same batch',
} as const;

type Queues = Readonly<Record<keyof typeof shown, Queue>>;

type Turn = { readonly queue: Queue; readonly rows: number };

type Drained = { readonly perSecond: number; readonly cpuUs: number };

/** Rows per second of one worker, and the processor time of all processes for each row. */
const drain = async ({ queue, rows }: Turn): Promise<Drained> => {
  await queue.fill(rows);
  const cpuBefore = processorMs() ?? Number.NaN;
  const start = performance.now();
  await queue.drain();
  const seconds = (performance.now() - start) / 1000;
  const cpuMs = (processorMs() ?? Number.NaN) - cpuBefore;
  await queue.verify(rows);
  return { perSecond: rows / seconds, cpuUs: (cpuMs * 1000) / rows };
};

/** Drains in turn, so that the machine's mood meets all of them. */
const drainInTurn = async <Name extends string>(
  rounds: number,
  turns: Readonly<Record<Name, Turn>>,
) => {
  const names = Object.keys(turns) as Name[];
  const cpuUs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Readonly<
    Record<Name, number[]>
  >;
  const perSecond = await interleave(names, rounds, async (name) => {
    const drained = await drain(turns[name]);
    cpuUs[name].push(drained.cpuUs);
    return drained.perSecond;
  });
  return { perSecond, cpuUs: cpuUs as Readonly<Record<Name, Series>> };
};

const cpuText = (cpuUs: Series): string =>
  Number.isNaN(median(cpuUs)) ? '' : `, processor time of a row ${range(cpuUs, 0)} µs`;

const compareQueues = async (report: Report, queues: Queues, rounds: number): Promise<void> => {
  const { say, keep, judge } = report;
  const { perSecond, cpuUs } = await drainInTurn(rounds, {
    plain: { queue: queues.plain, rows: sizes.usual },
    dsql: { queue: queues.dsql, rows: sizes.usual },
    boss: { queue: queues.boss, rows: sizes.usual },
  });
  say(`\na backlog of ${sizes.usual}: rows per second`);
  for (const name of ['plain', 'dsql', 'boss'] as const) {
    say(`  ${shown[name].padEnd(24)} ${range(perSecond[name], 0)}${cpuText(cpuUs[name])}`);
    keep(`${shown[name]}: processor time of a row`, 'µs', cpuUs[name]);
  }
  for (const way of ['plain', 'dsql'] as const) {
    const what = `${shown[way]}, a backlog of ${sizes.usual}`;
    judge(what, 'rows/s', perSecond[way], { atLeast: bars[way] });
  }
  keep('pg-boss', 'rows/s', perSecond.boss);
  say(`  pg-boss over ours in processor time ${ratioRange(ratios(cpuUs.boss, cpuUs.plain))}×`);
  const times = ratios(perSecond.plain, perSecond.boss);
  judge('ours over pg-boss at the same batch', '×', times, { atLeast: pgBossRatioMin });
};

const compareSizes = async (
  { say, keep, judge }: Report,
  queues: Queues,
  rounds: number,
): Promise<void> => {
  for (const way of ['plain', 'dsql'] as const) {
    const at = (size: Size): Turn => ({ queue: queues[way], rows: sizes[size] });
    const turns = { small: at('small'), usual: at('usual'), large: at('large') };
    const { perSecond, cpuUs } = await drainInTurn(rounds, turns);
    say(`\n${shown[way]}: rows per second by the size of the backlog`);
    for (const size of Object.keys(sizes) as Size[]) {
      const rows = String(sizes[size]).padStart(9);
      say(`  ${rows} ${range(perSecond[size], 0)}${cpuText(cpuUs[size])}`);
      keep(`${shown[way]}, by size, ${sizes[size]}`, 'rows/s', perSecond[size]);
    }
    judge(
      `${shown[way]}: a backlog of ${sizes.large} over one of ${sizes.usual}`,
      '×',
      ratios(perSecond.large, perSecond.usual),
      { atLeast: largeRatioMin },
    );
  }
};

await benchmark('outbox', ['pg', 'pg-boss'], async (report, { full, rounds = roundsDefault }) => {
  const server = await startServer();
  await createTables(server);
  const queues: Queues = {
    plain: openRelay(server, 'plain'),
    dsql: openRelay(server, 'dsql'),
    boss: await openPgBoss(server),
  };
  for (const queue of Object.values(queues)) await drain({ queue, rows: warmUpRows });
  await compareQueues(report, queues, rounds);
  // The largest backlog takes minutes.
  await compareSizes(report, queues, full ? rounds : 1);
  for (const queue of Object.values(queues)) await queue.close();
  await server.stop();
});
