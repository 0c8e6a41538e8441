/** CDK constructs for a service in two Regions. */
export * from './bundling/bundle.ts';
export { type OmittablePart, omittableParts } from './bundling/bundle-parts.ts';
export * from './constructs/cross-region-rule.ts';
export * from './constructs/dead-letter-queue.ts';
export * from './constructs/dsql-cluster.ts';
export * from './constructs/event-bus.ts';
export * from './constructs/event-consumer.ts';
export * from './constructs/migration.ts';
export * from './constructs/outbox-relay.ts';
export * from './constructs/peer-clusters.ts';
export * from './constructs/service-function.ts';
