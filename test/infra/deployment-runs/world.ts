import type { ClusterControl } from '../../../infra/peering/cluster-control.ts';
import { deleteClusters } from '../../../infra/peering/delete-clusters-handler.ts';
import { peerClusters } from '../../../infra/peering/peer-clusters-handler.ts';
import { deletionType } from '../../../infra/peering/resource-types.ts';
import type { StackControl } from '../../../infra/peering/stack-control.ts';
import {
  type ClusterRegistry,
  createClusterRegistry,
  createControlPlaneApi,
  createControlPlaneFailures,
} from '../../../packages/local-dsql/src/index.ts';
import type { CustomResourceChange } from '../../../src/handlers/runtime/custom-resource/custom-resource.ts';
import type { App } from './app.ts';
import { type CloudFormation, createCloudFormation } from './cloudformation/cloudformation.ts';
import { createClusterProvider } from './cloudformation/cluster-provider.ts';
import {
  type CustomResourceWork,
  createCustomResourceProvider,
} from './cloudformation/custom-resource-provider.ts';
import { type Run, whileAlive } from './cloudformation/lambda.ts';
import { type Provider, ResourceFailure } from './cloudformation/provider.ts';
import { createClusterControl } from './cluster-control.ts';
import { createMigration, type Databases } from './database.ts';
import { type Faults, noFaults } from './faults.ts';
import type { Random } from './random.ts';
import { createStackControl } from './stack-control.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A change of the code under test that a run must find. */
export type Bug = {
  readonly clusters?: (clusters: ClusterControl) => ClusterControl;
  readonly stacks?: (stacks: StackControl) => StackControl;
  readonly app?: (app: App) => App;
};

export type World = {
  readonly time: VirtualTime;
  readonly registry: ClusterRegistry;
  readonly cloudFormation: CloudFormation;
  readonly databases: Databases;
  /** Clusters that have lost their peer by an update. */
  readonly separated: readonly string[];
  /** Clusters that were to be migrated before they took a connection. */
  readonly tooEarly: readonly string[];
  /** Sets the failures of what comes next. */
  readonly setFaults: (faults: Faults) => void;
  /** Whether the database refuses the migrations that it lacks. */
  readonly refuseMigrations: (isRefused: boolean) => void;
};

/** Milliseconds that DSQL takes for a change; its guide speaks of minutes. */
const delays = { createMs: 90_000, updateMs: 20_000, deleteMs: 120_000 };

/** The timeout of the functions behind custom resources, as `PeerClusters` sets it. */
const functionMs = 900_000;

const migrationType = 'Custom::AntipodeMigration';

const nothing: CustomResourceChange = async () => ({});

/** As the entry `peer-clusters.lambda.ts` does. */
const dispatch =
  (type: string, peer: CustomResourceChange, remove: CustomResourceChange): CustomResourceChange =>
  (event, signal) => {
    const isDelete = event.RequestType === 'Delete';
    if (type === deletionType) return (isDelete ? remove : nothing)(event, signal);
    return (isDelete ? nothing : peer)(event, signal);
  };

/** Resources that are there at once, with an ARN of their own. An account has a role once. */
const createInstantProvider = (onCreate: (type: string) => void): Provider => {
  const roles = new Set<string>();
  let count = 0;
  return {
    create: async ({ type, logicalId, stack, properties: { RoleName: name } }) => {
      onCreate(type);
      count += 1;
      const physicalId = typeof name === 'string' ? name : `${logicalId}-${count}`;
      if (roles.has(physicalId)) {
        throw new ResourceFailure(
          `Resource of type '${type}' with identifier '${physicalId}' already exists.`,
        );
      }
      if (type === 'AWS::IAM::Role') roles.add(physicalId);
      const arn = `arn:aws:any:${stack.region}:000000000000:${physicalId}`;
      return { physicalId, attributes: { Arn: arn } };
    },
    update: async ({ physicalId, stack }) => ({
      physicalId,
      attributes: { Arn: `arn:aws:any:${stack.region}:000000000000:${physicalId}` },
    }),
    remove: async ({ physicalId }) => void roles.delete(physicalId),
  };
};

