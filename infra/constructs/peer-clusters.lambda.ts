import { setTimeout as delay } from 'node:timers/promises';
import { DSQLClient, GetClusterCommand, UpdateClusterCommand } from '@aws-sdk/client-dsql';
import { createCustomResourceHandler } from '../../src/handlers/runtime/custom-resource/custom-resource.ts';
import { readCustomResourceTrust } from '../../src/handlers/runtime/custom-resource/custom-resource-answer.ts';
import { type ClusterControl, peerClusters } from './peer-clusters-handler.ts';

/** Reads `arn:aws:dsql:<region>:<account>:cluster/<identifier>`. */
const locate = (clusterArn: string) => {
  const [, , , region = '', , resource = ''] = clusterArn.split(':');
  const client = new DSQLClient({ region, maxAttempts: 5 });
  return { client, identifier: resource.replace('cluster/', '') };
};

const clusters: ClusterControl = {
  describe: async (clusterArn) => {
    const { client, identifier } = locate(clusterArn);
    const cluster = await client.send(new GetClusterCommand({ identifier }));
    return { status: cluster.status ?? '', peers: cluster.multiRegionProperties?.clusters ?? [] };
  },
  peer: async (clusterArn, peerArn, witnessRegion) => {
    const { client, identifier } = locate(clusterArn);
    const multiRegionProperties = { witnessRegion, clusters: [peerArn] };
    await client.send(new UpdateClusterCommand({ identifier, multiRegionProperties }));
  },
};

const peer = peerClusters({ clusters, sleep: (ms) => delay(ms) });

export const handler = createCustomResourceHandler({
  onCreate: peer,
  onUpdate: peer,
  trust: readCustomResourceTrust(process.env),
  logger: {
    info: (message, fields) => console.info(JSON.stringify({ message, ...fields })),
    error: (message, fields, cause) => console.error(JSON.stringify({ message, ...fields }), cause),
  },
});
