import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  createFrameReader,
  decodeError,
  encodeFrame,
  encodeInt32,
  encodeStrings,
  type Frame,
  frontend,
} from '../../../../packages/local-dsql/src/protocol/protocol.ts';
import { type LocalDsql, signToken } from '../support.ts';

export const dial = async (dsql: LocalDsql): Promise<Socket> => {
  const socket = connect(dsql.endpoint.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};

export const dialTls = async (local: LocalDsql): Promise<TLSSocket> => {
  const socket = connectTls({
    port: local.endpoint.port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: local.certificate.ca,
    ALPNProtocols: ['postgresql'],
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
};

/** Collects messages until the peer closes. */
export const untilClosed = async (socket: Socket): Promise<readonly Frame[]> => {
  const frames: Frame[] = [];
  const reader = createFrameReader({
    bytesMax: 1024 ** 3,
    onFrame: (frame) => frames.push(frame),
    onInvalid: () => undefined,
  });
  socket.on('data', reader.push);
  if (!socket.closed) await once(socket, 'close');
  return frames;
};

export const startup = (...strings: readonly string[]): Buffer => {
  const body = Buffer.concat([encodeInt32(196_608), encodeStrings(...strings), Buffer.alloc(1)]);
  return Buffer.concat([encodeInt32(body.length + 4), body]);
};

/** A session by hand, up to the first ReadyForQuery. */
export const login = async (local: LocalDsql): Promise<TLSSocket> => {
  const socket = await dialTls(local);
  socket.write(startup('user', 'admin', 'database', 'postgres'));
  socket.write(encodeFrame(frontend.password, encodeStrings(await signToken())));
  const ready = Promise.withResolvers<void>();
  const reader = createFrameReader({
    bytesMax: 1024 ** 2,
    onFrame: ({ type }) => type === 0x5a && ready.resolve(),
    onInvalid: () => undefined,
  });
  socket.on('data', reader.push);
  await ready.promise;
  socket.off('data', reader.push);
  return socket;
};

/** Why the endpoint has ended a connection. */
export const fatal = (frames: readonly Frame[]) => {
  const error = frames.findLast(({ type }) => type === 0x45);
  return error && decodeError(error.bytes);
};

/** An unnamed statement without parameters. */
export const parse = (sql: string): Buffer =>
  encodeFrame(frontend.parse, Buffer.concat([encodeStrings('', sql), Buffer.alloc(2)]));

export const query = (sql: string): Buffer => encodeFrame(frontend.query, encodeStrings(sql));

/** Binds one text to an unnamed statement. */
export const bind = (text: string): Buffer =>
  encodeFrame(
    frontend.bind,
    Buffer.concat([
      encodeStrings('', ''),
      Buffer.of(0, 0, 0, 1),
      encodeInt32(text.length),
      Buffer.from(text),
      Buffer.alloc(2),
    ]),
  );

/** Types of the answers to what is sent at once, a goodbye behind it. */
export const answersTo = async (
  dsql: LocalDsql,
  ...messages: readonly Buffer[]
): Promise<string> => {
  const socket = await login(dsql);
  const closed = untilClosed(socket);
  socket.write(Buffer.concat([...messages, encodeFrame(frontend.terminate)]));
  return (await closed).map(({ type }) => String.fromCharCode(type)).join('');
};
