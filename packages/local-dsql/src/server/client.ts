import type { Socket } from 'node:net';
import type { NetworkConditions, ProtocolStep } from '../injection/network-conditions.ts';
import {
  createFrameReader,
  type Frame,
  frontend,
  invalidFormat,
  join,
  type ServiceError,
} from '../protocol/protocol.ts';
import { refuse } from '../protocol/send-error.ts';
import type { SessionClient } from '../session/session-client.ts';

/** Bytes that wait for a client before PostgreSQL is made to wait too. */
const unreadBytesMax = 1024 * 1024;

/** Messages of a session; DSQL has no function calls outside of SQL. */
const messageTypes: ReadonlySet<number> = new Set(
  Object.values(frontend).filter((type) => type !== frontend.functionCall),
);

const stepOf: Readonly<Record<number, ProtocolStep>> = {
  [frontend.query]: 'query',
  [frontend.parse]: 'parse',
  [frontend.bind]: 'bind',
  [frontend.describe]: 'describe',
  [frontend.execute]: 'execute',
  [frontend.close]: 'close',
  [frontend.sync]: 'sync',
  [frontend.flush]: 'flush',
};

/**
 * A client's end of a session: answers leave in few packets, and none while they are held back.
 *
 * @param onBacklog the client reads more slowly than it is answered
 */
export const createSocketClient = (socket: Socket, onBacklog: () => void): SessionClient => {
  let answers: Buffer[] = [];
  let held = false;
  let pauses = 0;
  const flush = (): void => {
    if (held || answers.length === 0) return;
    const bytes = join(answers);
    answers = [];
    // Nothing follows the word that ends a connection.
    if (socket.writableEnded || socket.destroyed) return;
    socket.write(bytes);
    if (socket.writableLength > unreadBytesMax) onBacklog();
  };
  return {
    write: (bytes) => void answers.push(bytes),
    flush,
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
    },
    pause: () => {
      pauses += 1;
      socket.pause();
    },
    resume: () => {
      pauses -= 1;
      if (pauses === 0) socket.resume();
    },
    close: () => void socket.end(),
    closeWithError: (error) => {
      held = false;
      flush();
      refuse(socket, error);
    },
    cut: () => void socket.destroy(),
  };
};

/** What becomes of a client's messages, each after its time on the way. */
export type Listener = {
  readonly onFrame: (frame: Frame) => void;
  /** The client has sent something that is no message; nothing is read after it. */
  readonly onInvalid: (error: ServiceError) => void;
  /** The client is gone, and what it had sent before has arrived. */
  readonly onGone: () => void;
};

/** Reads a client's messages until the last one has arrived. */
export const listen = (
  socket: Socket,
  conditions: NetworkConditions,
  messageBytesMax: number,
  { onFrame, onInvalid, onGone }: Listener,
): void => {
  const onTheWay: Buffer[] = [];
  let isCut = false;
  let isLeaving = false;
  /** What a client sends before it closes the connection arrives; where this end was closed, nothing does. */
  const isHeard = (): boolean => !isCut && (!socket.destroyed || socket.readableEnded);

  const reader = createFrameReader({
    bytesMax: messageBytesMax,
    onFrame: (frame) => {
      if (!messageTypes.has(frame.type)) throw new RangeError('unknown message');
      const step = stepOf[frame.type];
      if (step !== undefined && conditions.endsAt(step)) {
        isCut = true;
        socket.destroy();
      }
      if (isHeard()) onFrame(frame);
    },
    onInvalid: () => onInvalid({ code: '08P01', message: 'invalid message length' }),
  });
  const take = (chunk: Buffer): void => {
    try {
      reader.push(chunk);
    } catch {
      onInvalid(invalidFormat);
    }
  };
  // Whichever timer ends takes the oldest: the order stays although the delay may change.
  const arrive = (): void => {
    const chunk = onTheWay.shift();
    if (chunk) take(chunk);
    if (isLeaving && onTheWay.length === 0) onGone();
  };
  socket.on('data', (chunk) => {
    const ms = conditions.roundTripMs();
    if (ms === 0 && onTheWay.length === 0) {
      take(chunk);
      return;
    }
    onTheWay.push(chunk);
    setTimeout(arrive, ms).unref();
  });
  socket.on('close', () => {
    if (!isHeard()) onTheWay.length = 0;
    if (onTheWay.length > 0) isLeaving = true;
    else onGone();
  });
};
