import {
  DeleteClusterCommand,
  DSQLClient,
  GetClusterCommand,
  UpdateClusterCommand,
} from '@aws-sdk/client-dsql';
import { defined } from '../../src/domain/kernel/defined.ts';
import { type ClusterControl, readClusterArn } from './cluster-control.ts';

/** Milliseconds until a connection that does not come, or an answer, counts as lost. */
const connectionTimeout = 3_000;
const requestTimeout = 10_000;

const locate = (clusterArn: string) => {
  const { region, identifier } = readClusterArn(clusterArn);
  // One attempt each: the caller looks again, and a look shows whether a lost request took effect.
  const client = new DSQLClient({
    region,
    maxAttempts: 1,
    requestHandler: { connectionTimeout, requestTimeout, throwOnRequestTimeout: true },
  });
  return { client, identifier };
};

/** DSQL's control plane in AWS, or where `AWS_ENDPOINT_URL_DSQL` says. */
export const dsqlClusterControl: ClusterControl = {
  describe: async (clusterArn, abortSignal) => {
    const { client, identifier } = locate(clusterArn);
    const cluster = await client.send(new GetClusterCommand({ identifier }), { abortSignal });
    const { witnessRegion, clusters: peers = [] } = cluster.multiRegionProperties ?? {};
    return {
      status: cluster.status ?? '',
      peers,
      ...defined({ witnessRegion }),
      deletionProtected: cluster.deletionProtectionEnabled ?? false,
    };
  },
  peer: async (clusterArn, peerArn, witnessRegion, abortSignal) => {
    const { client, identifier } = locate(clusterArn);
    const multiRegionProperties = { witnessRegion, clusters: [peerArn] };
    const change = new UpdateClusterCommand({ identifier, multiRegionProperties });
    await client.send(change, { abortSignal });
  },
  delete: async (clusterArn, abortSignal) => {
    const { client, identifier } = locate(clusterArn);
    await client.send(new DeleteClusterCommand({ identifier }), { abortSignal });
  },
};
