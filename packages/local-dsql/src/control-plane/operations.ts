import type { ClientTokens } from './client-tokens.ts';
import type { Cluster } from './cluster.ts';
import { isClusterIdentifier, parseClusterArn } from './cluster-identifier.ts';
import type { ClusterChange, ClusterRegistry, NewCluster } from './clusters.ts';
import { conflict, invalid, notFound } from './control-plane-error.ts';
import { creation, description, summary, vpcEndpoint } from './descriptions.ts';
import {
  booleanField,
  clientTokenField,
  type Fields,
  keyField,
  multiRegionField,
  pageSizeField,
  policyField,
  tagsField,
  textField,
  textsField,
} from './fields.ts';

/** The parts that an operation works with. */
export type OperationScope = {
  readonly registry: ClusterRegistry;
  readonly tokens: ClientTokens;
  /** The Region whose control plane was asked. */
  readonly region: string;
  /** The data endpoint of a new cluster. */
  readonly endpointOf: (region: string, identifier: string) => string;
  readonly newIdentifier: () => string;
  /** Whether a cluster that is created now ends in `FAILED`. */
  readonly creationFails: boolean;
};

type Operation = (scope: OperationScope, input: Fields) => Fields;

const findCluster = ({ registry, region }: OperationScope, identifier: string): Cluster => {
  if (!isClusterIdentifier(identifier)) throw invalid(`Invalid cluster identifier: ${identifier}`);
  const cluster = registry.find(region, identifier);
  if (cluster) return cluster;
  throw notFound(`Cluster ${identifier} not found in ${region}`, identifier);
};

const clusterOf = (scope: OperationScope, input: Fields): Cluster =>
  findCluster(scope, textField(input, 'identifier') ?? '');

const taggedCluster = (scope: OperationScope, input: Fields): Cluster => {
  const { region, identifier } = parseClusterArn(textField(input, 'resourceArn') ?? '');
  if (region === scope.region) return findCluster(scope, identifier);
  throw notFound(`Cluster ${identifier} is not in ${scope.region}`, identifier);
};

/** Runs an operation once for its client token. */
const once = (scope: OperationScope, name: string, input: Fields, run: () => Fields): Fields =>
  scope.tokens.once(`${scope.region} ${name}`, clientTokenField(input), input, run);

const createCluster: Operation = (scope, input) =>
  once(scope, 'CreateCluster', input, () => {
    const { registry, region, creationFails: failing } = scope;
    const identifier = scope.newIdentifier();
    const cluster: NewCluster = {
      region,
      identifier,
      endpoint: scope.endpointOf(region, identifier),
      failing,
      // "If you want to disable deletion protection upon creation, include the
      // --no-deletion-protection-enabled flag": DSQL's guide, `programming-with-cli-crud`.
      deletionProtectionEnabled: booleanField(input, 'deletionProtectionEnabled') ?? true,
      ...present({
        multiRegionProperties: multiRegionField(input),
        tags: tagsField(input),
        kmsEncryptionKey: keyField(input),
        policy: policyField(input),
      }),
    };
    const made = registry.create(cluster);
    // The first status is in the answer even where the change takes no time.
    const status = made.multiRegionProperties ? 'PENDING_SETUP' : 'CREATING';
    return { ...creation(registry, made), status };
  });

/** Leaves out the members that a request does not have. */
const present = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

const updateCluster: Operation = (scope, input) => {
  const cluster = clusterOf(scope, input);
  const change: ClusterChange = present({
    deletionProtectionEnabled: booleanField(input, 'deletionProtectionEnabled'),
    multiRegionProperties: multiRegionField(input),
    kmsEncryptionKey: keyField(input),
  });
  return once(scope, 'UpdateCluster', input, () => {
    const updated = scope.registry.update(cluster, change);
    return { ...summary(scope.registry, updated), status: 'UPDATING' };
  });
};

const deleteCluster: Operation = (scope, input) => {
  // A repetition may come when the cluster has gone.
  return once(scope, 'DeleteCluster', input, () => {
    const cluster = clusterOf(scope, input);
    scope.registry.remove(cluster);
    return { ...summary(scope.registry, cluster) };
  });
};

const listClusters: Operation = ({ registry, region }, input) => {
  const size = pageSizeField(input);
  const after = textField(input, 'nextToken');
  const all = registry.list(region);
  const start = after === undefined ? 0 : all.findIndex(({ arn }) => arn === after) + 1;
  if (after !== undefined && start === 0) throw invalid('nextToken is not of an earlier page.');
  const page = all.slice(start, start + size);
  const last = start + size < all.length ? page.at(-1)?.arn : undefined;
  return {
    clusters: page.map(({ identifier, arn }) => ({ identifier, arn })),
    ...(last === undefined ? {} : { nextToken: last }),
  };
};

const refuseOtherVersion = ({ identifier, policy }: Cluster, input: Fields): void => {
  const expected = textField(input, 'expectedPolicyVersion');
  if (expected === undefined || expected === policy?.version) return;
  throw conflict(
    `The policy has version ${policy?.version ?? 'none'}, not ${expected}.`,
    identifier,
  );
};

const policyOf = ({ identifier, policy }: Cluster) => {
  if (policy) return policy;
  throw notFound(`Cluster ${identifier} has no policy`, identifier, 'clusterPolicy');
};

const putClusterPolicy: Operation = (scope, input) => {
  const cluster = clusterOf(scope, input);
  const document = policyField(input);
  if (document === undefined) throw invalid('policy is missing.');
  return once(scope, 'PutClusterPolicy', input, () => {
    refuseOtherVersion(cluster, input);
    const version = String(Number(cluster.policy?.version ?? 0) + 1);
    scope.registry.setPolicy(cluster, { document, version });
    return { policyVersion: version };
  });
};

const deleteClusterPolicy: Operation = (scope, input) => {
  const cluster = clusterOf(scope, input);
  return once(scope, 'DeleteClusterPolicy', input, () => {
    const { version } = policyOf(cluster);
    refuseOtherVersion(cluster, input);
    scope.registry.setPolicy(cluster, undefined);
    return { policyVersion: version };
  });
};

/** The operations of the control API, without those of change streams. */
export const operations = {
  CreateCluster: createCluster,
  GetCluster: (scope, input) => description(scope.registry, clusterOf(scope, input)),
  UpdateCluster: updateCluster,
  DeleteCluster: deleteCluster,
  ListClusters: listClusters,
  GetVpcEndpointServiceName: (scope, input) => vpcEndpoint(clusterOf(scope, input)),
  PutClusterPolicy: putClusterPolicy,
  GetClusterPolicy: (scope, input) => {
    const { document: policy, version: policyVersion } = policyOf(clusterOf(scope, input));
    return { policy, policyVersion };
  },
  DeleteClusterPolicy: deleteClusterPolicy,
  ListTagsForResource: (scope, input) => ({ tags: taggedCluster(scope, input).tags }),
  TagResource: (scope, input) => {
    const cluster = taggedCluster(scope, input);
    scope.registry.setTags(cluster, { ...cluster.tags, ...tagsField(input) });
    return {};
  },
  UntagResource: (scope, input) => {
    const cluster = taggedCluster(scope, input);
    const removed = new Set(textsField(input, 'tagKeys'));
    const kept = Object.entries(cluster.tags).filter(([key]) => !removed.has(key));
    scope.registry.setTags(cluster, Object.fromEntries(kept));
    return {};
  },
} as const satisfies Readonly<Record<string, Operation>>;

/** The name of an operation of the control API. */
export type ControlPlaneOperation = keyof typeof operations;
