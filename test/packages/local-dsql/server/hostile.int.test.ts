import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeError,
  encodeFrame,
  encodeInt32,
  frontend,
} from '../../../../packages/local-dsql/src/protocol/protocol.ts';
import { type LocalDsql, startLocalDsql } from '../support.ts';
import {
  dial,
  dialTls,
  fatal,
  login,
  parse,
  query,
  startup,
  untilClosed,
} from './hand-written-client.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
});

afterAll(() => dsql.stop());

/** After whatever a test did: the endpoint works, and PostgreSQL has no session left over. */
afterEach(async () => {
  const { rows } = await dsql.withClient((client) => client.query('SELECT 42 AS answer'));
  expect(rows).toEqual([{ answer: 42 }]);
  await expect.poll(() => dsql.backends()).toBe(0);
});

describe('a stranger is refused', () => {
  it.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a huge startup packet', Buffer.concat([encodeInt32(2 ** 30), Buffer.alloc(100)])],
    ['a negative length', Buffer.concat([encodeInt32(-5), Buffer.alloc(100)])],
    ['an old protocol', Buffer.concat([encodeInt32(8), encodeInt32(131_072)])],
    [
      'strings that do not end',
      Buffer.concat([encodeInt32(12), encodeInt32(196_608), Buffer.from('user')]),
    ],
    ['a TLS record of noise', Buffer.concat([Buffer.of(0x16, 3, 1, 0, 50), Buffer.alloc(50, 7)])],
  ])('with %s', async (_, bytes) => {
    const socket = await dial(dsql);
    socket.write(bytes);
    await untilClosed(socket);
  });

  it('with TLS but without a name', async () => {
    const socket = await dialTls(dsql);
    socket.write(startup('database', 'postgres'));
    const [error] = await untilClosed(socket);
    expect(error && decodeError(error.bytes)).toMatchObject({ S: 'FATAL', C: '28000' });
  });

  it.each([
    ['a token that does not end', encodeFrame(frontend.password, Buffer.from('abcd'))],
    ['an empty password message', encodeFrame(frontend.password, Buffer.alloc(0))],
    ['another message than its token', encodeFrame(frontend.query, Buffer.from('SELECT 1'))],
  ])('with %s', async (_, message) => {
    const socket = await dialTls(dsql);
    socket.write(startup('user', 'admin', 'database', 'postgres'));
    socket.write(message);
    const frames = await untilClosed(socket);
    const error = frames.at(-1);
    expect(error && decodeError(error.bytes)).toMatchObject({ S: 'FATAL', C: '28000' });
  });

  it('with direct TLS but without ALPN', async () => {
    const { ca } = dsql.certificate;
    const socket = connectTls({
      port: dsql.endpoint.port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca,
    });
    socket.on('error', () => undefined);
    await untilClosed(socket);
  });
});

describe('a client that misbehaves loses its own connection only', () => {
  it.each([0, 1, 3, 8])('when it leaves after %i bytes of the startup', async (size) => {
    const socket = await dial(dsql);
    socket.end(startup('user', 'admin').subarray(0, size));
    await untilClosed(socket);
  });

  it('when it sends a message of 100 MB, without the endpoint reading it all', async () => {
    const socket = await login(dsql);
    socket.write(Buffer.concat([Buffer.of(frontend.query), encodeInt32(100 * 1024 ** 2)]));
    socket.write(Buffer.alloc(1024 ** 2));
    const [error] = await untilClosed(socket);
    expect(error && decodeError(error.bytes)).toMatchObject({
      C: '08P01',
      M: 'invalid message length',
    });
  });

  it('when it sends messages of no known kind, after which nothing is read, and nothing again', async () => {
    await dsql.withClient((client) => client.query('CREATE TABLE heard (id int)'));
    const socket = await login(dsql);
    const insert = query('INSERT INTO heard VALUES (1)');
    socket.write(Buffer.concat([insert, encodeFrame(0x01, Buffer.from('nonsense'))]));
    const closed = untilClosed(socket);
    await delay(100);
    socket.write(query('INSERT INTO heard VALUES (2)'));
    expect(fatal(await closed)).toMatchObject({ S: 'FATAL', C: '08P01' });
    const { rows } = await dsql.withClient((client) => client.query('SELECT id FROM heard'));
    expect(rows).toEqual([{ id: 1 }]);
  });

  it.each([
    ['a Flush', [parse('SELECT 1'), encodeFrame(frontend.flush), encodeFrame(frontend.sync)]],
    ['another query', [query('SELECT pg_sleep(0.1)')]],
  ])('when a string does not end in a message that waits behind %s', async (_, frames) => {
    const socket = await login(dsql);
    socket.write(Buffer.concat([...frames, encodeFrame(frontend.query, Buffer.from('SELECT 1'))]));
    expect(fatal(await untilClosed(socket))).toMatchObject({ S: 'FATAL', C: '08P01' });
  });

  it('when a string in a message does not end', async () => {
    const socket = await login(dsql);
    socket.write(encodeFrame(frontend.query, Buffer.from('SELECT 1')));
    await untilClosed(socket);
  });

  it('when it half-closes its side in a transaction', async () => {
    const socket = await login(dsql);
    socket.write(query('BEGIN'));
    await once(socket, 'data');
    socket.end();
    await untilClosed(socket);
  });

  it('when it vanishes in the middle of a statement', async () => {
    const socket = await login(dsql);
    socket.write(query('SELECT pg_sleep(0.3)'));
    await delay(50);
    socket.destroy();
  });

  it('when it never reads what it asked for', async () => {
    const socket = await login(dsql);
    socket.pause();
    const before = process.memoryUsage().rss;
    socket.write(query("SELECT repeat('x', 100000) FROM generate_series(1, 20000)"));
    await delay(500);
    const { rows } = await dsql.withClient((client) => client.query('SELECT 42 AS answer'));
    expect(rows).toEqual([{ answer: 42 }]);
    expect(process.memoryUsage().rss - before).toBeLessThan(1024 ** 3);
    socket.destroy();
  });
});

