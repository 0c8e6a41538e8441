import type { OmittablePart } from '../../../infra/bundling/parts/bundle-parts.ts';

/**
 * Code that uses one thing of a library, its answer, and the part without which it does not run.
 */
export type OmittedUse = readonly [code: string, answer: unknown, omit: OmittablePart];
