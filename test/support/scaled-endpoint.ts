import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
  createLocalCertificate,
  type DsqlEndpoint,
  type DsqlLimits,
  startDsqlEndpoint,
} from '../../packages/local-dsql/src/index.ts';
import type { TestCredentials, TestDsql } from './dsql.ts';

/**
 * An endpoint of its own to a test cluster's database, with limits small enough to be met in a
 * test.
 */
export interface ScaledEndpoint {
  /** `host:port`, through a wire that counts connections. */
  readonly endpoint: string;
  readonly region: string;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  /** Keys that it accepts, those of the cluster. */
  readonly credentials: TestCredentials;
  readonly failures: DsqlEndpoint['failures'];
  /**
   * When somebody has connected, milliseconds since the epoch; also those that were refused then.
   */
  readonly knocks: () => readonly number[];
  /**
   * Ends all connections as a network does, without a word of the server: with a FIN, or with a
   * reset.
   */
  readonly cut: (how?: 'end' | 'reset') => void;
  readonly stop: () => Promise<void>;
}

const loopback = '127.0.0.1';

/** Passes bytes on to a port, and counts who comes. */
const createWire = async (port: number) => {
  const knocks: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    knocks.push(Date.now());
    const upstream = connect({ port, host: loopback, noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  const cut = (how: 'end' | 'reset' = 'end'): void => {
    for (const socket of sockets) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    knocks,
    cut,
    stop: async (): Promise<void> => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

/**
 * @param clock of the endpoint, which judges the age of tokens by it
 */
export const startScaledEndpoint = async (
  dsql: TestDsql,
  limits: Partial<DsqlLimits>,
  clock: { readonly now: () => number } = Date,
): Promise<ScaledEndpoint> => {
  const { region, credentials, principalArn } = dsql;
  const { ca, ...certificate } = createLocalCertificate([region]);
  const endpoint = await startDsqlEndpoint({
    region,
    clusterId: 'scaledscaledscaledscaled12',
    port: 0,
    postgres: dsql.postgres,
    certificate,
    clock,
    limits,
    jobMs: 0,
    credentials: (accessKeyId) =>
      accessKeyId === credentials.accessKeyId ? { ...credentials, principalArn } : undefined,
  });
  const wire = await createWire(endpoint.port);
  return {
    endpoint: `localhost:${wire.port}`,
    ...{ region, ca, credentials },
    failures: endpoint.failures,
    knocks: () => wire.knocks,
    cut: wire.cut,
    stop: async () => {
      await wire.stop();
      await endpoint.stop();
    },
  };
};
