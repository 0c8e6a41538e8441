import type { Resource } from '../../template/model.ts';
import { permissionProblems } from '../../template/permissions.ts';
import { resourceProblems } from '../../template/validation/validate.ts';

/**
 * Types whose service asks for the permissions of the function's role as it makes a resource, so
 * that a missing one fails the creation rather than a later call. Their function and their queue
 * have to be there.
 */
export const permissionsAtCreation: ReadonlySet<string> = new Set([
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
]);

/**
 * The problems for which AWS refuses to make a resource, now that the answers of those before it
 * are known.
 *
 * @param resources those that exist, and this one
 */
export const problemsWhenMade = (
  resource: Resource,
  resources: readonly Resource[],
): readonly string[] => {
  const isComplete = permissionsAtCreation.has(resource.type);
  return [
    ...resourceProblems(resource, { resources, isComplete, isPending: () => false }),
    ...(isComplete ? permissionProblems(resources, [resource]) : []),
  ];
};
