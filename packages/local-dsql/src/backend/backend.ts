import { connect, type Socket } from 'node:net';
import type { Postgres } from '../postgres/postgres.ts';
import {
  createFrameReader,
  decodeError,
  type ErrorFields,
  encodeFrame,
  encodeInt32,
  encodeStrings,
  type Frame,
  frontend,
  join,
  readPayload,
  startupCode,
  backend as type,
} from '../protocol/protocol.ts';
import { createScramClient } from '../protocol/scram.ts';

/** PostgreSQL's error to a new connection. */
export class BackendRefusal extends Error {
  readonly fields: ErrorFields;
  constructor(fields: ErrorFields) {
    super(fields['M'] ?? 'PostgreSQL refused the connection');
    this.name = 'BackendRefusal';
    this.fields = fields;
  }
}

/** One connection to PostgreSQL, authenticated and ready for queries. */
export interface Backend {
  /** Settings that PostgreSQL reported at the start, such as `server_version`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Names this connection in a cancel request. */
  readonly key: { readonly processId: number; readonly secret: number };
  readonly write: (bytes: Buffer) => void;
  /** Passes further messages to a listener. Call once, before anything is written. */
  readonly attach: (listener: BackendListener) => void;
  /** Stop and restart reading, so that PostgreSQL waits for a slow client. */
  readonly pause: () => void;
  readonly resume: () => void;
  /**
   * Ends the session in PostgreSQL after its current statement. An open transaction is rolled back.
   */
  readonly close: () => void;
  /** Ends the session at once, also in the middle of a statement. */
  readonly abort: () => void;
}

export type BackendListener = {
  readonly onFrame: (frame: Frame) => void;
  /** PostgreSQL reads more slowly than messages come, until `onDrain`. */
  readonly onBacklog: () => void;
  readonly onDrain: () => void;
  /** The messages of one chunk have been passed on: time to flush the answers. */
  readonly onChunkEnd: () => void;
  readonly onClose: () => void;
};

/** PostgreSQL's own limit for one message is 1 GiB. */
const replyBytesMax = 1024 ** 3;

/** Unsent bytes for PostgreSQL above which the client is paused. */
const unsentBytesMax = 1024 * 1024;

/**
 * One buffer for all reads: a socket would otherwise allocate this much for each 8 KiB that
 * PostgreSQL sends.
 */
const readBufferBytes = 64 * 1024;

const open = (
  { host, port }: Pick<Postgres, 'host' | 'port'>,
  onData: (chunk: Buffer) => void = () => undefined,
): Socket => {
  const onread = {
    buffer: Buffer.allocUnsafe(readBufferBytes),
    callback: (size: number, buffer: Uint8Array): boolean => {
      onData(Buffer.from(buffer.subarray(0, size)));
      return true;
    },
  };
  return host.startsWith('/')
    ? connect({ path: `${host}/.s.PGSQL.${port}`, onread })
    : connect({ host, port, noDelay: true, onread });
};

/**
 * Gathers the messages of one event and sends them in one piece at its end. So PostgreSQL is woken
 * once for a Bind, its Execute and their Sync, and not three times.
 */
const createGatherer = (socket: Socket, onBacklog: () => void) => {
  let gathered: Buffer[] = [];
  const flush = (): void => {
    if (gathered.length === 0 || socket.destroyed) return;
    socket.write(join(gathered));
    gathered = [];
    if (socket.writableLength > unsentBytesMax) onBacklog();
  };
  return {
    write: (bytes: Buffer): void => {
      if (gathered.push(bytes) === 1) process.nextTick(flush);
    },
    flush,
  };
};

const startupPacket = (parameters: Readonly<Record<string, string>>): Buffer => {
  const strings = encodeStrings(...Object.entries(parameters).flat());
  const body = Buffer.concat([encodeInt32(startupCode.version3), strings, Buffer.alloc(1)]);
  return Buffer.concat([encodeInt32(body.length + 4), body]);
};

