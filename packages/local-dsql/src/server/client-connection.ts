import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Backend, cancelBackend } from '../backend/backend.ts';
import type { LockMonitor } from '../concurrency/lock-monitor.ts';
import type { NetworkConditions } from '../injection/network-conditions.ts';
import type { Postgres } from '../postgres/postgres.ts';
import {
  encodeFrame,
  encodeInt32,
  encodeStrings,
  type Frame,
  frontend,
  backend as reply,
  type ServiceError,
} from '../protocol/protocol.ts';
import { isServiceError, sendError } from '../protocol/send-error.ts';
import type { ReadStatements } from '../session/prepared-statements.ts';
import { createSession, type Session } from '../session/session.ts';
import { createSocketClient, listen } from './client.ts';
import type { DsqlLimits } from './limits.ts';
import type { Login } from './logins.ts';

/** The parts of an endpoint that all its sessions use. */
export type SessionServices = {
  readonly postgres: Postgres;
  readonly readStatements: ReadStatements;
  readonly lockMonitor: LockMonitor;
  readonly limits: DsqlLimits;
  readonly clock: { readonly now: () => number };
  readonly cancellations: Cancellations;
};

/** Names a session in a cancel request. */
export type CancelKey = { readonly processId: number; readonly secret: number };

/**
 * The sessions that can be cancelled. Their keys are the endpoint's own, because a session may have
 * no connection to PostgreSQL yet.
 */
export interface Cancellations {
  readonly add: (cancel: () => void) => CancelKey;
  readonly remove: (key: CancelKey) => void;
  readonly cancel: (key: CancelKey) => void;
}

const keyMax = 2 ** 31;

export const createCancellations = (): Cancellations => {
  const sessions = new Map<string, () => void>();
  const nameOf = ({ processId, secret }: CancelKey): string => `${processId} ${secret}`;
  return {
    add: (cancel) => {
      const key = { processId: randomInt(1, keyMax), secret: randomInt(keyMax) };
      sessions.set(nameOf(key), cancel);
      return key;
    },
    remove: (key) => void sessions.delete(nameOf(key)),
    cancel: (key) => sessions.get(nameOf(key))?.(),
  };
};

const authenticated = encodeFrame(reply.authentication, encodeInt32(0));

/** The messages of PostgreSQL to a new session, for the client. */
const greeting = (
  parameters: ReadonlyMap<string, string>,
  { processId, secret }: CancelKey,
): Buffer =>
  Buffer.concat([
    authenticated,
    ...[...parameters].map(([name, value]) =>
      encodeFrame(reply.parameterStatus, encodeStrings(name, value)),
    ),
    encodeFrame(reply.backendKeyData, Buffer.concat([encodeInt32(processId), encodeInt32(secret)])),
    encodeFrame(reply.readyForQuery, Buffer.from('I')),
  ]);

/**
 * Joins a client to a connection to PostgreSQL, from its first message until one of the two ends.
 */
export const serveClient = (
  socket: Socket,
  login: Login,
  conditions: NetworkConditions,
  services: SessionServices,
): void => {
  const { postgres, limits, cancellations } = services;
  const early: Frame[] = [];
  let backend: Backend | undefined;
  let session: Session | undefined;
  let connecting = false;
  let gone = false;
  let refusal: ServiceError | undefined;

  const begin = async (): Promise<void> => {
    connecting = true;
    socket.pause();
    const result = await login.connect();
    if (isServiceError(result)) {
      sendError(socket, result);
    } else if (gone && early.at(-1)?.type !== frontend.terminate) {
      result.close();
    } else {
      backend = result;
      const client = createSocketClient(socket, result.pause);
      session = createSession({ backend: result, client, conditions, ...services });
      socket.on('drain', result.resume);
      // Before the first message, because the session may pause the socket again.
      socket.resume();
      for (const frame of early.splice(0)) session.receive(frame);
      if (refusal) session.endWithError(refusal);
    }
  };

  const key = cancellations.add(() => backend && cancelBackend(postgres, backend.key));
  const lifetime = setTimeout(() => socket.destroy(), limits.connectionMsMax);
  lifetime.unref();
  socket.on('close', () => {
    clearTimeout(lifetime);
    cancellations.remove(key);
    backend?.resume();
  });
  const receive = (frame: Frame): void => {
    if (session) session.receive(frame);
    else if (frame.type === frontend.terminate && !connecting) socket.end();
    else {
      early.push(frame);
      if (!connecting) begin().catch(() => socket.destroy());
    }
  };
  listen(socket, conditions, limits.messageBytesMax, {
    onFrame: receive,
    onInvalid: (error) => {
      refusal = error;
      if (session) session.endWithError(error);
      else if (!connecting) sendError(socket, error);
    },
    onGone: () => {
      gone = true;
      session?.end();
      if (!connecting) login.abandon();
    },
  });
  // Reading was paused while the token was checked.
  socket.resume();
  socket.write(greeting(login.parameters, key));
};
