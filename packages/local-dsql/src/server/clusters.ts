import { randomInt } from 'node:crypto';
import { isRegionName } from './region-name.ts';

export type MultiRegionProperties = {
  readonly witnessRegion?: string;
  /** ARNs of the peers. */
  readonly clusters?: readonly string[];
};

export type Cluster = {
  readonly identifier: string;
  readonly arn: string;
  readonly region: string;
  /** Data endpoint, `host` or `host:port`. */
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly deletionProtectionEnabled: boolean;
  readonly multiRegionProperties?: MultiRegionProperties;
  readonly tags: Readonly<Record<string, string>>;
};

export type ClusterStatus = 'ACTIVE' | 'PENDING_SETUP';

export type NewCluster = {
  readonly region: string;
  readonly endpoint: string;
  /** Chosen here when absent. */
  readonly identifier?: string;
  readonly deletionProtectionEnabled?: boolean;
  readonly multiRegionProperties?: MultiRegionProperties;
  readonly tags?: Readonly<Record<string, string>>;
};

export type ClusterChange = {
  readonly deletionProtectionEnabled?: boolean;
  readonly multiRegionProperties?: MultiRegionProperties;
};

/** The clusters of all Regions of one account. */
export interface ClusterRegistry {
  readonly create: (cluster: NewCluster) => Cluster;
  readonly find: (region: string, identifier: string) => Cluster | undefined;
  /**
   * `ACTIVE` for a cluster of one Region, and for two peers that name each other and one witness.
   */
  readonly status: (cluster: Cluster) => ClusterStatus;
  /**
   * Changes a cluster; peering takes effect when both sides have named the other.
   *
   * @throws {ClusterRefusal} as the service would refuse it.
   */
  readonly update: (cluster: Cluster, change: ClusterChange) => Cluster;
}

/** A change that the service refuses. */
export class ClusterRefusal extends Error {
  readonly kind: 'ValidationException' | 'ConflictException';
  constructor(kind: ClusterRefusal['kind'], message: string) {
    super(message);
    this.name = 'ClusterRefusal';
    this.kind = kind;
  }
}

/** A cluster and its peers must lie in one of these sets, as of 2026-11. */
const regionSets: readonly (readonly string[])[] = [
  ['us-east-1', 'us-east-2', 'us-west-2'],
  ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
  ['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
];

const identifierLength = 26;
const identifierAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A cluster identifier as the service forms them: 26 lower-case letters and digits. */
export const newClusterIdentifier = (): string =>
  Array.from(
    { length: identifierLength },
    () => identifierAlphabet[randomInt(identifierAlphabet.length)],
  ).join('');

const arnPattern = /^arn:aws:dsql:([^:]*):\d{12}:cluster\/[a-z0-9]{26}$/;

const regionOf = (arn: string): string => {
  const [, region = ''] = arnPattern.exec(arn) ?? [];
  if (isRegionName(region)) return region;
  throw new ClusterRefusal('ValidationException', `Invalid cluster ARN: ${arn}`);
};

const sortedPeers = ({ clusters = [] }: MultiRegionProperties): string =>
  [...clusters].sort().join();

/** The problem of peers and a witness Region that cannot form one cluster, if there is one. */
const peeringProblem = (
  region: string,
  { witnessRegion, clusters = [] }: MultiRegionProperties,
): string | undefined => {
  if (witnessRegion === undefined) return 'A multi-Region cluster needs a witness Region.';
  const peers = clusters.map(regionOf).filter((peer) => peer !== region);
  if (peers.length > 1) return 'A cluster can be peered with one other Region.';
  if ([region, ...peers].includes(witnessRegion)) {
    return 'The witness Region must differ from the cluster Regions.';
  }
  const set = regionSets.find((candidate) => candidate.includes(region)) ?? [];
  const outside = [...peers, witnessRegion].find((candidate) => !set.includes(candidate));
  if (outside === undefined) return undefined;
  return `Region ${outside} cannot be combined with ${region}: multi-Region clusters stay within one Region set.`;
};

const validatePeering = (region: string, properties: MultiRegionProperties): void => {
  const problem = peeringProblem(region, properties);
  if (problem !== undefined) throw new ClusterRefusal('ValidationException', problem);
};

/**
 * Creates the registry that the control planes of all Regions share.
 *
 * @example
 * const clusters = createClusterRegistry();
 * clusters.create({ region: 'us-east-1', endpoint: 'localhost:5432' });
 */
export const createClusterRegistry = (
  options: { readonly accountId?: string; readonly now?: () => number } = {},
): ClusterRegistry => {
  const { accountId = '000000000000', now = Date.now } = options;
  const byArn = new Map<string, Cluster>();

  const names = (cluster: Cluster, peer: Cluster): boolean =>
    cluster.multiRegionProperties?.clusters?.includes(peer.arn) ?? false;

  const status = (cluster: Cluster): ClusterStatus => {
    const own = cluster.multiRegionProperties;
    if (!own) return 'ACTIVE';
    const peered = (own.clusters ?? []).some((arn) => {
      const peer = byArn.get(arn);
      if (!peer || peer.arn === cluster.arn || !names(peer, cluster)) return false;
      return peer.multiRegionProperties?.witnessRegion === own.witnessRegion;
    });
    return peered ? 'ACTIVE' : 'PENDING_SETUP';
  };

  const store = (cluster: Cluster): Cluster => {
    byArn.set(cluster.arn, cluster);
    return cluster;
  };

  return {
    status,
    find: (region, identifier) =>
      byArn.get(`arn:aws:dsql:${region}:${accountId}:cluster/${identifier}`),
    create: ({
      region,
      endpoint,
      identifier = newClusterIdentifier(),
      multiRegionProperties,
      ...rest
    }) => {
      if (multiRegionProperties) validatePeering(region, multiRegionProperties);
      return store({
        identifier,
        arn: `arn:aws:dsql:${region}:${accountId}:cluster/${identifier}`,
        region,
        endpoint,
        createdAt: now(),
        deletionProtectionEnabled: rest.deletionProtectionEnabled ?? false,
        tags: rest.tags ?? {},
        ...(multiRegionProperties ? { multiRegionProperties } : {}),
      });
    },
    update: (cluster, change) => {
      const current = cluster.multiRegionProperties;
      const next = change.multiRegionProperties;
      if (next) {
        if (!current) {
          throw new ClusterRefusal(
            'ValidationException',
            'A single-Region cluster cannot become a multi-Region one.',
          );
        }
        validatePeering(cluster.region, next);
        if (status(cluster) === 'ACTIVE' && sortedPeers(next) !== sortedPeers(current)) {
          throw new ClusterRefusal('ConflictException', 'The cluster is already peered.');
        }
      }
      return store({ ...cluster, ...change });
    },
  };
};
