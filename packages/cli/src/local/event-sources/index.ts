export type { MappingDefinition } from './definition.ts';
export { type RunningMapping, startMapping } from './mapping.ts';
export { mappingRoute } from './mapping-api.ts';
