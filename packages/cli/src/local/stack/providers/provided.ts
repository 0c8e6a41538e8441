import type { ResourceProvider, StepContext } from '../../deployment/index.ts';
import type { Resource } from '../../template/model.ts';

/** Puts a resource in its service, as it is now. */
type Put = (resource: Resource, context: StepContext) => Promise<void> | void;

/**
 * A provider of resources that a service takes in the same way at first, after a change and after a
 * restart.
 */
export const provided = (put: Put, remove: Put): ResourceProvider => {
  const putOne = async (resource: Resource, context: StepContext) => {
    await put(resource, context);
    return {};
  };
  return {
    create: putOne,
    update: (resource, _, context) => putOne(resource, context),
    remove: async (resource, context) => remove(resource, context),
    restore: async (resource, context) => put(resource, context),
  };
};

/** Every resource that exists, with the one of the step as it is to be. */
export const resourcesWith = (
  resource: Resource,
  { resources }: StepContext,
): readonly Resource[] => [...resourcesWithout(resource, { resources }), resource];

/** Every other resource that exists. */
export const resourcesWithout = (
  { region, stack, logicalId }: Resource,
  { resources }: Pick<StepContext, 'resources'>,
): readonly Resource[] =>
  resources().filter(
    (one) => one.region !== region || one.stack !== stack || one.logicalId !== logicalId,
  );
