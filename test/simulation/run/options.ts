import { parseArgs } from 'node:util';
import { type FaultName, faultNames } from '../../../src/testing/simulation/index.ts';
import { scenarioNames } from './scenarios.ts';

/** The options of `npm run sim`. */
export type RunOptions = {
  /** How many seeds; the default is left to the caller, since `planted` alone plays none. */
  readonly seeds: number | undefined;
  readonly first: number;
  /** One seed alone. */
  readonly seed: number | undefined;
  readonly scenario: string;
  readonly commands: number | undefined;
  readonly faults: readonly FaultName[] | undefined;
  readonly trace: boolean;
  readonly shrink: boolean;
  readonly planted: boolean;
};

const defaultScenario = 'bank';

const options = {
  seeds: { type: 'string' },
  first: { type: 'string', default: '1' },
  seed: { type: 'string' },
  scenario: { type: 'string', default: defaultScenario },
  commands: { type: 'string' },
  faults: { type: 'string' },
  trace: { type: 'boolean', default: false },
  shrink: { type: 'boolean', default: false },
  planted: { type: 'boolean', default: false },
} as const;

const wholeNumber = (name: string, text: string, min = 0): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min) return value;
  throw new Error(`Give --${name} a whole number of at least ${min}, not "${text}"`);
};

const faultsOf = (text: string): readonly FaultName[] => {
  const names = text === 'none' ? [] : text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (faultNames.includes(name as FaultName)) continue;
    throw new Error(`There is no fault "${name}". Choose from: ${faultNames.join(', ')}`);
  }
  return names as FaultName[];
};

/**
 * Reads the command line.
 *
 * @throws {Error} whose message says which option is wrong, and how to give it
 */
export const readOptions = (args: readonly string[]): RunOptions => {
  const { values } = parseArgs({ args: [...args], options });
  const { scenario, trace, shrink, planted } = values;
  const names = scenarioNames();
  if (!names.includes(scenario)) {
    throw new Error(`There is no scenario "${scenario}". Choose from: ${names.join(', ')}`);
  }
  if (values.seed === undefined && (trace || shrink)) {
    throw new Error('--trace and --shrink tell of one seed: give it by --seed N');
  }
  if (values.seed !== undefined && (planted || values.seeds !== undefined)) {
    throw new Error('--seed plays one seed: leave out --seeds and --planted, or leave out --seed');
  }
  const optional = (name: 'seeds' | 'seed' | 'commands', min?: number) => {
    const text = values[name];
    return text === undefined ? undefined : wholeNumber(name, text, min);
  };
  return {
    ...{ scenario, trace, shrink, planted },
    seeds: optional('seeds', 1),
    seed: optional('seed'),
    commands: optional('commands', 1),
    first: wholeNumber('first', values.first),
    faults: values.faults === undefined ? undefined : faultsOf(values.faults),
  };
};

/** The options, as a command line, that play a seed of this run as the run does. */
export const optionsToRepeat = ({
  scenario,
  commands,
  faults,
}: Pick<RunOptions, 'scenario' | 'commands' | 'faults'>): string =>
  [
    ...(scenario === defaultScenario ? [] : [`--scenario ${scenario}`]),
    ...(commands === undefined ? [] : [`--commands ${commands}`]),
    ...(faults === undefined ? [] : [`--faults "${faults.join(',') || 'none'}"`]),
  ].join(' ');
