import {
  type DsqlEndpoint,
  type DsqlEndpointOptions,
  emptyDatabase,
  type Postgres,
  startDsqlEndpoint,
} from 'antipode-local-dsql';
import type { Lifetime } from 'antipode-local-dsql/process';
import { anyPort, portInUse } from './ports.ts';

/** A database that clusters stand on: two halves of one share it. */
export type ClusterDatabase = {
  readonly postgres: Postgres;
  /** Follows the end of its last cluster. */
  readonly end: () => Promise<void>;
};

/** The DSQL endpoints of a stack, one for each cluster. */
export interface DsqlEndpoints {
  /** That of the oldest cluster of a Region: of its service, as a rule. */
  readonly of: (region: string) => DsqlEndpoint | undefined;
  /** Those of all clusters of a Region. */
  readonly allOf: (region: string) => readonly DsqlEndpoint[];
  /** The endpoint of one cluster, and the database that it stands on. */
  readonly ofCluster: (
    clusterId: string,
  ) => { readonly endpoint: DsqlEndpoint; readonly postgres: Postgres } | undefined;
  /**
   * Opens the endpoint of a cluster, if it is not open.
   *
   * @param database the one of the stack unless given
   * @throws {Error} with one line that names a port in use.
   */
  readonly open: (
    region: string,
    clusterId: string,
    database?: ClusterDatabase,
  ) => Promise<DsqlEndpoint>;
  /** Closes the endpoint of a cluster; the last one of a database takes the data with it. */
  readonly close: (clusterId: string) => Promise<void>;
}

type Entry = {
  readonly region: string;
  readonly clusterId: string;
  readonly database: ClusterDatabase;
  readonly opening: Promise<DsqlEndpoint>;
  endpoint?: DsqlEndpoint;
};

/** @param ports in the order of the Regions */
export const createDsqlEndpoints = (
  lifetime: Lifetime,
  regions: readonly string[],
  options: Omit<DsqlEndpointOptions, 'region' | 'clusterId' | 'port'> & {
    readonly ports: readonly number[] | undefined;
  },
): DsqlEndpoints => {
  const { ports = [], ...shared } = options;
  const own: ClusterDatabase = {
    postgres: shared.postgres,
    end: () => emptyDatabase(shared.postgres),
  };
  const entries = new Map<string, Entry>();
  const inRegion = (region: string) => [...entries.values()].filter((one) => one.region === region);

  const start = (region: string, clusterId: string, database: ClusterDatabase): Entry => {
    const isFirst = inRegion(region).length === 0;
    const port = (isFirst ? ports[regions.indexOf(region)] : undefined) ?? anyPort;
    const name = `DSQL in ${region}`;
    const { postgres } = database;
    const starting = startDsqlEndpoint({ ...shared, postgres, region, clusterId, port });
    const opening = lifetime.own(starting.catch(portInUse(port, name)), name);
    const entry: Entry = { region, clusterId, database, opening };
    opening.then(
      (endpoint) => {
        entry.endpoint = endpoint;
      },
      () => entries.delete(clusterId),
    );
    return entry;
  };

  const close = async (clusterId: string): Promise<void> => {
    const entry = entries.get(clusterId);
    if (!entry) return;
    entries.delete(clusterId);
    await entry.endpoint?.stop();
    const isLast = [...entries.values()].every(({ database }) => database !== entry.database);
    if (isLast) await entry.database.end();
  };

  return {
    of: (region) => inRegion(region).find(({ endpoint }) => endpoint)?.endpoint,
    allOf: (region) => inRegion(region).flatMap(({ endpoint }) => endpoint ?? []),
    ofCluster: (clusterId) => {
      const { endpoint, database } = entries.get(clusterId) ?? {};
      return endpoint && database ? { endpoint, postgres: database.postgres } : undefined;
    },
    open: (region, clusterId, database = own) => {
      const entry = entries.get(clusterId) ?? start(region, clusterId, database);
      entries.set(clusterId, entry);
      return entry.opening;
    },
    close,
  };
};
