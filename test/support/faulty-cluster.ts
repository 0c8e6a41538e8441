import { createLocalCertificate } from '../../packages/local-dsql/src/server/certificate.ts';
import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import { type ConnectionPool, frameworkMigrations } from '../../src/adapters/dsql/index.ts';
import { bankMigrations, bankSchema } from './bank.ts';
import type { TestDsql, TestEndpoint } from './dsql.ts';
import { migrate, poolOf } from './dsql-adapter.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

/** A cluster in two Regions, as far as it is needed to connect to it. */
export type Cluster = Pick<TestDsql, 'ca' | 'credentials'> & {
  readonly endpoints: readonly [TestEndpoint, TestEndpoint];
};

/** A cluster with the bank's schema, and a fault proxy in front of each of its endpoints. */
export interface FaultyCluster {
  /** Without a proxy in between. */
  readonly direct: ConnectionPool;
  readonly proxies: readonly [FaultProxy, FaultProxy];
  /** Connects through the proxy of a Region. */
  readonly poolThrough: (region: 0 | 1, wrap?: (real: Connection) => Connection) => ConnectionPool;
  readonly regions: readonly [string, string];
  readonly stop: () => Promise<void>;
}

/** Migrates the cluster and starts the proxies. */
export const startFaultyCluster = async (
  cluster: Cluster,
  seed: number,
): Promise<FaultyCluster> => {
  const { endpoints } = cluster;
  const direct = poolOf({ ...cluster, ...endpoints[0] }, { size: 4 });
  await migrate(direct, bankSchema, [...frameworkMigrations(bankSchema), ...bankMigrations]);
  const certificate = createLocalCertificate([]);
  const start = ({ port }: TestEndpoint, at: number) =>
    startFaultProxy({ upstream: { port, ca: cluster.ca }, seed: seed + at, certificate });
  const proxies = [await start(endpoints[0], 0), await start(endpoints[1], 1)] as const;
  return {
    direct,
    proxies,
    regions: [endpoints[0].region, endpoints[1].region],
    poolThrough: (region, wrap) => {
      const { port } = proxies[region];
      const at = { ...endpoints[region], port, endpoint: `localhost:${port}` };
      const open = wrap && { open: async (real: () => Promise<Connection>) => wrap(await real()) };
      return poolOf({ ...cluster, ...at, ca: certificate.ca }, open);
    },
    stop: async () => {
      await direct.close();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
};
