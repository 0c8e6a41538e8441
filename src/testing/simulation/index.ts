/** The simulation of a service in two Regions: `simulate` plays one seed of a scenario. */
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
export { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts';
