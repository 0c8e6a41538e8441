export { type ArchiveDefinition, InvalidArchive, readArchive } from './archive.ts';
export type { Evaluation, EventBridge, EventBridgeObserver, EventBridgeOptions } from './bus.ts';
export { createEventBridge } from './bus.ts';
export type {
  AttemptFailure,
  Delivery,
  DeliveryEngine,
  DeliveryObserver,
  QueueAnswer,
  RetryPolicy,
  SendToQueue,
} from './delivery.ts';
export { createDeliveryEngine, defaultRetryPolicy } from './delivery.ts';
export type { BusEvent, Hop } from './event.ts';
export { envelopeText } from './event.ts';
export type {
  CrashPoint,
  FailureShares,
  InjectedDeliveryFailures,
  PlannedCrashes,
  PublishingProcess,
  RandomNumbers,
} from './failure-injection.ts';
export {
  crashPoints,
  createRandom,
  noInjectedFailures,
  seededFailures,
  switchableFailures,
  withPlannedCrashes,
} from './failure-injection.ts';
export type { BusNetwork } from './network.ts';
export { createBusNetwork } from './network.ts';
export type { EventPattern } from './pattern/pattern.ts';
export { compilePattern, InvalidEventPattern } from './pattern/pattern.ts';
export type { FlatEvent } from './pattern/pattern-event.ts';
export { InvalidEvent, readEvent } from './pattern/pattern-event.ts';
export type { FieldMismatch } from './pattern/pattern-mismatch.ts';
export type { Denies, PutEventsEntry, PutEventsResult } from './put-events.ts';
export { eventBridgeRoute, type PublishCrashes } from './route.ts';
export type { Rule, RuleTarget } from './rule.ts';
export { busArn, InvalidRule, readRule } from './rule.ts';
export type { EventTargets } from './targets.ts';
