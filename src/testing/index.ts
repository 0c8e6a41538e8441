/**
 * The test kit of a declared service: decisions without a database, a local DSQL in two Regions, the whole service in one
 * process, and the contracts of repositories and adapters. It belongs into tests; nothing of the framework imports it.
 */

export * from './contracts/repository.ts';
export type { Suite } from './contracts/suite.ts';
export * from './database/test-database.ts';
export * from './decision-of.ts';
export * from './service/memory-bus.ts';
export * from './service/test-clock.ts';
export type { TestRegion } from './service/test-region.ts';
export * from './service/test-service.ts';
