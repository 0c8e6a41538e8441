import type { ResourceProvider, StepContext } from '../../deployment/index.ts';
import { nameInArn } from '../../template/identities.ts';
import { objectOf, stringOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { namedFunction } from '../../template/named-function.ts';
import { readCors } from '../../template/read-cors.ts';
import type { RegionParts } from '../connect-services.ts';
import { functionSettings } from '../plan/function-settings.ts';
import type { CodeFolders } from './code-folders.ts';
import { provided, resourcesWith, resourcesWithout } from './provided.ts';

type Deps = {
  readonly parts: (region: string) => RegionParts;
  readonly folders: CodeFolders;
  /** `host:port` of a cluster that runs here. */
  readonly endpointOf: (clusterId: string) => string | undefined;
};

/** The host of a cluster in AWS, as a template has it that names a cluster by its identifier. */
const clusterHost = /^([a-z\d]{26})\.dsql\.[a-z\d-]+\.on\.aws$/;

/** Settings whose clusters are those that run here. */
const settingsOf = (
  { endpointOf }: Pick<Deps, 'endpointOf'>,
  ...from: Parameters<typeof functionSettings>
): ReturnType<typeof functionSettings> => {
  const settings = functionSettings(...from);
  const environment = Object.entries(settings.environment).map(([name, value]) => {
    const [, clusterId = ''] = clusterHost.exec(value) ?? [];
    return [name, endpointOf(clusterId) ?? value] as const;
  });
  return { ...settings, environment: Object.fromEntries(environment) };
};

const codeOf = async (
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

const functions = ({ parts, folders, endpointOf }: Deps): ResourceProvider => {
  const put = async (fn: Resource, context: StepContext): Promise<void> => {
    const codeDir = await codeOf(fn, context, folders);
    const settings = settingsOf({ endpointOf }, fn, resourcesWith(fn, context), codeDir);
    const { services } = parts(fn.region);
    const running = services.functions.get(fn.ref);
    // The processes of the old settings end by themselves, after their last invocation.
    if (running) running.reconfigure(settings).catch(() => undefined);
    else services.addFunction(settings);
  };
  return {
    ...provided(put, ({ region, ref }) => parts(region).services.removeFunction(ref)),
    create: async (fn, context) => {
      if (parts(fn.region).services.functions.has(fn.ref)) {
        throw new Error(`Function already exist: ${fn.ref}`);
      }
      await put(fn, context);
      return {};
    },
    restore: async (fn, context) => {
      // Code that is gone waits for the deployment that brings it.
      await put(fn, context).catch(() => undefined);
    },
  };
};

/** Gives a function the settings that it has with, or without, a configuration beside it. */
const configure = (
  { parts, endpointOf }: Pick<Deps, 'parts' | 'endpointOf'>,
  config: Resource,
  resources: readonly Resource[],
): void => {
  const fn = namedFunction(String(config.properties['FunctionName']), config.region, resources);
  const running = fn && parts(fn.region).services.functions.get(fn.ref);
  if (!fn || !running) return;
  const { codeDir } = running.configuration;
  running.reconfigure(settingsOf({ endpointOf }, fn, resources, codeDir)).catch(() => undefined);
};

/** The providers of functions and what belongs to one. */
export const functionProviders = (deps: Deps): Readonly<Record<string, ResourceProvider>> => {
  const { parts } = deps;
  return {
    'AWS::Lambda::Function': functions(deps),
    'AWS::Lambda::EventInvokeConfig': provided(
      (config, context) => configure(deps, config, resourcesWith(config, context)),
      (config, context) => configure(deps, config, resourcesWithout(config, context)),
    ),
    'AWS::Lambda::Url': provided(
      ({ region, ref, properties }) =>
        parts(region).services.addFunctionUrl(nameInArn(ref), readCors(properties['Cors'])),
      ({ region, ref }) => parts(region).services.removeFunctionUrl(nameInArn(ref)),
    ),
  };
};
