/**
 * The simulation of a service in two Regions: a scenario is played from seeds, in one process and
 * in virtual time, with faults between any two steps. It belongs into tests.
 *
 * @packageDocumentation
 */
export { BrokenPromise } from './broken-promise.ts';
export { type FaultName, faultNames } from './machine/faults.ts';
export type { SeededRandom } from './machine/seeded-random.ts';
export type { Answer, CommittedEvent, Effect, History } from './oracles/history.ts';
export type {
  FinalRows,
  Scenario,
  SeedTimes,
  SimulatedCommand,
  SimulatedParts,
  Violation,
  Wire,
} from './service/scenario.ts';
export type { Substitutions } from './service/substitutions.ts';
export { type ShrinkOptions, type Shrunk, shrink } from './shrink.ts';
export { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts';
export { type SeedsOptions, type SeedsReport, simulateSeeds } from './simulate-seeds.ts';
