import {
  type DsqlEndpoint,
  type DsqlEndpointOptions,
  emptyDatabase,
  startDsqlEndpoint,
} from 'antipode-local-dsql';
import {
  type HttpServer,
  type Route,
  stackStopping,
  startHttpServer,
} from 'antipode-local-dsql/http';
import type { Lifetime, Stoppable } from 'antipode-local-dsql/process';

/** A Region's HTTP port; its routes may be added while it is open. */
export type HttpRegion = {
  readonly region: string;
  readonly http: HttpServer;
  readonly routes: Route[];
};

/** Ends before all services. From then on the ports answer that the stack is stopping. */
export const openForRequests = (ports: readonly HttpRegion[]): Stoppable => ({
  stop: () => {
    for (const { routes } of ports) routes.unshift(({ path }) => stackStopping(path));
  },
});

/** Any free port. */
const anyPort = 0;

/** Names the port, so that the person knows which one to change. */
export const portInUse =
  (port: number, what: string) =>
  (cause: NodeJS.ErrnoException): never => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new Error(
      `port ${port} for ${what} is in use: end what uses it, or choose another port`,
      { cause },
    );
  };

/**
 * Opens the HTTP ports before anything answers there, so that the services that are created later
 * know their addresses.
 *
 * @throws {Error} with one line that names a port in use.
 */
export const openHttpPorts = (
  lifetime: Lifetime,
  regions: readonly string[],
  ports: readonly number[] = [],
): Promise<readonly HttpRegion[]> =>
  Promise.all(
    regions.map(async (region, index) => {
      const routes: Route[] = [];
      const port = ports[index] ?? anyPort;
      const starting = startHttpServer({ port, routes });
      const name = `HTTP in ${region}`;
      const http = await lifetime.own(starting.catch(portInUse(port, name)), name);
      return { region, http, routes };
    }),
  );

/** The DSQL endpoints of a stack, one in each Region that has a cluster. */
export interface DsqlEndpoints {
  /** Those that are open. */
  readonly of: (region: string) => DsqlEndpoint | undefined;
  /**
   * Opens the endpoint of a Region, if it is not open.
   *
   * @throws {Error} with one line that names a port in use.
   */
  readonly open: (region: string, clusterId: string) => Promise<DsqlEndpoint>;
  /** Closes the endpoint of a Region; the last one takes the data with it. */
  readonly close: (region: string) => Promise<void>;
}

/** @param ports in the order of the Regions */
export const createDsqlEndpoints = (
  lifetime: Lifetime,
  regions: readonly string[],
  options: Omit<DsqlEndpointOptions, 'region' | 'clusterId' | 'port'> & {
    readonly ports: readonly number[] | undefined;
  },
): DsqlEndpoints => {
  const { ports = [], ...shared } = options;
  const opening = new Map<string, Promise<DsqlEndpoint>>();
  const opened = new Map<string, DsqlEndpoint>();
  const start = async (region: string, clusterId: string): Promise<DsqlEndpoint> => {
    const port = ports[regions.indexOf(region)] ?? anyPort;
    const name = `DSQL in ${region}`;
    const starting: Promise<DsqlEndpoint> = startDsqlEndpoint({
      ...shared,
      region,
      clusterId,
      port,
    });
    const endpoint = await lifetime.own(starting.catch(portInUse(port, name)), name);
    opened.set(region, endpoint);
    return endpoint;
  };
  return {
    of: (region) => opened.get(region),
    open: (region, clusterId) => {
      const known = opening.get(region) ?? start(region, clusterId);
      opening.set(region, known);
      known.catch(() => opening.delete(region));
      return known;
    },
    close: async (region) => {
      const endpoint = opened.get(region);
      opened.delete(region);
      opening.delete(region);
      await endpoint?.stop();
      if (endpoint && opening.size === 0) await emptyDatabase(shared.postgres);
    },
  };
};
