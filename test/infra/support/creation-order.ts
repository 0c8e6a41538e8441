import { inDependencyOrder } from '../../../packages/cli/src/local/template/dependency-order.ts';
import { referencesIn } from '../../../packages/cli/src/local/template/intrinsics.ts';
import type { JsonObject } from '../../../packages/cli/src/local/template/json.ts';
import { listOf, type Template } from './template.ts';

/**
 * Puts the resources of a template in the order in which CloudFormation can make them.
 *
 * @throws {TemplateProblems} with the resources of a circle: each waits for the next one
 */
export const creationOrder = ({ Resources }: Pick<Template, 'Resources'>): readonly string[] =>
  inDependencyOrder(Object.keys(Resources), (id) => [
    ...listOf(Resources[id]?.DependsOn).map(String),
    ...referencesIn((Resources[id]?.Properties ?? {}) as JsonObject),
  ]);
