import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { createRoleAccess, type RoleAccess } from './access.ts';
import { type Arbiter, arbiterOf } from './arbiter.ts';
import { type Backend, cancelBackend } from './backend.ts';
import type { LocalCertificate } from './certificate.ts';
import { acceptStartup, MalformedStartup } from './handshake.ts';
import type { Postgres } from './postgres.ts';
import {
  createFrameReader,
  encodeFatal,
  encodeFrame,
  encodeInt32,
  encodeStrings,
  type Frame,
  frontend,
  readPayload,
  backend as reply,
  type ServiceError,
} from './protocol.ts';
import { createSession, type SessionClient } from './session.ts';
import type { ReadStatements } from './statement-names.ts';
import { createStatementReader, loadGrammar } from './statements/index.ts';
import { anyRefusal } from './statements/refusal.ts';
import { refuseSetting } from './statements/session-settings.ts';
import { prepareDatabase } from './sys-schema.ts';
import { type CredentialsLookup, checkToken } from './token.ts';

export type DsqlEndpointOptions = {
  readonly region: string;
  /** Identifier of the cluster, 26 characters. */
  readonly clusterId: string;
  /** Loopback port; 0 takes a free one. */
  readonly port: number;
  readonly postgres: Postgres;
  readonly certificate: Pick<LocalCertificate, 'cert' | 'key'>;
  readonly credentials: CredentialsLookup;
  /** Judges the age of tokens; milliseconds since the epoch. */
  readonly clock?: { readonly now: () => number };
  /** `false` lets every client in as the role it names, whatever its password. */
  readonly auth?: boolean;
};

/** A cluster's endpoint in one Region. */
export interface DsqlEndpoint {
  readonly host: string;
  readonly port: number;
  /** Closes the port, every client and every connection to PostgreSQL; safe to call twice. */
  readonly stop: () => Promise<void>;
}

const listenHost = '127.0.0.1';
const databaseName = 'postgres';
/** Largest message that DSQL takes from a client. */
const messageBytesMax = 10 * 1024 * 1024;
/** Time for a client to encrypt, introduce itself and send its token. */
const loginMsMax = 10_000;
/** Bytes that wait for a client before PostgreSQL is made to wait too. */
const unreadBytesMax = 1024 * 1024;
/** Messages of a session; DSQL has no function calls outside of SQL. */
const messageTypes: ReadonlySet<number> = new Set(
  Object.values(frontend).filter((type) => type !== frontend.functionCall),
);
const authentication = { ok: 0, cleartextPassword: 3 } as const;

const accessDenied = (hint?: string): ServiceError => ({
  code: '28000',
  message: 'unable to accept connection, access denied',
  ...(hint === undefined ? {} : { hint }),
});

const authenticationRequest = (kind: number): Buffer =>
  encodeFrame(reply.authentication, encodeInt32(kind));

/** Time for a client that is refused to take note and close its side. */
const lingerMs = 1000;

const refuse = (socket: Socket, error: ServiceError): void => {
  socket.end(encodeFatal(error));
  setTimeout(() => socket.destroy(), lingerMs).unref();
};

/** What PostgreSQL says to a new session, told to the client. */
const greeting = ({ parameters, key }: Backend): Buffer =>
  Buffer.concat([
    authenticationRequest(authentication.ok),
    ...[...parameters].map(([name, value]) =>
      encodeFrame(reply.parameterStatus, encodeStrings(name, value)),
    ),
    encodeFrame(
      reply.backendKeyData,
      Buffer.concat([encodeInt32(key.processId), encodeInt32(key.secret)]),
    ),
    encodeFrame(reply.readyForQuery, Buffer.from('I')),
  ]);

/** Reads the client's messages from its socket for as long as it lives. */
const listen = (socket: Socket, onFrame: (frame: Frame) => void): void => {
  const reader = createFrameReader({
    bytesMax: messageBytesMax,
    onFrame: (frame) => {
      if (!messageTypes.has(frame.type)) throw new RangeError('unknown message');
      onFrame(frame);
    },
    onInvalid: () => refuse(socket, { code: '08P01', message: 'invalid message length' }),
  });
  socket.on('data', (chunk) => {
    try {
      reader.push(chunk);
    } catch {
      refuse(socket, { code: '08P01', message: 'invalid message format' });
    }
  });
  // Reading was paused while the token was checked.
  socket.resume();
};

type Shared = { readonly readStatements: ReadStatements; readonly arbiter: Arbiter };

