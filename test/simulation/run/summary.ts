import type { FaultName } from '../../../src/testing/simulation/index.ts';
import type { SeedReport } from './plan.ts';

/** The sums over the seeds of a run. It keeps no report, so a run may play a million. */
export interface RunSummary {
  readonly add: (report: SeedReport) => void;
  readonly seeds: () => number;
  /** Seeds that break a promise. */
  readonly broken: () => number;
  /** The lines that a run ends with, after so many seconds. */
  readonly lines: (seconds: number) => readonly string[];
}

const hourMs = 3_600_000;

const rateOf = (seeds: number, seconds: number): string => (seeds / seconds).toFixed(1);

/** A summary of no seed. */
export const createSummary = (): RunSummary => {
  const sums = {
    commands: 0,
    answers: 0,
    turns: 0,
    commits: 0,
    events: 0,
    faults: 0,
    virtualMs: 0,
  };
  const byKind = new Map<FaultName, number>();
  let seeds = 0;
  let broken = 0;
  let fewestCommands = Number.POSITIVE_INFINITY;
  let fewestFaults = Number.POSITIVE_INFINITY;
  return {
    seeds: () => seeds,
    broken: () => broken,
    add: (report) => {
      seeds += 1;
      if (report.violations.length > 0) broken += 1;
      sums.commands += report.commands;
      sums.answers += report.answers;
      sums.turns += report.turns;
      sums.commits += report.commits;
      sums.events += report.events;
      sums.faults += report.faultCount;
      sums.virtualMs += report.virtualMs;
      fewestCommands = Math.min(fewestCommands, report.commands);
      fewestFaults = Math.min(fewestFaults, report.faultCount);
      for (const [name, count] of report.faults) byKind.set(name, (byKind.get(name) ?? 0) + count);
    },
    lines: (seconds) => {
      const { commands, answers, turns, commits, events, faults, virtualMs } = sums;
      const kinds = [...byKind].toSorted(([, one], [, other]) => other - one);
      return [
        `${seeds} seeds in ${seconds.toFixed(1)} s (${rateOf(seeds, seconds)} seeds/s): ${commands} commands (at least ${fewestCommands} a seed), ${answers} answers, ${turns} turns, ${commits} commits, ${events} events, ${Math.round(virtualMs / hourMs)} virtual hours`,
        `${faults} faults of ${kinds.length} kinds (at least ${fewestFaults} a seed): ${kinds.map(([name, count]) => `${name} ${count}`).join(', ')}`,
        `${broken} of ${seeds} seeds break a promise`,
      ];
    },
  };
};

/** Seeds after which a run says how far it is: some seconds. */
const seedsBetweenMin = 500;

/** Such lines of a run, so that a long one can still be read. */
const linesMax = 100;

/** Whether a run of `count` seeds says how far it is when so many of them are played. */
export const tellsProgress = (played: number, count: number): boolean =>
  played < count && played % Math.max(seedsBetweenMin, Math.ceil(count / linesMax)) === 0;

/** How far a run is, after so many seconds. */
export const progressLine = (
  { seeds, broken }: Pick<RunSummary, 'seeds' | 'broken'>,
  count: number,
  seconds: number,
): string => {
  const leftMinutes = Math.round(((count - seeds()) * seconds) / seeds() / 60);
  return `${seeds()} of ${count} seeds are played (${rateOf(seeds(), seconds)} seeds/s, ${leftMinutes} min left): ${broken()} break a promise`;
};
