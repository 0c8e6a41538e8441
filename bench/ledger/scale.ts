import { benchmark, type Report } from '../support/report.ts';
import { median, ratioRange, ratios } from '../support/rounds.ts';
import { type Operation, operationsOf } from './scale/operations.ts';
import { type FilledService, startFilledService } from './scale/service.ts';

/** Rows of every table; the first is what the others are held against. */
const sizes = [1_000, 100_000, 1_000_000] as const;
const roundsDefault = 7;
/** Runs of one operation at each size in one round, of which the median counts. */
const runsPerRound = 50;
/** Runs before the first round: connections, prepared statements, caches. */
const warmUpRuns = 40;
const ratioMax = 1.3;

type Subjects = readonly { readonly rows: number; readonly operation: Operation }[];

const timeOf = async ({ run, restore }: Operation): Promise<number> => {
  const start = performance.now();
  await run();
  const time = performance.now() - start;
  await restore?.();
  return time;
};

/**
 * Medians of one round; the sizes take turns run by run, so that the machine's mood meets all of
 * them.
 */
const round = async (subjects: Subjects, runs: number): Promise<readonly number[]> => {
  const times = subjects.map((): number[] => []);
  for (let run = 0; run < runs; run += 1) {
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const at = (run + turn) % subjects.length;
      const subject = subjects[at];
      if (subject) times[at]?.push(await timeOf(subject.operation));
    }
  }
  return times.map(median);
};

type Measured = { readonly subjects: Subjects; readonly series: readonly number[][] };

const reportOn = ({ say, keep, judge }: Report, name: string, { subjects, series }: Measured) => {
  const [base = []] = series;
  const shown = series.map((times) => `${median(times).toFixed(2)} ms`.padStart(10)).join(' ');
  const compared = series.slice(1).map((times) => ratioRange(ratios(times, base)));
  say(`${name.padEnd(34)} ${shown}   ${compared.join('   ')}`);
  for (const [at, times] of series.entries()) {
    const what = `${name} at ${subjects[at]?.rows} rows`;
    keep(what, 'ms', times);
    if (at === 0) continue;
    judge(`${what}, against ${sizes[0]}`, '×', ratios(times, base), { atMost: ratioMax });
  }
};

const startServices = async (say: Report['say']): Promise<readonly FilledService[]> => {
  const services: FilledService[] = [];
  for (const rows of sizes) {
    const start = performance.now();
    services.push(await startFilledService(rows));
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    say(`${rows} rows in each table, and a backlog of ${rows} events: filled in ${seconds} s`);
  }
  return services;
};

await benchmark('scale', ['pg', 'kysely'], async (report, { rounds = roundsDefault }) => {
  const services = await startServices(report.say);
  const operations = await Promise.all(services.map(operationsOf));
  const measured = new Map<string, Measured>();
  for (const name of operations[0]?.keys() ?? []) {
    const subjects = services.flatMap(({ rows }, at) => {
      const operation = operations[at]?.get(name);
      return operation ? [{ rows, operation }] : [];
    });
    await round(subjects, warmUpRuns);
    measured.set(name, { subjects, series: subjects.map(() => []) });
  }
  // An operation's rounds lie apart, so that a busy moment of the machine meets one round of many
  // operations.
  for (let count = 0; count < rounds; count += 1) {
    // Otherwise the smallest tables would consist of dead rows for the most part, and be compared
    // as they should not.
    for (const { server } of services) await server.superuser.query('VACUUM');
    for (const { subjects, series } of measured.values()) {
      const medians = await round(subjects, runsPerRound);
      for (const [at, time] of medians.entries()) series[at]?.push(time);
    }
  }
  report.say(
    `\np50 of ${rounds} rounds of ${runsPerRound} runs at ${sizes.join(', ')} rows, and the ratios to the first`,
  );
  for (const [name, one] of measured) reportOn(report, name, one);
  for (const service of services) await service.stop();
});
