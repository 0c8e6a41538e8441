import { shrink, simulate } from '../../../src/testing/simulation/index.ts';
import { plantedBugs } from '../planted/index.ts';
import { optionsToRepeat, readOptions } from './options.ts';
import { type BugReport, type SeedReport, seedJobs } from './plan.ts';
import { loadScenario } from './scenarios.ts';
import { createSummary, progressLine, tellsProgress } from './summary.ts';
import { runJobs } from './workers.ts';

/** Seeds of a run that says nothing else. */
const seedsDefault = 200;

/** Failing seeds that are told; the others are counted. */
const toldMax = 3;

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

/** The form of Vitest's summary, which CI adds up: a seed or a planted bug is a test. */
const countTests = (passed: number, failed: number): void => {
  const parts = failed > 0 ? [`${failed} failed`, `${passed} passed`] : [`${passed} passed`];
  print(`      Tests  ${parts.join(' | ')} (${passed + failed})`);
  if (failed > 0) process.exitCode = 1;
};

type Counts = { readonly passed: number; readonly failed: number };

/** Plays seeds on all cores, and counts those that keep every promise. */
const playSeeds = async (first: number, count: number): Promise<Counts> => {
  const summary = createSummary();
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1_000;
  await runJobs(
    seedJobs(first, count, { commands, faults, scenario: options.scenario }),
    (message) => {
      if (message.kind !== 'seed') return;
      summary.add(message.report);
      const isBroken = message.report.violations.length > 0;
      if (isBroken && summary.broken() <= toldMax) showFailed(message.report);
      if (tellsProgress(summary.seeds(), count)) print(progressLine(summary, count, seconds()));
    },
  );
  for (const line of summary.lines(seconds())) print(line);
  const passed = summary.seeds() - summary.broken();
  return { passed, failed: count - passed };
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
