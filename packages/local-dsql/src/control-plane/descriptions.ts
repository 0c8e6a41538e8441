import { createHash } from 'node:crypto';
import type { Cluster } from './cluster.ts';
import type { ClusterRegistry } from './clusters.ts';
import type { Fields } from './fields.ts';
import { peersOf } from './peering.ts';

/** The answer of `UpdateCluster` and `DeleteCluster`. */
export const summary = (registry: ClusterRegistry, cluster: Cluster) => ({
  identifier: cluster.identifier,
  arn: cluster.arn,
  status: registry.status(cluster),
  // The service counts in seconds.
  creationTime: cluster.createdAt / 1000,
});

const encryption = ({ kmsEncryptionKey: key }: Cluster): Fields =>
  key === undefined || key === 'AWS_OWNED_KMS_KEY'
    ? { encryptionType: 'AWS_OWNED_KMS_KEY', encryptionStatus: 'ENABLED' }
    : {
        encryptionType: 'CUSTOMER_MANAGED_KMS_KEY',
        kmsKeyArn: key,
        encryptionStatus: 'ENABLED',
      };

/** The service lists a cluster among its own peers: AWS's guide to multi-Region clusters. */
const multiRegion = (cluster: Cluster): Fields => {
  const { multiRegionProperties: properties } = cluster;
  if (properties === undefined) return {};
  const { witnessRegion } = properties;
  return {
    multiRegionProperties: { witnessRegion, clusters: [cluster.arn, ...peersOf(cluster)] },
  };
};

/** The answer of `CreateCluster`. */
export const creation = (registry: ClusterRegistry, cluster: Cluster): Fields => ({
  ...summary(registry, cluster),
  deletionProtectionEnabled: cluster.deletionProtectionEnabled,
  endpoint: cluster.endpoint,
  encryptionDetails: encryption(cluster),
  ...multiRegion(cluster),
});

/** The answer of `GetCluster`. */
export const description = (registry: ClusterRegistry, cluster: Cluster): Fields => ({
  ...creation(registry, cluster),
  tags: cluster.tags,
});

const suffixLength = 4;

/** The answer of `GetVpcEndpointServiceName`. The suffix differs from Region to Region. */
export const vpcEndpoint = ({ region, identifier }: Cluster): Fields => {
  const hash = createHash('md5').update(region).digest('hex').slice(0, suffixLength);
  return {
    serviceName: `com.amazonaws.${region}.dsql-${hash}`,
    clusterVpcEndpoint: `${identifier}.dsql-${hash}.${region}.on.aws`,
  };
};
