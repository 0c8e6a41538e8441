import {
  type Cluster,
  type ClusterPolicy,
  type ClusterStatus,
  endingStatuses,
  type MultiRegionProperties,
  transientStatuses,
  usableStatuses,
} from './cluster.ts';
import { newClusterIdentifier } from './cluster-identifier.ts';
import { ControlPlaneError, conflict, invalid, notFound } from './control-plane-error.ts';
import { type ControlPlaneDelays, createLifecycle, type Lifecycle } from './lifecycle.ts';
import { peersOf, validatePeering } from './peering.ts';

/** A cluster to create. */
export type NewCluster = {
  readonly region: string;
  readonly endpoint: string;
  /** Chosen here when absent. */
  readonly identifier?: string;
  readonly deletionProtectionEnabled?: boolean;
  readonly multiRegionProperties?: MultiRegionProperties;
  readonly tags?: Readonly<Record<string, string>>;
  readonly kmsEncryptionKey?: string;
  readonly policy?: string;
  /** Ends its creation in `FAILED`, as the service does very rarely. */
  readonly failing?: boolean;
};

/** A change of a cluster; what it does not name stays. */
export type ClusterChange = {
  readonly deletionProtectionEnabled?: boolean;
  readonly multiRegionProperties?: MultiRegionProperties;
  readonly kmsEncryptionKey?: string;
};

/** The clusters of all Regions of one account, without the failures of their API. */
export interface ClusterRegistry {
  /** @throws {ControlPlaneError} as the service would refuse it. */
  readonly create: (cluster: NewCluster) => Cluster;
  /** The cluster of a Region; `undefined` where there is none of this identifier. */
  readonly find: (region: string, identifier: string) => Cluster | undefined;
  /** The clusters of a Region, or of all Regions, the oldest first. */
  readonly list: (region?: string) => readonly Cluster[];
  /** The status at this moment. */
  readonly status: (cluster: Cluster) => ClusterStatus;
  /**
   * Changes a cluster; peering takes effect when both sides have named the other.
   *
   * `multiRegionProperties` replaces what the cluster has: with the witness alone, a peered cluster
   * leaves its peer. Terraform's provider once removed peerings this way, and waited for `UPDATING`
   * to end in `PENDING_SETUP` (https://github.com/hashicorp/terraform-provider-aws/pull/41868).
   *
   * @throws {ControlPlaneError} as the service would refuse it.
   */
  readonly update: (cluster: Cluster, change: ClusterChange) => Cluster;
  /**
   * Deletes a cluster. A half of two Regions waits in `PENDING_DELETE` until its peer is deleted
   * too.
   *
   * @throws {ControlPlaneError} for a protected cluster, and for one that is being changed
   */
  readonly remove: (cluster: Cluster) => void;
  /** Replaces all tags of a cluster. */
  readonly setTags: (cluster: Cluster, tags: Readonly<Record<string, string>>) => Cluster;
  /** `undefined` takes the policy away. */
  readonly setPolicy: (cluster: Cluster, policy: ClusterPolicy | undefined) => Cluster;
  /**
   * Sets a usable cluster to the status that it has after a time without connections, or wakes it.
   */
  readonly setActivity: (cluster: Cluster, status: 'ACTIVE' | 'IDLE' | 'INACTIVE') => void;
}

/**
 * Clusters that an account may have in a Region.
 *
 * @see https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
 */
export type ClusterQuotas = { readonly singleRegion: number; readonly multiRegion: number };

const defaultQuotas: ClusterQuotas = { singleRegion: 20, multiRegion: 5 };

/** Changes end before the next look. */
const instantly: ControlPlaneDelays = { createMs: 0, updateMs: 0, deleteMs: 0 };

/** The account of a registry, its clock, and the delays and quotas of its clusters. */
export type ClusterRegistryOptions = {
  readonly accountId?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly delays?: Partial<ControlPlaneDelays>;
  readonly quotas?: Partial<ClusterQuotas>;
  /** Names a new cluster: 26 small letters and digits, at random unless given. */
  readonly newIdentifier?: () => string;
};

const refuseAboveQuota = (region: string, count: number, max: number): void => {
  if (count < max) return;
  // The service does not document the codes of its quotas.
  throw new ControlPlaneError(
    'ServiceQuotaExceededException',
    'You have reached the cluster limit.',
    {
      details: {
        resourceId: region,
        resourceType: 'cluster',
        serviceCode: 'dsql',
        quotaCode: 'cluster-limit',
      },
    },
  );
};

const sorted = (arns: readonly string[]): string => [...arns].sort().join();

/** The problems of new multi-Region properties for a cluster that exists. */
const refuseProperties = (
  cluster: Cluster,
  status: ClusterStatus,
  next: MultiRegionProperties,
): void => {
  const current = cluster.multiRegionProperties;
  if (current === undefined) {
    throw invalid('A single-Region cluster cannot become a multi-Region one.');
  }
  validatePeering(cluster.region, next);
  // Terraform's provider replaces a cluster whose witness changes.
  if (next.witnessRegion !== current.witnessRegion) {
    throw invalid('The witness Region of a cluster cannot be changed.');
  }
  const peers = peersOf({ ...cluster, multiRegionProperties: next });
  if (
    usableStatuses.has(status) &&
    peers.length > 0 &&
    sorted(peers) !== sorted(peersOf(cluster))
  ) {
    throw conflict('The cluster is already peered.', cluster.identifier);
  }
};

