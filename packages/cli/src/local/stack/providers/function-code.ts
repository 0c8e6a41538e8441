import type { StepContext } from '../../deployment/index.ts';
import { objectOf, stringOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { functionSettings } from '../plan/function-settings.ts';
import type { CodeFolders } from './code-folders.ts';

/**
 * The folder with the code of a function.
 *
 * @throws {Error} for code that is not there.
 */
export const codeOf = async (
  fn: Resource,
  { assets }: StepContext,
  folders: CodeFolders,
): Promise<string> => {
  const { S3Bucket, S3Key, S3ObjectVersion } = objectOf(fn.properties['Code']);
  const bucket = stringOf(S3Bucket) ?? '';
  const key = stringOf(S3Key) ?? '';
  const asset = await assets(bucket, key, stringOf(S3ObjectVersion));
  if (asset) return folders.folderOf(asset);
  throw new Error(
    `Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: there is no ${key} in ${bucket}`,
  );
};

/** The host of a cluster in AWS, as a template has it that names a cluster by its identifier. */
const clusterHost = /^([a-z\d]{26})\.dsql\.[a-z\d-]+\.on\.aws$/;

/** The clusters that run here. */
export type ClusterEndpoints = {
  /** `host:port` of a cluster that runs here. */
  readonly endpointOf: (clusterId: string) => string | undefined;
};

/** Settings whose clusters are those that run here. */
export const settingsOf = (
  { endpointOf }: ClusterEndpoints,
  ...from: Parameters<typeof functionSettings>
): ReturnType<typeof functionSettings> => {
  const settings = functionSettings(...from);
  const environment = Object.entries(settings.environment).map(([name, value]) => {
    const [, clusterId = ''] = clusterHost.exec(value) ?? [];
    return [name, endpointOf(clusterId) ?? value] as const;
  });
  return { ...settings, environment: Object.fromEntries(environment) };
};
