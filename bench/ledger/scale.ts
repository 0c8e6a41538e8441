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

/** Medians of one round; the sizes take turns run by run, so that the machine's mood meets all of them. */
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

const measure = async (
  { say, keep, judge }: Report,
  name: string,
  subjects: Subjects,
  rounds: number,
): Promise<void> => {
  await round(subjects, warmUpRuns);
  const series = subjects.map((): number[] => []);
  for (let count = 0; count < rounds; count += 1) {
    for (const [at, time] of (await round(subjects, runsPerRound)).entries())
      series[at]?.push(time);
  }
  const [base = []] = series;
  const shown = series.map((times) => `${median(times).toFixed(2)} ms`.padStart(10)).join(' ');
  const compared = series.slice(1).map((times) => ratioRange(ratios(times, base)));
  say(`${name.padEnd(34)} ${shown}   ${compared.join('   ')}`);
  for (const [at, times] of series.entries()) {
    const what = `${name} at ${subjects[at]?.rows} rows`;
    keep(what, 'ms', times);
    if (at > 0)
      judge(`${what}, against ${sizes[0]}`, '×', ratios(times, base), { atMost: ratioMax });
  }
};

await benchmark('scale', ['pg', 'kysely'], async (report, { rounds = roundsDefault }) => {
  const services: FilledService[] = [];
  for (const rows of sizes) {
    const start = performance.now();
    services.push(await startFilledService(rows));
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    report.say(
      `${rows} rows in each table, and a backlog of ${rows} events: filled in ${seconds} s`,
    );
  }
  const operations = await Promise.all(services.map(operationsOf));
  report.say(
    `\np50 of ${rounds} rounds of ${runsPerRound} runs at ${sizes.join(', ')} rows, and the ratios to the first`,
  );
  for (const name of operations[0]?.keys() ?? []) {
    const subjects = services.flatMap(({ rows }, at) => {
      const operation = operations[at]?.get(name);
      return operation ? [{ rows, operation }] : [];
    });
    await measure(report, name, subjects, rounds);
  }
  for (const service of services) await service.stop();
});