/** Everything that a deployment works on, with the code under test behind its custom resources. */
export const createWorld = (time: VirtualTime, random: Random, bug: Bug = {}): World => {
  let faults = noFaults;
  let migrationsAreRefused = false;
  let permittedAt = 0;
  let identifiers = 0;
  const newIdentifier = (): string => {
    identifiers += 1;
    return `c${String(identifiers).padStart(25, '0')}`;
  };
  const separated: string[] = [];
  const tooEarly: string[] = [];
  const clusters = createClusterRegistry({
    now: time.now,
    delays,
    newIdentifier,
    // Clusters that a run leaves behind are what it looks for, and not the quota.
    quotas: { multiRegion: 1_000 },
  });
  const registry: ClusterRegistry = {
    ...clusters,
    update: (cluster, change) => {
      const wasPeered = ['ACTIVE', 'IDLE', 'INACTIVE'].includes(clusters.status(cluster));
      const updated = clusters.update(cluster, change);
      const isPeered = clusters.status(updated) !== 'UPDATING';
      if (wasPeered && !isPeered) separated.push(cluster.identifier);
      return updated;
    },
  };
  const forHandlers = createControlPlaneFailures();
  const forDeployer = createControlPlaneFailures();
  const api = { registry, newIdentifier, sleep: time.sleep };
  const handlerApi = createControlPlaneApi({ ...api, failures: forHandlers });
  const deployerApi = createControlPlaneApi({ ...api, failures: forDeployer });

  const work: CustomResourceWork = (type, run: Run) => {
    const isPermitted = () => time.now() >= permittedAt;
    const control = createClusterControl({ api: handlerApi, time, run, isPermitted });
    const stacks = createStackControl({ cloudFormation, time, run, random, faults: () => faults });
    const deps = {
      clusters: bug.clusters?.(control) ?? control,
      sleep: (ms: number) => whileAlive(run, () => time.sleep(ms)),
      log: () => undefined,
      stacks: bug.stacks?.(stacks) ?? stacks,
    };
    return dispatch(type, peerClusters(deps), deleteClusters(deps));
  };

  const clusterProvider = createClusterProvider(deployerApi, time);
  const databases: Databases = new Map();
  const usable = ['ACTIVE', 'IDLE', 'INACTIVE'];
  const byArn = (clusterArn: string) => registry.list().find(({ arn }) => arn === clusterArn);
  const migration = createMigration({
    databases,
    time,
    random,
    failureRate: () => faults.databaseFailures,
    isRefused: () => migrationsAreRefused,
    isUsable: (clusterArn) => {
      const cluster = byArn(clusterArn);
      if (cluster === undefined) return false;
      const status = registry.status(cluster);
      if (['CREATING', 'UPDATING', 'PENDING_SETUP'].includes(status)) tooEarly.push(clusterArn);
      return usable.includes(status);
    },
    pairOf: (clusterArn) => {
      const peers = byArn(clusterArn)?.multiRegionProperties?.clusters ?? [];
      return [...new Set([clusterArn, ...peers])].sort().join();
    },
  });
  const custom = createCustomResourceProvider({
    handler: (event, run, respond) =>
      event.ResourceType === migrationType ? migration(event, run, respond) : undefined,
    time,
    random,
    faults: () => faults,
    work,
    timeoutMs: functionMs,
  });
  const others = createInstantProvider((type) => {
    if (random.happens(faults.resourceFailures))
      throw new ResourceFailure(`${type}: Rate exceeded`);
    if (type.startsWith('AWS::IAM::')) permittedAt = time.now() + faults.iamMs;
  });
  const cloudFormation: CloudFormation = createCloudFormation((type) => {
    if (type === 'AWS::DSQL::Cluster') return clusterProvider;
    return type.startsWith('Custom::Antipode') ? custom : others;
  });

  return {
    time,
    registry,
    cloudFormation,
    databases,
    separated,
    tooEarly,
    refuseMigrations: (isRefused) => {
      migrationsAreRefused = isRefused;
    },
    setFaults: (next) => {
      faults = next;
      permittedAt = Math.min(permittedAt, time.now() + next.iamMs);
      forHandlers.clear();
      forHandlers.set(next.handler);
      forDeployer.clear();
      forDeployer.set(next.deployer);
    },
  };
};
