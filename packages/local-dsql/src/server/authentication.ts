import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionConditions } from '../injection/failure-injection.ts';
import {
  createFrameReader,
  encodeFrame,
  encodeInt32,
  frontend,
  readPayload,
  backend as reply,
  type ServiceError,
} from '../protocol/protocol.ts';
import { accessDenied } from '../protocol/service-errors.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { createLogins, type Login } from './logins.ts';
import type { RoleConnector } from './role-connector.ts';
import { refuseStartupSettings } from './startup-settings.ts';
import { type CredentialsLookup, checkToken } from './token.ts';

/** Logs a client in, or returns the error that refuses it; `undefined` when the client has left. */
export type Authenticate = (
  socket: Socket,
  parameters: ReadonlyMap<string, string>,
  connection: ConnectionConditions,
) => Promise<Login | ServiceError | undefined>;

const databaseName = 'postgres';
const cleartextPassword = 3;
const tokenBytesMax = 64 * 1024;

/**
 * The text of a password message, if it is one: a client that has not logged in may send any bytes.
 */
const tokenIn = (bytes: Buffer): string | undefined => {
  try {
    return readPayload(bytes).string();
  } catch {
    return undefined;
  }
};

/** Waits for the token, which a client sends as its password. */
const readToken = (socket: Socket): Promise<string | undefined> =>
  new Promise((done) => {
    const reader = createFrameReader({
      bytesMax: tokenBytesMax,
      onFrame: ({ type, bytes }) => {
        socket.off('data', reader.push);
        socket.off('close', gone);
        socket.pause();
        done(type === frontend.password ? tokenIn(bytes) : undefined);
      },
      onInvalid: () => done(undefined),
    });
    const gone = (): void => done(undefined);
    socket.on('data', reader.push);
    socket.on('close', gone);
    socket.write(encodeFrame(reply.authentication, encodeInt32(cleartextPassword)));
  });

export const createAuthentication = (options: {
  readonly region: string;
  readonly hosts: readonly string[];
  readonly auth: boolean;
  readonly credentials: CredentialsLookup;
  readonly clock: { readonly now: () => number };
  readonly roleConnector: RoleConnector;
  readonly connectionLimit: ConnectionLimit;
}): Authenticate => {
  const { auth, hosts, region, credentials, clock, roleConnector, connectionLimit } = options;
  const logins = createLogins(roleConnector);

  const authenticate = async (
    socket: Socket,
    user: string,
    connection: ConnectionConditions,
  ): Promise<ServiceError | undefined> => {
    if (!auth) return undefined;
    const token = await readToken(socket);
    if (token === undefined) return accessDenied();
    if (connection.endsAt('password')) socket.destroy();
    await delay(connection.roundTripMs(), undefined, { ref: false });
    const verdict = checkToken(token, { user, hosts, region, credentials, now: clock.now() });
    if (!verdict.accepted) return accessDenied(verdict.hint);
    if (user === 'admin' || (await roleConnector.isMapped(user, verdict.principalArn)))
      return undefined;
    return accessDenied();
  };

  return async (socket, parameters, connection) => {
    const { user = '', database = user, ...settings } = Object.fromEntries(parameters);
    await connection.isolation();
    if (connection.endsAt('startup')) socket.destroy();
    await delay(connection.roundTripMs(), undefined, { ref: false });
    // A socket that is closed already emits no `close`, so it would keep its place for ever.
    if (socket.destroyed) return undefined;
    const refused = connection.refusal() ?? connectionLimit.enter();
    if (refused) return refused;
    socket.once('close', connectionLimit.leave);
    if (user === '') {
      return { code: '28000', message: 'no PostgreSQL user name specified in startup packet' };
    }
    if (database !== databaseName) {
      return { code: '3D000', message: `database "${database}" does not exist` };
    }
    const refusal =
      (await authenticate(socket, user, connection)) ?? refuseStartupSettings(settings);
    return refusal ?? (await logins.enter(user, settings));
  };
};