/** Answers PostgreSQL's authentication requests. Returns the next message, if there is one. */
const createAuthenticator = (password: string) => {
  const scram = createScramClient(password);
  const reply = (payload: Buffer): Buffer => encodeFrame(frontend.password, payload);
  return (bytes: Buffer): Buffer | undefined => {
    const payload = readPayload(bytes);
    const kind = payload.int32();
    switch (kind) {
      case 0:
        return undefined;
      case 3:
        return reply(encodeStrings(password));
      case 10: {
        const first = Buffer.from(scram.first());
        return reply(
          Buffer.concat([encodeStrings('SCRAM-SHA-256'), encodeInt32(first.length), first]),
        );
      }
      case 11:
        return reply(Buffer.from(scram.final(payload.rest().toString())));
      case 12:
        if (!scram.verify(payload.rest().toString())) {
          throw new Error('PostgreSQL could not prove that it knows the password.');
        }
        return undefined;
      default:
        throw new Error(`PostgreSQL asks for authentication method ${kind}: use scram-sha-256.`);
    }
  };
};

/**
 * Connects to PostgreSQL as a role.
 *
 * @throws {BackendRefusal} when PostgreSQL answers with an error; {Error} when it cannot be
 * reached.
 */
export const connectBackend = (options: {
  readonly postgres: Pick<Postgres, 'host' | 'port' | 'database'>;
  readonly user: string;
  readonly password: string;
  /** Settings sent with the startup packet. */
  readonly parameters: Readonly<Record<string, string>>;
}): Promise<Backend> =>
  new Promise((done, fail) => {
    const socket = open(options.postgres, (chunk) => receive(chunk));
    const gatherer = createGatherer(socket, () => {
      if (backlogged) return;
      backlogged = true;
      listener?.onBacklog();
    });
    socket.on('drain', () => {
      if (!backlogged) return;
      backlogged = false;
      listener?.onDrain();
    });
    const parameters = new Map<string, string>();
    const authenticate = createAuthenticator(options.password);
    let key = { processId: 0, secret: 0 };
    let listener: BackendListener | undefined;
    let backlogged = false;

    const greet = ({ type: kind, bytes }: Frame): void => {
      if (kind === type.authentication) {
        const answer = authenticate(bytes);
        if (answer) socket.write(answer);
      } else if (kind === type.parameterStatus) {
        const payload = readPayload(bytes);
        parameters.set(payload.string(), payload.string());
      } else if (kind === type.backendKeyData) {
        const payload = readPayload(bytes);
        key = { processId: payload.int32(), secret: payload.int32() };
      } else if (kind === type.errorResponse) {
        fail(new BackendRefusal(decodeError(bytes)));
        socket.destroy();
      } else if (kind === type.readyForQuery) {
        done(opened);
      }
    };
    const opened: Backend = {
      parameters,
      get key() {
        return key;
      },
      write: gatherer.write,
      attach: (next) => {
        listener = next;
      },
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
      close: () => {
        gatherer.flush();
        socket.end(encodeFrame(frontend.terminate));
      },
      abort: () => {
        // PostgreSQL notices the end of a connection only between statements.
        cancelBackend(options.postgres, key);
        socket.destroy();
      },
    };
    const reader = createFrameReader({
      bytesMax: replyBytesMax,
      onFrame: (frame) => (listener ? listener.onFrame(frame) : greet(frame)),
      onInvalid: () => socket.destroy(),
    });
    const receive = (chunk: Buffer): void => {
      try {
        reader.push(chunk);
        listener?.onChunkEnd();
      } catch (error) {
        fail(error);
        socket.destroy();
      }
    };
    socket.on('error', fail);
    socket.on('close', () => {
      fail(new Error('PostgreSQL closed the connection.'));
      listener?.onClose();
    });
    const database = options.postgres.database;
    socket.write(startupPacket({ user: options.user, database, ...options.parameters }));
  });

/** Passes a cancel request on; PostgreSQL answers it by closing the connection. */
export const cancelBackend = (
  postgres: Pick<Postgres, 'host' | 'port'>,
  { processId, secret }: Backend['key'],
): void => {
  const socket = open(postgres);
  socket.on('error', () => undefined);
  socket.end(
    Buffer.concat([16, startupCode.cancel, processId, secret].map((value) => encodeInt32(value))),
  );
};
