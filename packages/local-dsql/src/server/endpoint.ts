import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { jobMsDefault } from '../catalog/jobs.ts';
import { prepareDatabase } from '../catalog/sys-schema.ts';
import { lockMonitorOf } from '../concurrency/lock-monitor.ts';
import { createFaults, type FaultPlan, type Faults } from '../injection/fault-injection.ts';
import {
  createNetwork,
  type DsqlNetwork,
  type NetworkDelays,
} from '../injection/region-network.ts';
import type { Postgres } from '../postgres/postgres.ts';
import { acceptStartup, MalformedStartup } from '../protocol/handshake.ts';
import { isRefusal, refuse } from '../protocol/send-error.ts';
import { createStatementReader, loadGrammar } from '../statements/index.ts';
import { createRoleAccess } from './access.ts';
import { createDoor } from './authentication.ts';
import type { LocalCertificate } from './certificate.ts';
import { createCancellations, type Shared, serve } from './client-connection.ts';
import { createAdmission } from './connection-limit.ts';
import { type DsqlLimits, dsqlLimits, limitSettings } from './limits.ts';
import type { CredentialsLookup } from './token.ts';

export type DsqlEndpointOptions = {
  readonly region: string;
  /** Identifier of the cluster, 26 characters. */
  readonly clusterId: string;
  /** Loopback port; 0 takes a free one. */
  readonly port: number;
  readonly postgres: Postgres;
  readonly certificate: Pick<LocalCertificate, 'cert' | 'key'>;
  readonly credentials: CredentialsLookup;
  /** Judges the age of tokens and transactions; milliseconds since the epoch. */
  readonly clock?: { readonly now: () => number };
  /** `false` lets every client in as the role it names, whatever its password. */
  readonly auth?: boolean;
  /**
   * Milliseconds that an asynchronous job takes, such as that of `CREATE INDEX ASYNC`; by default 1,000. With 0 it is done
   * when its statement is, which a cluster's never is.
   */
  readonly jobMs?: number;
  /** Limits other than DSQL's own, for tests. */
  readonly limits?: Partial<DsqlLimits>;
  readonly delays?: Partial<NetworkDelays>;
  readonly faults?: Partial<FaultPlan>;
};

/** A cluster's endpoint in one Region. */
export interface DsqlEndpoint {
  readonly host: string;
  readonly port: number;
  /** Its distance, and whether it can be reached at all. */
  readonly network: DsqlNetwork;
  readonly faults: Faults;
  /** Closes the port and every client: the Region fails. */
  readonly down: () => Promise<void>;
  /** Opens the same port again. */
  readonly up: () => Promise<void>;
  /** Closes the port, every client and every connection to PostgreSQL; safe to call twice. */
  readonly stop: () => Promise<void>;
}

const listenHost = '127.0.0.1';

/** A port that can be closed, with everybody who is connected, and opened again. */
const createPort = (welcome: (socket: Socket) => void) => {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    welcome(socket);
  });
  const open = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, listenHost, () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { open, close, isOpen: () => server.listening };
};

/** What happens to a new connection until its session begins or it is refused. */
const createReception = (options: DsqlEndpointOptions, faults: Faults, network: DsqlNetwork) => {
  const {
    auth = true,
    clock = Date,
    jobMs = jobMsDefault,
    clusterId,
    region,
    postgres,
    credentials,
  } = options;
  const limits = { ...dsqlLimits, ...options.limits };
  const lockMonitor = lockMonitorOf(postgres);
  const access = createRoleAccess(postgres, {
    ...limitSettings(limits),
    'antipode.job_ms': `${jobMs}`,
  });
  const admission = createAdmission(limits, clock);
  const hosts = [`${clusterId}.dsql.${region}.on.aws`, 'localhost', listenHost];
  const admit = createDoor({ auth, clock, hosts, region, credentials, access, admission });
  const readStatements = createStatementReader();
  const cancellations = createCancellations();
  const shared: Shared = { postgres, readStatements, lockMonitor, limits, clock, cancellations };
  const secureContext = createSecureContext(options.certificate);

  const receive = async (plain: Socket, deadline: NodeJS.Timeout): Promise<void> => {
    const connection = faults.connection(network);
    if (connection.endsAt('connect')) plain.destroy();
    const accepted = await acceptStartup(plain, secureContext);
    if (!accepted) {
      plain.destroy();
      return;
    }
    const { socket, encrypted, request } = accepted;
    socket.on('error', () => socket.destroy());
    if (request.kind === 'cancel') {
      cancellations.cancel(request);
      socket.end();
    } else if (!encrypted) {
      refuse(socket, { code: '28000', message: 'unable to accept connection, TLS is required' });
    } else {
      const result = await admit(socket, request.parameters, connection);
      clearTimeout(deadline);
      if (!result) return;
      if (isRefusal(result)) refuse(socket, result);
      else if (socket.destroyed) result.abandon();
      else serve(socket, result, connection, shared);
    }
  };

  const welcome = (plain: Socket): void => {
    plain.on('error', () => plain.destroy());
    const deadline = setTimeout(() => plain.destroy(), limits.loginMsMax);
    plain.on('close', () => clearTimeout(deadline));
    receive(plain, deadline).catch((error: unknown) => {
      if (error instanceof MalformedStartup && !plain.destroyed && plain.writable) {
        refuse(plain, { code: '08P01', message: error.message });
      } else {
        plain.destroy();
      }
    });
  };

  return {
    welcome,
    begin: jobMs > 0 ? lockMonitor.startJobs : lockMonitor.finishJobs,
    end: () => Promise.all([access.stop(), lockMonitor.stop()]),
  };
};

/**
 * Starts a DSQL endpoint for one Region in front of a PostgreSQL.
 *
 * @throws {Error} with code `EADDRINUSE` when the port is taken.
 */
export const startDsqlEndpoint = async (options: DsqlEndpointOptions): Promise<DsqlEndpoint> => {
  await Promise.all([prepareDatabase(options.postgres), loadGrammar()]);
  const network = createNetwork(options.delays);
  const faults = createFaults(options.faults);
  const reception = createReception(options, faults, network);
  const entrance = createPort(reception.welcome);
  const open = async (): Promise<number> => {
    await reception.begin();
    return entrance.open(options.port);
  };
  const port = await open().catch(async (error: unknown) => {
    await reception.end();
    throw error;
  });
  const down = async (): Promise<void> => {
    if (entrance.isOpen()) await entrance.close();
  };
  let stopped: Promise<unknown> | undefined;
  return {
    host: 'localhost',
    port,
    network,
    faults,
    down,
    up: async () => {
      if (!entrance.isOpen()) await entrance.open(port);
    },
    stop: async () => {
      stopped ??= Promise.all([down(), reception.end()]);
      await stopped;
    },
  };
};