/** A cluster that has failed can still lose its protection: nobody could delete it otherwise. */
const refuseStatus = (
  { identifier }: Cluster,
  status: ClusterStatus,
  { multiRegionProperties, kmsEncryptionKey }: ClusterChange,
): void => {
  const isFailed =
    status === 'FAILED' && (multiRegionProperties !== undefined || kmsEncryptionKey !== undefined);
  if (transientStatuses.has(status) || endingStatuses.has(status) || isFailed) {
    throw conflict(`Cluster ${identifier} can't be updated while it is ${status}.`, identifier);
  }
};

const update = (lifecycle: Lifecycle, stale: Cluster, change: ClusterChange): Cluster => {
  const status = lifecycle.statusOf(stale.arn);
  const cluster = lifecycle.find(stale.arn);
  if (cluster === undefined || status === undefined) {
    throw notFound(`Cluster ${stale.identifier} not found in ${stale.region}`, stale.identifier);
  }
  refuseStatus(cluster, status, change);
  const { multiRegionProperties: next, kmsEncryptionKey } = change;
  if (next) refuseProperties(cluster, status, next);
  const changed: Cluster = { ...cluster, ...change };
  const repeered = next && sorted(peersOf(changed)) !== sorted(peersOf(cluster));
  // "Changing DeletionProtectionEnabled is instantaneous": the same provider, in
  // `internal/service/dsql/cluster.go`.
  const takesTime =
    repeered || (kmsEncryptionKey !== undefined && kmsEncryptionKey !== cluster.kmsEncryptionKey);
  if (takesTime) lifecycle.change(changed);
  else lifecycle.amend(changed);
  return changed;
};

/**
 * Creates the registry that the control planes of all Regions share.
 *
 * @example
 * const clusters = createClusterRegistry();
 * clusters.create({ region: 'us-east-1', endpoint: 'localhost:5432' });
 */
export const createClusterRegistry = (options: ClusterRegistryOptions = {}): ClusterRegistry => {
  const { accountId = '000000000000', now = Date.now } = options;
  const { newIdentifier = newClusterIdentifier } = options;
  const quotas = { ...defaultQuotas, ...options.quotas };
  const lifecycle = createLifecycle(now, { ...instantly, ...options.delays });
  const arnOf = (region: string, identifier: string): string =>
    `arn:aws:dsql:${region}:${accountId}:cluster/${identifier}`;

  const refuseOneMore = (region: string, isMultiRegion: boolean): void => {
    const alike = lifecycle
      .all()
      .filter((cluster) => cluster.region === region)
      .filter((cluster) => (cluster.multiRegionProperties !== undefined) === isMultiRegion);
    refuseAboveQuota(
      region,
      alike.length,
      isMultiRegion ? quotas.multiRegion : quotas.singleRegion,
    );
  };

  const amend = (cluster: Cluster): Cluster => {
    lifecycle.amend(cluster);
    return cluster;
  };

  return {
    status: ({ arn }) => lifecycle.statusOf(arn) ?? 'DELETING',
    find: (region, identifier) => lifecycle.find(arnOf(region, identifier)),
    list: (region) =>
      lifecycle.all().filter((cluster) => region === undefined || cluster.region === region),
    create: ({ identifier = newIdentifier(), failing = false, policy, ...rest }) => {
      const { region, multiRegionProperties } = rest;
      if (multiRegionProperties) validatePeering(region, multiRegionProperties);
      refuseOneMore(region, multiRegionProperties !== undefined);
      const cluster: Cluster = {
        ...rest,
        identifier,
        arn: arnOf(region, identifier),
        createdAt: now(),
        deletionProtectionEnabled: rest.deletionProtectionEnabled ?? false,
        tags: rest.tags ?? {},
        ...(policy === undefined ? {} : { policy: { document: policy, version: '1' } }),
      };
      lifecycle.begin(cluster, failing);
      return cluster;
    },
    update: (cluster, change) => update(lifecycle, cluster, change),
    remove: ({ arn, identifier }) => {
      const cluster = lifecycle.find(arn);
      const status = lifecycle.statusOf(arn);
      if (!cluster || !status || endingStatuses.has(status)) return;
      if (cluster.deletionProtectionEnabled) {
        throw invalid(
          `Cluster ${identifier} has deletion protection: disable it first.`,
          'deletionProtectionEnabled',
        );
      }
      if (transientStatuses.has(status)) {
        throw conflict(`Cluster ${identifier} can't be deleted while it is ${status}.`, identifier);
      }
      lifecycle.end(cluster);
    },
    setTags: (cluster, tags) => amend({ ...cluster, tags }),
    setPolicy: ({ policy: _, ...cluster }, policy) =>
      amend(policy === undefined ? cluster : { ...cluster, policy }),
    setActivity: (cluster, status) => {
      if (usableStatuses.has(lifecycle.statusOf(cluster.arn) ?? 'FAILED')) {
        lifecycle.setActivity(cluster.arn, status);
      }
    },
  };
};
