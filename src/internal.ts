/** Parts that Antipode's own packages of the same version use. No promise is made about them. */

export { hostAndPort } from './adapters/dsql/connection/endpoint.ts';
export { unmeasuredRetrier } from './adapters/dsql/connection/unmeasured-retrier.ts';
export { outlineOf } from './adapters/dsql/sql/sql-outline.ts';
export { systemClock, systemRandom } from './adapters/system/index.ts';
export { defined } from './domain/kernel/defined.ts';
export { nearestName } from './domain/kernel/nearest-name.ts';
export { isRegionName } from './domain/kernel/region-name.ts';
