import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { jobMsDefault } from '../catalog/jobs.ts';
import { prepareDatabase } from '../catalog/sys-schema.ts';
import { lockMonitorOf } from '../concurrency/lock-monitor.ts';
import {
  createFailureInjection,
  type FailureInjection,
  type FailurePlan,
} from '../injection/failure-injection.ts';
import {
  createNetwork,
  type DsqlNetwork,
  type NetworkDelays,
} from '../injection/region-network.ts';
import type { Postgres } from '../postgres/postgres.ts';
import { acceptStartup, MalformedStartup } from '../protocol/handshake.ts';
import { isServiceError, sendError } from '../protocol/send-error.ts';
import { createStatementReader, loadGrammar } from '../statements/index.ts';
import { createAuthentication } from './authentication.ts';
import type { LocalCertificate } from './certificate.ts';
import { createCancellations, type SessionServices, serveClient } from './client-connection.ts';
import { createConnectionLimit } from './connection-limit.ts';
import { type DsqlLimits, dsqlLimits, limitSettings } from './limits.ts';
import { createRoleConnector } from './role-connector.ts';
import type { CredentialsLookup } from './token.ts';

/** The cluster that one endpoint stands for, in one Region, and the PostgreSQL behind it. */
export type DsqlEndpointOptions = {
  /** The Region that tokens must be signed for. */
  readonly region: string;
  /** Identifier of the cluster, 26 characters. */
  readonly clusterId: string;
  /** Loopback port; 0 takes a free one. */
  readonly port: number;
  /** Keeps the rows; both Regions of a cluster share one. */
  readonly postgres: Postgres;
  /** Of `createLocalCertificate`. Clients verify it. */
  readonly certificate: Pick<LocalCertificate, 'cert' | 'key'>;
  /** Knows the keys that sign tokens. */
  readonly credentials: CredentialsLookup;
  /** Judges the age of tokens and transactions; the clock of this process unless given. */
  readonly clock?: {
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  };
  /** `false` logs every client in as the role that it names, with any password. */
  readonly auth?: boolean;
  /**
   * Milliseconds that an asynchronous job takes, such as that of `CREATE INDEX ASYNC`; by default
   * 1,000. With 0 the job ends with its statement. A real cluster never does that.
   */
  readonly jobMs?: number;
  /** Limits other than DSQL's own, for tests. */
  readonly limits?: Partial<DsqlLimits>;
  /** Round trips and the time of a COMMIT. Milliseconds; none unless given. */
  readonly delays?: Partial<NetworkDelays>;
  /** The failures that begin at once; none unless given. */
  readonly failures?: Partial<FailurePlan>;
};

/** A cluster's endpoint in one Region. */
export interface DsqlEndpoint {
  readonly host: string;
  readonly port: number;
  /** Its delays, and whether the Region is cut off. */
  readonly network: DsqlNetwork;
  readonly failures: FailureInjection;
  /** Closes the port and every client: the Region fails. */
  readonly down: () => Promise<void>;
  /** Opens the same port again. */
  readonly up: () => Promise<void>;
  /** Closes the port, every client and every connection to PostgreSQL; safe to call twice. */
  readonly stop: () => Promise<void>;
}

const listenHost = '127.0.0.1';

/** A port that can be closed, together with its connections, and opened again. */
const createListener = (accept: (socket: Socket) => void) => {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    accept(socket);
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

/** The clock of the machine, also where a test moves it after the start. */
const systemClock = { now: () => Date.now() };

/** Handles a new connection until its session begins or it is refused. */
const createConnectionHandler = (
  options: DsqlEndpointOptions,
  failures: FailureInjection,
  network: DsqlNetwork,
) => {
  const {
    auth = true,
    clock = systemClock,
    jobMs = jobMsDefault,
    clusterId,
    region,
    postgres,
    credentials,
  } = options;
  const limits = { ...dsqlLimits, ...options.limits };
  const lockMonitor = lockMonitorOf(postgres);
  const roleConnector = createRoleConnector(postgres, {
    ...limitSettings(limits),
    'antipode.job_ms': `${jobMs}`,
  });
  const connectionLimit = createConnectionLimit(limits, clock);
  const hosts = [`${clusterId}.dsql.${region}.on.aws`, 'localhost', listenHost];
  const authenticateClient = createAuthentication({
    auth,
    clock,
    hosts,
    region,
    credentials,
    roleConnector,
    connectionLimit,
  });
  const readStatements = createStatementReader();
  const cancellations = createCancellations();
  const services: SessionServices = {
    postgres,
    readStatements,
    lockMonitor,
    limits,
    clock,
    cancellations,
  };
  const secureContext = createSecureContext(options.certificate);

  const receive = async (plain: Socket, deadline: NodeJS.Timeout): Promise<void> => {
    const connection = failures.connection(network);
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
      sendError(socket, { code: '28000', message: 'unable to accept connection, TLS is required' });
    } else {
      const result = await authenticateClient(socket, request.parameters, connection);
      clearTimeout(deadline);
      if (!result) return;
      if (isServiceError(result)) sendError(socket, result);
      else if (socket.destroyed) result.abandon();
      else serveClient(socket, result, connection, services);
    }
  };

  const accept = (plain: Socket): void => {
    plain.on('error', () => plain.destroy());
    const deadline = setTimeout(() => plain.destroy(), limits.loginMsMax);
    plain.on('close', () => clearTimeout(deadline));
    receive(plain, deadline).catch((error: unknown) => {
      if (error instanceof MalformedStartup && !plain.destroyed && plain.writable) {
        sendError(plain, { code: '08P01', message: error.message });
      } else {
        plain.destroy();
      }
    });
  };

  return {
    accept,
    start: jobMs > 0 ? lockMonitor.startJobs : lockMonitor.finishJobs,
    end: () => Promise.all([roleConnector.stop(), lockMonitor.stop()]),
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
  const failures = createFailureInjection(options.failures);
  const connectionHandler = createConnectionHandler(options, failures, network);
  const listener = createListener(connectionHandler.accept);
  const open = async (): Promise<number> => {
    await connectionHandler.start();
    return listener.open(options.port);
  };
  const port = await open().catch(async (error: unknown) => {
    await connectionHandler.end();
    throw error;
  });
  const down = async (): Promise<void> => {
    if (listener.isOpen()) await listener.close();
  };
  let stopped: Promise<unknown> | undefined;
  return {
    host: 'localhost',
    port,
    network,
    failures,
    down,
    up: async () => {
      if (!listener.isOpen()) await listener.open(port);
    },
    stop: async () => {
      stopped ??= Promise.all([down(), connectionHandler.end()]);
      await stopped;
    },
  };
};
