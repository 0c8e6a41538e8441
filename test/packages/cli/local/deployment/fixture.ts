import type {
  ChangeSetDescription,
  ChangeSetRequest,
  ExecuteOptions,
  RegionDeployments,
  StackDescription,
} from '../../../../../packages/cli/src/local/deployment/deployments.ts';
import {
  createDeployments,
  type DeploymentsDeps,
} from '../../../../../packages/cli/src/local/deployment/engine.ts';
import {
  CreationFailed,
  type ResourceProvider,
} from '../../../../../packages/cli/src/local/deployment/operations/provider.ts';
import type {
  KeptDeployments,
  StoredDeployments,
} from '../../../../../packages/cli/src/local/deployment/stacks/store.ts';
import type { Json, JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import type { Resource } from '../../../../../packages/cli/src/local/template/model.ts';
import { endpoints } from '../template/fixture.ts';

/** A service that holds whatever is made in it, and writes down each call. */
export const createService = () => {
  const held = new Map<string, Resource>();
  const calls: string[] = [];
  const broken = new Map<string, string>();
  const call = (action: string, { logicalId, ref }: Resource): void => {
    calls.push(`${action} ${logicalId}`);
    const reason = broken.get(`${action} ${logicalId}`);
    if (reason !== undefined) throw new CreationFailed(reason, { physicalId: ref });
  };
  const provider: ResourceProvider = {
    create: async (resource) => {
      call('create', resource);
      if (held.has(resource.ref)) throw new Error(`${resource.ref} already exists`);
      held.set(resource.ref, resource);
      return {};
    },
    update: async (resource) => {
      call('update', resource);
      held.set(resource.ref, resource);
      return {};
    },
    remove: async (resource) => {
      call('remove', resource);
      held.delete(resource.ref);
    },
    restore: async (resource) => {
      call('restore', resource);
      held.set(resource.ref, resource);
    },
  };
  /** Names what it makes by its property `Id`, and answers with its property `Answer`. */
  const custom: ResourceProvider = {
    ...provider,
    leavesOnFailure: true,
    create: async (resource) => {
      const ref = String(resource.properties['Id'] ?? resource.logicalId);
      call('create', { ...resource, ref });
      held.set(ref, { ...resource, ref });
      return { ref, attributes: { Answer: resource.properties['Answer'] ?? '' } };
    },
    update: async (resource) => {
      const ref = String(resource.properties['Id'] ?? resource.logicalId);
      call('update', { ...resource, ref });
      held.set(ref, { ...resource, ref });
      return { ref, attributes: { Answer: resource.properties['Answer'] ?? '' } };
    },
  };
  return {
    calls,
    refs: () => [...held.keys()],
    held,
    /** Fails an action on a resource, such as `create Queue`, from now on. */
    fail: (action: string, reason = 'the service is down') => broken.set(action, reason),
    mend: () => broken.clear(),
    taken: () => calls.splice(0),
    providerOf: (type: string) => (type.startsWith('Custom::') ? custom : provider),
  };
};

export type Service = ReturnType<typeof createService>;

/** Keeps in memory what a data folder would. */
export const createMemory = (): KeptDeployments & { stored: StoredDeployments | undefined } => {
  const memory = {
    stored: undefined as StoredDeployments | undefined,
    read: () => memory.stored,
    write: (stored: StoredDeployments) => {
      memory.stored = JSON.parse(JSON.stringify(stored)) as StoredDeployments;
    },
  };
  return memory;
};

export const createEngine = (options: Partial<DeploymentsDeps> = {}) => {
  const service = createService();
  let ids = 0;
  let time = 0;
  const engine = createDeployments({
    regions: ['us-east-1', 'us-west-2'],
    provider: service.providerOf,
    assets: async () => undefined,
    endpoints,
    check: () => [],
    now: () => {
      time += 1;
      return time;
    },
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    ...options,
  });
  return {
    engine,
    service,
    east: engine.inRegion('us-east-1'),
    west: engine.inRegion('us-west-2'),
  };
};

let names = 0;

type Given = Omit<Partial<ChangeSetRequest>, 'templateBody'> & { readonly template?: JsonObject };

/** Creates a change set with a new name. */
export const plan = (
  region: RegionDeployments,
  stackName: string,
  { template, ...given }: Given,
): Promise<ChangeSetDescription> => {
  names += 1;
  const exists = region
    .stacks()
    .some(
      (one) =>
        one.name === stackName && !['DELETE_COMPLETE', 'REVIEW_IN_PROGRESS'].includes(one.status),
    );
  return region.createChangeSet({
    stackName,
    name: `change-${names}`,
    type: exists ? 'UPDATE' : 'CREATE',
    ...(template && { templateBody: JSON.stringify(template) }),
    ...given,
  });
};

/** Deploys a template and waits for the end of it. */
export const deploy = async (
  region: RegionDeployments,
  stackName: string,
  template: JsonObject,
  { execute = {}, ...given }: Given & { readonly execute?: ExecuteOptions } = {},
): Promise<StackDescription> => {
  const { id, status, statusReason } = await plan(region, stackName, { ...given, template });
  if (status === 'FAILED') throw new Error(statusReason);
  region.executeChangeSet(id, undefined, execute);
  return region.settled(stackName);
};

/** The statuses of a stack's events, the first first, each with its logical id. */
export const history = (region: RegionDeployments, stack: string): readonly string[] =>
  region
    .events(stack)
    .toReversed()
    .map(({ logicalId, status }) => `${logicalId} ${status}`);

export const queue = (properties: JsonObject = {}, attributes: JsonObject = {}): Json => ({
  Type: 'AWS::SQS::Queue',
  Properties: properties,
  ...attributes,
});

export const thing = (properties: JsonObject = {}, attributes: JsonObject = {}): Json => ({
  Type: 'Custom::Thing',
  Properties: { ServiceToken: 'arn', ...properties },
  ...attributes,
});
