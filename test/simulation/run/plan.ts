import type { FaultName, SimulationResult } from '../../../src/testing/simulation/index.ts';

/** A part of the work of `npm run sim`, for one worker process. */
export type Job =
  /** Plays seeds of the scenario as it is. */
  | {
      readonly kind: 'seeds';
      readonly scenario: string;
      readonly first: number;
      readonly count: number;
      readonly commands: number | undefined;
      readonly faults: readonly FaultName[] | undefined;
    }
  /** Looks for a planted bug, by its place in the list. */
  | { readonly kind: 'bug'; readonly index: number };

/** The numbers of a seed, without its story. */
export type SeedReport = Omit<SimulationResult, 'faults' | 'story'> & {
  readonly faults: readonly (readonly [FaultName, number])[];
};

/** The end of the search for a planted bug. */
export type BugReport = {
  readonly name: string;
  readonly seedsMax: number;
  /** The seed that has found it; `undefined` when none has. */
  readonly foundBy: number | undefined;
  readonly oracle: string | undefined;
};

/** A message of a worker. */
export type Message =
  | { readonly kind: 'seed'; readonly report: SeedReport }
  | { readonly kind: 'bug'; readonly report: BugReport }
  | { readonly kind: 'ready' };

/** Seeds of one job: long enough for a warm process, short enough to share the work. */
const seedsPerJob = 25;

/** Divides seeds into jobs. */
export const seedJobs = (
  first: number,
  count: number,
  options: Pick<Extract<Job, { readonly kind: 'seeds' }>, 'commands' | 'faults' | 'scenario'>,
): readonly Job[] =>
  Array.from({ length: Math.ceil(count / seedsPerJob) }, (_, index): Job => {
    const from = first + index * seedsPerJob;
    const to = Math.min(first + count, from + seedsPerJob);
    return { kind: 'seeds', first: from, count: to - from, ...options };
  });
