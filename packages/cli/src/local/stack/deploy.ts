import type { ClusterRegistry } from 'antipode-local-dsql';
import type { Assembly } from '../template/assembly.ts';
import {
  exportReaderType,
  exportWriterType,
  isCustomType,
  nameInArn,
  type RegionEndpoints,
} from '../template/identities.ts';
import { objectOf, stringOf, stringsOf } from '../template/json.ts';
import { createModel, type Resource } from '../template/model.ts';
import { readCors } from '../template/read-cors.ts';
import type { Answer } from '../template/scope.ts';
import type { CustomResources } from './custom-resources.ts';
import type { KeptState } from './kept-state.ts';
import { functionSettings } from './plan/function-settings.ts';
import type { Plan } from './plan/plan.ts';
import type { RegionServices } from './region-services.ts';

export type DeployDeps = {
  readonly assembly: Assembly;
  readonly plan: Plan;
  readonly ignoredTypes: readonly string[];
  readonly endpoints: (region: string) => RegionEndpoints;
  readonly services: (region: string) => RegionServices;
  readonly clusters: ClusterRegistry;
  readonly customResources: CustomResources;
  readonly kept: KeptState;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
};

export type Deployment = {
  /** Everything that the app has, resolved. */
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

type Provision = (resource: Resource, deps: DeployDeps) => void;

const provisionCluster: Provision = ({ region, ref, properties, attributes }, { clusters }) => {
  const { WitnessRegion, Clusters } = objectOf(properties['MultiRegionProperties']);
  const witnessRegion = stringOf(WitnessRegion);
  clusters.create({
    region,
    identifier: ref,
    endpoint: String(attributes['Endpoint']),
    deletionProtectionEnabled: properties['DeletionProtectionEnabled'] === true,
    ...(witnessRegion !== undefined && {
      multiRegionProperties: { witnessRegion, clusters: stringsOf(Clusters) },
    }),
  });
};

/** The work that a resource of a type needs before other resources can use it. */
const provisions: Readonly<Record<string, Provision>> = {
  'AWS::DSQL::Cluster': provisionCluster,
  'AWS::Lambda::Function': (fn, { assembly, plan, services }) =>
    services(fn.region).addFunction(functionSettings(fn, plan.resources, assembly)),
  'AWS::Lambda::Url': ({ region, ref, properties }, { services }) =>
    services(region).addFunctionUrl(nameInArn(ref), readCors(properties['Cors'])),
};

const runsByFunction = (type: string): boolean =>
  isCustomType(type) && type !== exportWriterType && type !== exportReaderType;

/**
 * Brings an app's resources into being, in the order of their dependencies.
 *
 * @throws {Error} when a custom resource fails, with its reason.
 */
export const deploy = async (deps: DeployDeps): Promise<Deployment> => {
  const { plan, customResources, kept, onProgress, signal } = deps;
  const answers = new Map<string, Answer>();
  const model = createModel({
    ...deps,
    customResource: (stack, logicalId) => {
      const answer = answers.get(`${stack}/${logicalId}`);
      if (answer) return answer;
      throw new Error(`${logicalId} has not answered yet`);
    },
  });
  for (const { type, resolve } of model.deployment()) {
    signal.throwIfAborted();
    const resource = resolve();
    plan.check(resource);
    if (runsByFunction(type)) {
      const key = `${resource.stack}/${resource.logicalId}`;
      onProgress(`running ${key} (${type})`);
      const { answer, state } = await customResources.run(resource, kept.customResource(key));
      answers.set(key, answer);
      kept.keepCustomResource(key, state);
    } else {
      provisions[type]?.(resource, deps);
    }
  }
  return { resources: model.resources(), outputs: model.outputs() };
};
