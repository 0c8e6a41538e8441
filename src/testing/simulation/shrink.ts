import { type FaultName, faultNames } from './machine/faults.ts';
import type { Scenario } from './service/scenario.ts';
import type { Substitutions } from './service/substitutions.ts';
import { type SimulationResult, simulate } from './simulate.ts';

/** A seed with few faults and few commands that still breaks the same promise. */
export type Shrunk = {
  /** The seed, which stays as it was. */
  readonly seed: number;
  /** The kinds of faults that the failure needs. */
  readonly faults: readonly FaultName[];
  /** The number of commands that the failure needs. */
  readonly commands: number;
  /** The outcome of the short seed, with its story. */
  readonly result: SimulationResult;
};

/** The settings that the failing seed was played with. */
export type ShrinkOptions = {
  /** Makes the wrong parts anew for each try. */
  readonly plant?: () => Substitutions;
  /** Commands to begin with; 200 unless given. */
  readonly commandCount?: number | undefined;
  /** Kinds of faults to begin with; all unless given. */
  readonly faults?: readonly FaultName[] | undefined;
};

/** Tries of one shrink: each plays a seed. */
const triesMax = 200;

/**
 * Makes a failing seed short: it leaves out commands and kinds of faults as long as the same oracle
 * fails. The other streams of the seed stay as they are.
 *
 * @returns `undefined` when the seed breaks no promise
 */
export const shrink = async (
  scenario: Scenario,
  seed: number,
  { plant = () => ({}), commandCount = 200, faults: allowed = faultNames }: ShrinkOptions = {},
): Promise<Shrunk | undefined> => {
  let tries = 0;
  let commands = commandCount;
  const play = (faults: readonly FaultName[], count: number, isTold = false) => {
    tries += 1;
    const options = { seed, faults, commandCount: count, substitutions: plant(), isTold };
    return simulate(scenario, options);
  };
  const first = await play(allowed, commands);
  const oracle = first.violations[0]?.oracle;
  if (oracle === undefined) return undefined;
  const fails = async (faults: readonly FaultName[], count: number): Promise<boolean> => {
    if (tries >= triesMax) return false;
    const { violations } = await play(faults, count);
    return violations.some((one) => one.oracle === oracle);
  };
  const withFewer = async (faults: readonly FaultName[]): Promise<void> => {
    for (let less = commands >> 1; less > 0; less >>= 1) {
      while (commands - less > 0 && (await fails(faults, commands - less))) commands -= less;
    }
  };
  let faults = allowed;
  await withFewer(faults);
  for (const name of first.faults.keys()) {
    const fewer = faults.filter((one) => one !== name);
    if (await fails(fewer, commands)) faults = fewer;
  }
  // A kind that never happens changes nothing.
  faults = faults.filter((name) => first.faults.has(name));
  await withFewer(faults);
  return { seed, faults, commands, result: await play(faults, commands, true) };
};
