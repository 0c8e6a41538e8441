import { simulate } from '../../../src/testing/simulation/index.ts';
import { plantedBugs } from '../planted/index.ts';
import { optionsToRepeat, readOptions } from './options.ts';
import { type BugReport, type SeedReport, seedJobs } from './plan.ts';
import { loadScenario } from './scenarios.ts';
import { shrink } from './shrink.ts';
import { runJobs } from './workers.ts';

/** Seeds of a run that says nothing else. */
const seedsDefault = 200;

/** Failing seeds that are told; the others are counted. */
const toldMax = 3;

/** Seeds after which a long run says how far it is: some seconds. */
const seedsBetweenProgress = 500;

/** Lines of a story that are shown without `--trace`. */
const storyLinesMax = 40;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const options = (() => {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
})();
const { faults, commands } = options;

const scenario = await loadScenario(options.scenario);

/** The command that plays one seed with the options of this run, and with others. */
const commandFor = (
  seed: number,
  other: string,
  { scenario, commands, faults }: Parameters<typeof optionsToRepeat>[0] = options,
): string =>
  `npm run sim -- --seed ${seed} ${other} ${optionsToRepeat({ scenario, commands, faults })}`.trimEnd();

const showViolations = ({ seed, violations }: Pick<SeedReport, 'seed' | 'violations'>): void => {
  print(`Seed ${seed} breaks ${violations.length} promises:`);
  for (const { oracle, message } of violations) print(`  ${oracle}: ${message}`);
};

/** Tells of a failing seed at once: a long run shows it before it ends. */
const showFailed = (report: SeedReport): void => {
  showViolations(report);
  print(`  Its story: ${commandFor(report.seed, '--trace')}`);
  print(`  Shorter:   ${commandFor(report.seed, '--shrink')}`);
};

/** Plays one seed and tells its story. */
const playOne = async (seed: number): Promise<void> => {
  const result = await simulate(scenario, {
    ...{ seed, isTold: true },
    ...(faults === undefined ? {} : { faults }),
    ...(commands === undefined ? {} : { commandCount: commands }),
  });
  const lines = options.trace ? result.story : result.story.slice(-storyLinesMax);
  if (options.trace || result.violations.length > 0) for (const line of lines) print(line);
  print(
    `Seed ${seed}: hash ${result.hash}, ${result.turns} turns, ${result.commits} commits, ${result.faultCount} faults (${[...result.faults.keys()].join(', ')})`,
  );
  if (result.violations.length === 0) return;
  showViolations(result);
  process.exitCode = 1;
};

const showShrunk = async (seed: number): Promise<void> => {
  const shrunk = await shrink(scenario, seed, { commandCount: commands, faults });
  if (!shrunk) return print(`Seed ${seed} breaks no promise: there is nothing to shrink`);
  for (const line of shrunk.result.story) print(line);
  showViolations(shrunk.result);
  const shortest = { ...shrunk, scenario: options.scenario };
  print(`Shortest: ${commandFor(seed, '--trace', shortest)}`);
  process.exitCode = 1;
};

const sum = (reports: readonly SeedReport[], of: (report: SeedReport) => number): number =>
  reports.reduce((total, report) => total + of(report), 0);

/** The form of Vitest's summary, which CI adds up: a seed or a planted bug is a test. */
const countTests = (passed: number, failed: number): void => {
  const parts = failed > 0 ? [`${failed} failed`, `${passed} passed`] : [`${passed} passed`];
  print(`      Tests  ${parts.join(' | ')} (${passed + failed})`);
  if (failed > 0) process.exitCode = 1;
};

type Counts = { readonly passed: number; readonly failed: number };

/** Plays seeds on all cores, and counts those that keep every promise. */
const playSeeds = async (first: number, count: number): Promise<Counts> => {
  const reports: SeedReport[] = [];
  let told = 0;
  const startedAt = performance.now();
  await runJobs(
    seedJobs(first, count, { commands, faults, scenario: options.scenario }),
    (message) => {
      if (message.kind !== 'seed') return;
      reports.push(message.report);
      if (reports.length % seedsBetweenProgress === 0 && reports.length < count) {
        print(`${reports.length} of ${count} seeds are played`);
      }
      if (message.report.violations.length === 0) return;
      told += 1;
      if (told <= toldMax) showFailed(message.report);
    },
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const failed = reports.filter(({ violations }) => violations.length > 0);
  const kinds = new Set(reports.flatMap((one) => one.faults.map(([name]) => name)));
  const fewest = Math.min(...reports.map(({ faultCount }) => faultCount));
  print(
    `${reports.length} seeds in ${seconds.toFixed(1)} s (${(reports.length / seconds).toFixed(1)} seeds/s): ${sum(reports, ({ turns }) => turns)} turns, ${sum(reports, ({ commits }) => commits)} commits, ${sum(reports, ({ faultCount }) => faultCount)} faults of ${kinds.size} kinds (at least ${fewest} a seed), ${Math.round(sum(reports, ({ virtualMs }) => virtualMs) / 3_600_000)} virtual hours`,
  );
  print(`${failed.length} of ${reports.length} seeds break a promise`);
  return { passed: reports.length - failed.length, failed: count - reports.length + failed.length };
};

/** Looks for every planted bug, and prints the table. */
const findPlanted = async (): Promise<Counts> => {
  const found: BugReport[] = [];
  const jobs = plantedBugs.map((_, index) => ({ kind: 'bug', index }) as const);
  await runJobs(jobs, (message) => {
    if (message.kind === 'bug') found.push(message.report);
  });
  const width = Math.max(...plantedBugs.map(({ name }) => name.length));
  for (const { name } of plantedBugs) {
    const report = found.find((one) => one.name === name);
    const where =
      report?.foundBy === undefined
        ? `NOT FOUND in ${report?.seedsMax} seeds`
        : `seed ${String(report.foundBy).padStart(3)} of ${String(report.seedsMax).padStart(3)}  ${report.oracle}`;
    print(`${name.padEnd(width)}  ${where}`);
  }
  const passed = found.filter(({ foundBy }) => foundBy !== undefined).length;
  print(`${passed} of ${plantedBugs.length} planted bugs are found`);
  return { passed, failed: plantedBugs.length - passed };
};

const nothing: Counts = { passed: 0, failed: 0 };

/** Plays what the options ask for. */
const playAll = async (): Promise<void> => {
  const { first, planted, seeds: count } = options;
  const playsSeeds = !planted || count !== undefined;
  const seeds = playsSeeds ? await playSeeds(first, count ?? seedsDefault) : nothing;
  const bugs = planted ? await findPlanted() : nothing;
  countTests(seeds.passed + bugs.passed, seeds.failed + bugs.failed);
};

if (options.seed === undefined) await playAll();
else if (options.shrink) await showShrunk(options.seed);
else await playOne(options.seed);
