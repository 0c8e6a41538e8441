import type { Socket } from 'node:net';
import type { NetworkConditions, ProtocolStep } from '../injection/network-conditions.ts';
import {
  createFrameReader,
  encodeQuery,
  type Frame,
  frontend,
  invalidFormat,
  join,
  type ServiceError,
} from '../protocol/protocol.ts';
import { sendError } from '../protocol/send-error.ts';
import type { SessionClient } from '../session/session-client.ts';

/** Unsent bytes for a client above which the session stops reading from PostgreSQL. */
const unreadBytesMax = 1024 * 1024;

const messageTypes: ReadonlySet<number> = new Set(Object.values(frontend));

/**
 * Takes the place of the protocol's FunctionCall, which is a batch of its own as a simple Query is.
 * No such function exists, so PostgreSQL answers with an error before it describes any rows, which
 * a client that waits for the result of a call would not understand.
 */
const refusedCall = encodeQuery('SELECT "call by FunctionCall"()');

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
 * Creates a session's client over a socket. It sends answers in few packets.
 *
 * @param onBacklog called when the client reads more slowly than it is answered
 */
export const createSocketClient = (socket: Socket, onBacklog: () => void): SessionClient => {
  let answers: Buffer[] = [];
  let held = false;
  let pauses = 0;
  const flush = (): void => {
    if (held || answers.length === 0) return;
    const bytes = join(answers);
    answers = [];
    // The error that ends a connection is its last message.
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
      sendError(socket, error);
    },
    cut: () => void socket.destroy(),
  };
};

/** Takes a client's messages, each after its delay. */
export type ClientListener = {
  readonly onFrame: (frame: Frame) => void;
  /** The client has sent bytes that are no message. Nothing is read after them. */
  readonly onInvalid: (error: ServiceError) => void;
  /** The client is gone, and its earlier messages have arrived. */
  readonly onGone: () => void;
};

/** Reads a client's messages until the last one has arrived. */
export const listen = (
  socket: Socket,
  conditions: NetworkConditions,
  messageBytesMax: number,
  { onFrame, onInvalid, onGone }: ClientListener,
): void => {
  const onTheWay: Buffer[] = [];
  let isCut = false;
  let isLeaving = false;
  /**
   * Messages that a client sent before it closed the connection arrive. After this end has closed
   * it, none does.
   */
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
      const isCall = frame.type === frontend.functionCall;
      if (isHeard()) onFrame(isCall ? { type: frontend.query, bytes: refusedCall } : frame);
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
  // Each timer takes the oldest message, so that the order stays although the delay may change.
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
