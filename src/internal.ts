/** Parts that Antipode's own packages of the same version use. No promise is made about them. */

export { hostAndPort } from './adapters/dsql/connection/endpoint.ts';
export {
  processClock as systemClock,
  processRandom as systemRandom,
  unmeasuredRetrier,
} from './adapters/dsql/connection/system-clock.ts';
export { outlineOf } from './adapters/dsql/sql/sql-outline.ts';
export { nearestName } from './domain/kernel/nearest-name.ts';
export { isRegionName } from './domain/kernel/region-name.ts';