/** Joins a client and a connection to PostgreSQL until one of them ends. */
const serve = (socket: Socket, backend: Backend, shared: Shared): void => {
  let answers: Buffer[] = [];
  const client: SessionClient = {
    write: (bytes) => void answers.push(bytes),
    flush: () => {
      if (answers.length === 0) return;
      const [only] = answers;
      socket.write(answers.length === 1 && only ? only : Buffer.concat(answers));
      answers = [];
      if (socket.writableLength > unreadBytesMax) backend.pause();
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => void socket.end(),
  };
  const session = createSession({ backend, client, ...shared });
  socket.on('drain', backend.resume);
  socket.on('close', () => {
    backend.resume();
    session.end();
  });
  listen(socket, session.receive);
  socket.write(greeting(backend));
};

/** Waits for the token, which a client sends as its password. */
const readToken = (socket: Socket): Promise<string | undefined> =>
  new Promise((done) => {
    const bytesMax = 64 * 1024;
    const reader = createFrameReader({
      bytesMax,
      onFrame: ({ type, bytes }) => {
        socket.off('data', reader.push);
        socket.off('close', gone);
        socket.pause();
        done(type === frontend.password ? readPayload(bytes).string() : undefined);
      },
      onInvalid: () => done(undefined),
    });
    const gone = (): void => done(undefined);
    socket.on('data', reader.push);
    socket.on('close', gone);
    socket.write(authenticationRequest(authentication.cleartextPassword));
  });

/** Settings in a startup packet, also those inside of `options`, are settings of the session like any other. */
const refuseStartupSettings = ({
  options = '',
  ...settings
}: Readonly<Record<string, string>>): ServiceError | undefined => {
  const inOptions = [...options.matchAll(/(?:-c\s*|--)([\w.-]+)\s*=/g)].map(([, name = '']) =>
    name.replaceAll('-', '_'),
  );
  return anyRefusal([...Object.keys(settings), ...inOptions], refuseSetting);
};

const createDoor = (options: DsqlEndpointOptions, access: RoleAccess) => {
  const { auth = true, clock = Date, clusterId, region } = options;
  const hosts = [`${clusterId}.dsql.${region}.on.aws`, 'localhost', listenHost];

  const authenticate = async (socket: Socket, user: string): Promise<ServiceError | undefined> => {
    if (!auth) return undefined;
    const token = await readToken(socket);
    if (token === undefined) return accessDenied();
    const { credentials } = options;
    const verdict = checkToken(token, { user, hosts, region, credentials, now: clock.now() });
    if (!verdict.accepted) return accessDenied(verdict.hint);
    if (user === 'admin' || (await access.isMapped(user, verdict.principalArn))) return undefined;
    return accessDenied();
  };

  /** Lets a client in, or says why not. */
  return async (
    socket: Socket,
    parameters: ReadonlyMap<string, string>,
  ): Promise<Backend | ServiceError> => {
    const { user = '', database = user, ...settings } = Object.fromEntries(parameters);
    if (user === '') {
      return { code: '28000', message: 'no PostgreSQL user name specified in startup packet' };
    }
    if (database !== databaseName) {
      return { code: '3D000', message: `database "${database}" does not exist` };
    }
    const refusal = (await authenticate(socket, user)) ?? refuseStartupSettings(settings);
    return refusal ?? (await access.connect(user, settings));
  };
};

const isRefusal = (result: Backend | ServiceError): result is ServiceError => 'message' in result;

/**
 * Starts a DSQL endpoint for one Region in front of a PostgreSQL.
 *
 * @throws {Error} with code `EADDRINUSE` when the port is taken.
 */
export const startDsqlEndpoint = async (options: DsqlEndpointOptions): Promise<DsqlEndpoint> => {
  await Promise.all([prepareDatabase(options.postgres), loadGrammar()]);
  const arbiter = arbiterOf(options.postgres);
  const shared: Shared = { readStatements: createStatementReader(), arbiter };
  const access = createRoleAccess(options.postgres);
  const admit = createDoor(options, access);
  const secureContext = createSecureContext(options.certificate);
  const sockets = new Set<Socket>();

  const welcome = async (plain: Socket): Promise<void> => {
    const accepted = await acceptStartup(plain, secureContext);
    if (!accepted) {
      plain.destroy();
      return;
    }
    const { socket, encrypted, request } = accepted;
    socket.on('error', () => socket.destroy());
    if (request.kind === 'cancel') {
      cancelBackend(options.postgres, request);
      socket.end();
    } else if (!encrypted) {
      refuse(socket, { code: '28000', message: 'unable to accept connection, TLS is required' });
    } else {
      const result = await admit(socket, request.parameters);
      if (isRefusal(result)) refuse(socket, result);
      else if (socket.destroyed) result.close();
      else serve(socket, result, shared);
      plain.setTimeout(0);
    }
  };

  const server: Server = createServer({ noDelay: true }, (plain) => {
    sockets.add(plain);
    plain.on('error', () => plain.destroy());
    plain.on('close', () => sockets.delete(plain));
    plain.setTimeout(loginMsMax, () => plain.destroy());
    welcome(plain).catch((error: unknown) => {
      if (error instanceof MalformedStartup && !plain.destroyed && plain.writable) {
        refuse(plain, { code: '08P01', message: error.message });
      } else {
        plain.destroy();
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, listenHost, resolve);
  }).catch(async (error: unknown) => {
    await Promise.all([access.stop(), arbiter.stop()]);
    throw error;
  });
  let stopped: Promise<unknown> | undefined;
  const shutDown = (): Promise<unknown> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    return Promise.all([closed, access.stop(), arbiter.stop()]);
  };
  return {
    host: 'localhost',
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      stopped ??= shutDown();
      await stopped;
    },
  };
};
