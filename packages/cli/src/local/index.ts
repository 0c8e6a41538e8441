/**
 * The local stack: both Regions of a CDK app on one machine.
 *
 * @packageDocumentation
 */

export { createLocalClock, type LocalClock } from './clock.ts';
export type { LocalFunction } from './lambda/index.ts';
export type {
  CheckContext,
  CheckRegion,
  DescribeScenario,
  Example,
  RunningApp,
  Scenario,
} from './scenario.ts';
export type { LocalStack, StackOptions, StackRegion } from './stack/local-stack.ts';
export type { Invocation, LogLine } from './stack/region-services.ts';
export { startStack } from './stack/start-stack.ts';
export { TemplateProblems } from './template/problems.ts';
