import { BrokenPromise } from './broken-promise.ts';
import type { FaultName } from './machine/faults.ts';
import { requireCount } from './options.ts';
import type { Scenario } from './service/scenario.ts';
import { shrink } from './shrink.ts';
import { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts';

/** The seeds of one run, and what happens in each of them. */
export type SeedsOptions = Pick<SimulationOptions, 'commandCount' | 'faults'> & {
  /** How many seeds are played, one after the other. */
  readonly seeds: number;
  /** The first of them; 1 unless given. */
  readonly firstSeed?: number;
};

/** The sums of all seeds of a run that keeps every promise. */
export type SeedsReport = {
  /** Seeds that were played. */
  readonly seeds: number;
  /** Transactions that have committed. */
  readonly commits: number;
  /** Events that have committed. */
  readonly events: number;
  /** Faults that have happened, of all kinds. */
  readonly faultCount: number;
  /** Kinds of faults that have happened. */
  readonly faults: readonly FaultName[];
  /** Virtual milliseconds. */
  readonly virtualMs: number;
};

/** The options of `simulate` that are the same for each seed. */
const settingsOf = ({ commandCount, faults }: SeedsOptions) => ({
  ...(commandCount === undefined ? {} : { commandCount }),
  ...(faults === undefined ? {} : { faults }),
});

const brokenBy = async (
  scenario: Scenario,
  options: SeedsOptions,
  { seed, violations }: SimulationResult,
): Promise<BrokenPromise> => {
  const settings = settingsOf(options);
  const shrunk = await shrink(scenario, seed, settings);
  const again = { seeds: 1, firstSeed: seed, ...settings };
  const repeat = `await simulateSeeds(scenario, ${JSON.stringify(again)})`;
  const { story } = shrunk?.result ?? { story: [] };
  return new BrokenPromise({ seed, violations, story, repeat });
};

/**
 * Plays seeds of a scenario, and fails with the story of the first one that breaks a promise. It
 * makes the story short before: it leaves out commands and faults as long as the promise is broken.
 *
 * A seed takes about a tenth of a second. Meanwhile the process has no clock, no timers and no
 * randomness of its own, so play the seeds of one process one after the other.
 *
 * @throws {BrokenPromise} for a seed that breaks a promise
 * @throws {RangeError} for a number that is none, and for a kind of fault that does not exist
 * @example
 * it('keeps every promise', () => simulateSeeds(scenario, { seeds: 20 }), 60_000);
 */
export const simulateSeeds = async (
  scenario: Scenario,
  options: SeedsOptions,
): Promise<SeedsReport> => {
  const { seeds, firstSeed = 1 } = options;
  requireCount('seeds', seeds, 1);
  requireCount('firstSeed', firstSeed, 0);
  const kinds = new Set<FaultName>();
  const sums = { commits: 0, events: 0, faultCount: 0, virtualMs: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const result = await simulate(scenario, { seed, ...settingsOf(options) });
    if (result.commands === 0) {
      throw new RangeError('Let `commands` of the scenario give requests: there are none');
    }
    if (result.violations.length > 0) throw await brokenBy(scenario, options, result);
    for (const kind of result.faults.keys()) kinds.add(kind);
    sums.commits += result.commits;
    sums.events += result.events;
    sums.faultCount += result.faultCount;
    sums.virtualMs += result.virtualMs;
  }
  return { seeds, ...sums, faults: [...kinds].toSorted() };
};
