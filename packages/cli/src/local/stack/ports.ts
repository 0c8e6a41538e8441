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
export const anyPort = 0;

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