describe('a session ends', () => {
  it('for the client when PostgreSQL ends it', async () => {
    const client = dsql.client();
    await client.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    await dsql.withClient((other) => other.query('SELECT pg_terminate_backend($1)', [rows[0].pid]));
    await ended;
  });

  it('for everybody when the endpoint stops, which leaves no connection behind', async () => {
    const local = await startLocalDsql();
    const client = local.client();
    await client.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    await local.endpoint.stop();
    await ended;
    await expect.poll(() => local.backends()).toBe(0);
    await local.stop();
  });
});

describe('the message FunctionCall', () => {
  /** Calls the function of number 1299, `now`, without arguments, with a result in text. */
  const call = encodeFrame(
    frontend.functionCall,
    Buffer.concat([encodeInt32(1299), Buffer.alloc(6)]),
  );

  const answersTo = async (...messages: readonly Buffer[]) => {
    const socket = await login(dsql);
    socket.write(Buffer.concat([...messages, encodeFrame(frontend.terminate)]));
    return await untilClosed(socket);
  };

  const kinds = (frames: readonly { readonly type: number }[]): string =>
    frames.map(({ type }) => String.fromCharCode(type)).join('');

  it('is refused, and the session goes on', async () => {
    const frames = await answersTo(call, query('SELECT 42'));
    expect(kinds(frames)).toBe('EZTDCZ');
    expect(frames[0] && decodeError(frames[0].bytes)).toMatchObject({
      S: 'ERROR',
      C: '42883',
      M: 'function call by FunctionCall() does not exist',
    });
  });

  it('ends the transaction around it', async () => {
    const frames = await answersTo(query('BEGIN'), call, query('SELECT 42'));
    expect(kinds(frames)).toBe('CZEZEZ');
    expect(frames[4] && decodeError(frames[4].bytes)).toMatchObject({ C: '25P02' });
  });
});

describe('a client that leaves before TLS is settled', () => {
  const wantsTls = Buffer.concat([encodeInt32(8), encodeInt32(80_877_103)]);

  it.each([
    ['with its request', (socket: Socket) => socket.end(wantsTls)],
    ['by a reset', (socket: Socket) => socket.write(wantsTls, () => socket.resetAndDestroy())],
    [
      'by a reset at the answer',
      (socket: Socket) => {
        socket.once('data', () => socket.resetAndDestroy());
        socket.write(wantsTls);
      },
    ],
    [
      'in the middle of its first TLS record',
      (socket: Socket) => {
        socket.once('data', () => socket.end(Buffer.of(0x16, 3, 1)));
        socket.write(wantsTls);
      },
    ],
  ])('ends nothing but its connection: %s', async (_, leave) => {
    for (let times = 0; times < 5; times += 1) {
      const socket = await dial(dsql);
      const closed = once(socket, 'close');
      leave(socket);
      socket.resume();
      await closed;
    }
  });
});
