import { unlessAborted } from 'antipode-local-dsql/process';
import { CreationFailed, type ResourceProvider } from '../../deployment/index.ts';
import type { Resource } from '../../template/model.ts';
import type { CustomResourceState, CustomResources } from '../custom-resources.ts';
import { CustomResourceFailed } from './custom-resource-answer.ts';

const stateOf = ({ ref, properties }: Resource): CustomResourceState => ({
  physicalResourceId: ref,
  properties,
});

/** The name by which CloudFormation knows a resource that has given itself none. */
const generatedId = ({ stack, logicalId }: Resource): string => `${stack}-${logicalId}-FAILED`;

/**
 * Has custom resources made, changed and removed by their functions.
 *
 * @param onRun receives a line for each
 */
export const customResourceProvider = (
  customResources: CustomResources,
  onRun: (line: string) => void,
): ResourceProvider => {
  const run = async (
    resource: Resource,
    previous: CustomResourceState | undefined,
    { stackId, signal }: { readonly stackId: string; readonly signal: AbortSignal },
  ) => {
    onRun(`running ${resource.stack}/${resource.logicalId} (${resource.type})`);
    const running = customResources.run(resource, previous, { stackId });
    const { ref, data, noEcho } = await unlessAborted(signal, running);
    return { ref, attributes: data, noEcho };
  };
  return {
    leavesOnFailure: true,
    create: async (resource, context) => {
      try {
        return await run(resource, undefined, context);
      } catch (cause) {
        const { message } = cause as Error;
        const answered = cause instanceof CustomResourceFailed ? cause.physicalId : undefined;
        throw new CreationFailed(message, { cause, physicalId: answered ?? generatedId(resource) });
      }
    },
    update: (resource, previous, context) => run(resource, stateOf(previous), context),
    remove: async (resource, { stackId, signal }) => {
      onRun(`deleting ${resource.stack}/${resource.logicalId} (${resource.type})`);
      const running = customResources.run(resource, stateOf(resource), {
        stackId,
        isDeletion: true,
      });
      await unlessAborted(signal, running);
    },
    // Its function made it, and nothing of it runs here.
    restore: async () => {},
  };
};
