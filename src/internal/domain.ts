/**
 * Parts of the kernel that `antipode-cli` of the same version uses. No promise is made about them.
 */
export { asciiLowerCase } from '../domain/kernel/ascii-case.ts';
export { defined } from '../domain/kernel/defined.ts';
export { nearestName } from '../domain/kernel/nearest-name.ts';
export { isRegionName } from '../domain/kernel/region-name.ts';
export { peeringProblem } from '../domain/kernel/region-sets.ts';
