import type { ResourceProvider, StepContext } from '../../deployment/index.ts';
import { functionNameIn } from '../../lambda/index.ts';
import { stringOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { namedFunction } from '../../template/named-function.ts';
import { readCors } from '../../template/read-cors.ts';
import type { RegionParts } from '../connect-services.ts';
import type { CodeFolders } from './code-folders.ts';
import { type ClusterEndpoints, codeOf, settingsOf } from './function-code.ts';
import { provided, resourcesWith, resourcesWithout } from './provided.ts';

type Deps = ClusterEndpoints & {
  readonly parts: (region: string) => RegionParts;
  readonly folders: CodeFolders;
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

/** The name of the function behind a URL, with `:` and the alias where it has one. */
const urlName = ({ properties }: Resource): string => {
  const name = functionNameIn(stringOf(properties['TargetFunctionArn']) ?? '');
  const qualifier = stringOf(properties['Qualifier']);
  return qualifier === undefined ? name : `${name}:${qualifier}`;
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
      (url) =>
        parts(url.region).services.addFunctionUrl(urlName(url), readCors(url.properties['Cors'])),
      (url) => parts(url.region).services.removeFunctionUrl(urlName(url)),
    ),
  };
};
