import {
  createLocalCertificate,
  existingPostgres,
  type NetworkDelays,
  startDsqlEndpoint,
} from '../../packages/local-dsql/src/index.ts';
import { startFakeEventBridge } from './fake-event-bridge.ts';
import { serverCredentials, serverRegion } from './server-constants.ts';
import { startTlsFront } from './tls-front.ts';

/**
 * A local DSQL endpoint, and beside it PostgreSQL alone behind TLS and a bus, in a process of their
 * own, as a server is: what they cost is not the client's. Speaks over its IPC channel: says its
 * ports first, and confirms each change of the delays.
 */
const [url = ''] = process.argv.slice(2);
const postgres = existingPostgres(url);
const certificate = createLocalCertificate([serverRegion]);
const endpoint = await startDsqlEndpoint({
  ...{ region: serverRegion, clusterId: 'abcdefghijklmnopqrstuvwxyz', port: 0 },
  ...{ postgres, certificate },
  credentials: (id) =>
    id === serverCredentials.accessKeyId
      ? { ...serverCredentials, principalArn: 'arn:aws:iam::000000000000:role/bench' }
      : undefined,
});
const front = await startTlsFront(postgres, certificate);
const bus = await startFakeEventBridge(certificate);

process.on('message', (delays: Partial<NetworkDelays>) => {
  endpoint.network.setDelays(delays);
  process.send?.({ delays: endpoint.network.delays() });
});
process.on('disconnect', () => process.exit());
process.send?.({
  ...{ port: endpoint.port, frontPort: front.port, busUrl: bus.url, ca: certificate.ca },
});
