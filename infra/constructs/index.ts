/** CDK constructs for a service in two Regions. */
export * from '../bundling/bundle.ts';
export { type OmittablePart, omittableParts } from '../bundling/bundle-parts.ts';
export * from './cross-region-rule.ts';
export * from './dead-letter-queue.ts';
export * from './dsql-cluster.ts';
export * from './event-bus.ts';
export * from './event-consumer.ts';
export * from './migration.ts';
export * from './outbox-relay.ts';
export * from './peer-clusters.ts';
export * from './service-function.ts';
