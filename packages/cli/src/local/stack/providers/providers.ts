import { dataProvider, type ResourceProvider, type StepContext } from '../../deployment/index.ts';
import { exportReaderType, exportWriterType, isCustomType } from '../../template/identities.ts';
import type { Resource } from '../../template/model.ts';
import type { ConnectedServices } from '../connect-services.ts';
import { type ClusterProviderDeps, clusterProvider } from './cluster-provider.ts';
import type { CodeFolders } from './code-folders.ts';
import { customResourceProvider } from './custom-resource-provider.ts';
import { functionProviders } from './function-providers.ts';
import { messagingProviders } from './messaging-providers.ts';
import { problemsWhenMade } from './problems-when-made.ts';
import { resourcesWith } from './provided.ts';
import { versionProviders } from './version-providers.ts';

const withoutPlace = (line: string): string => line.replace(/^will fail in AWS: /, '');

/** Refuses what AWS refuses, now that the answers of other resources are known. */
const refuseWrong = (resource: Resource, context: StepContext): void => {
  const problems = problemsWhenMade(resource, resourcesWith(resource, context));
  if (problems.length > 0) throw new Error(problems.map(withoutPlace).join('\n'));
};

const checked = (provider: ResourceProvider): ResourceProvider => ({
  ...provider,
  create: async (resource, context) => {
    refuseWrong(resource, context);
    return provider.create(resource, context);
  },
  update: async (resource, previous, context) => {
    refuseWrong(resource, context);
    return provider.update(resource, previous, context);
  },
});

/** The provider of each type. */
export const createProviders = (
  { partsOf, customResources }: Pick<ConnectedServices, 'partsOf' | 'customResources'>,
  deps: ClusterProviderDeps & {
    readonly folders: CodeFolders;
    readonly endpointOf: (clusterId: string) => string | undefined;
    readonly onProgress: (line: string) => void;
  },
): ((type: string) => ResourceProvider) => {
  const { folders, endpointOf, onProgress } = deps;
  const data = checked(dataProvider);
  const custom = customResourceProvider(customResources, onProgress);
  const byType = new Map(
    Object.entries({
      ...messagingProviders(partsOf),
      ...functionProviders({ parts: partsOf, folders, endpointOf }),
      ...versionProviders({ parts: partsOf, folders, endpointOf }),
      'AWS::DSQL::Cluster': clusterProvider(deps),
    }).map(([type, provider]) => [type, checked(provider)]),
  );
  return (type) => {
    const isNative = type === exportWriterType || type === exportReaderType;
    return isCustomType(type) && !isNative ? custom : (byType.get(type) ?? data);
  };
};
