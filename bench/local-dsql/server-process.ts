import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import {
  createLocalCertificate,
  existingPostgres,
  startDsqlEndpoint,
} from '../../packages/local-dsql/src/index.ts';

/** Says where it listens, and the authority that signed its certificate. */
export type Serving = { readonly port: number; readonly ca: string };

export type ServiceName = 'endpoint' | 'relay';

const { ca, ...identity } = createLocalCertificate(['us-east-1']);

/** The endpoint, in a process of its own as `antipode local dsql` has it. */
const serveEndpoint = async (url: string): Promise<Serving> => {
  const { port } = await startDsqlEndpoint({
    ...{ region: 'us-east-1', clusterId: 'abcdefghijklmnopqrstuvwxyz', port: 0, auth: false },
    postgres: existingPostgres(url),
    certificate: identity,
    credentials: () => undefined,
  });
  return { port, ca };
};

/**
 * A process that ends TLS and passes bytes on without looking at them: what any process in between
 * costs.
 */
const serveRelay = async (url: string): Promise<Serving> => {
  const { host, port } = existingPostgres(url);
  const server = createServer({ ...identity, ALPNProtocols: ['postgresql'] }, (client) => {
    const upstream = connect({ path: `${host}/.s.PGSQL.${port}` });
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, ca };
};

const services: Readonly<Record<ServiceName, (url: string) => Promise<Serving>>> = {
  endpoint: serveEndpoint,
  relay: serveRelay,
};

const [name = 'endpoint', url = ''] = process.argv.slice(2);
process.send?.(await services[name as ServiceName](url));
process.on('message', () => process.send?.({ rss: process.memoryUsage().rss }));
process.on('disconnect', () => process.exit());
