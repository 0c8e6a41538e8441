import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createFrameReader,
  decodeError,
  encodeFrame,
  encodeInt32,
  encodeStrings,
  type Frame,
  frontend,
} from '../../../../packages/local-dsql/src/protocol/protocol.ts';
import { type LocalDsql, signToken, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
});

afterAll(() => dsql.stop());

/** After whatever a test did: the endpoint works, and PostgreSQL has no session left over. */
afterEach(async () => {
  const { rows } = await dsql.withClient((client) => client.query('SELECT 42 AS answer'));
  expect(rows).toEqual([{ answer: 42 }]);
  await expect.poll(() => dsql.backends(), { timeout: 5_000 }).toBe(0);
});

const dial = async (): Promise<Socket> => {
  const socket = connect(dsql.endpoint.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};

const dialTls = async (local = dsql): Promise<TLSSocket> => {
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
const untilClosed = async (socket: Socket): Promise<readonly Frame[]> => {
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

const startup = (...strings: readonly string[]): Buffer => {
  const body = Buffer.concat([encodeInt32(196_608), encodeStrings(...strings), Buffer.alloc(1)]);
  return Buffer.concat([encodeInt32(body.length + 4), body]);
};

/** A session by hand, up to the first ReadyForQuery. */
const login = async (local = dsql): Promise<TLSSocket> => {
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
const fatal = (frames: readonly Frame[]) => {
  const error = frames.findLast(({ type }) => type === 0x45);
  return error && decodeError(error.bytes);
};

/** An unnamed statement without parameters. */
const parse = (sql: string): Buffer =>
  encodeFrame(frontend.parse, Buffer.concat([encodeStrings('', sql), Buffer.alloc(2)]));

const query = (sql: string): Buffer => encodeFrame(frontend.query, encodeStrings(sql));

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
    const socket = await dial();
    socket.write(bytes);
    await untilClosed(socket);
  });

  it('with TLS but without a name', async () => {
    const socket = await dialTls();
    socket.write(startup('database', 'postgres'));
    const [error] = await untilClosed(socket);
    expect(error && decodeError(error.bytes)).toMatchObject({ S: 'FATAL', C: '28000' });
  });

  it.each([
    ['a token that does not end', encodeFrame(frontend.password, Buffer.from('abcd'))],
    ['an empty password message', encodeFrame(frontend.password, Buffer.alloc(0))],
    ['another message than its token', encodeFrame(frontend.query, Buffer.from('SELECT 1'))],
  ])('with %s', async (_, message) => {
    const socket = await dialTls();
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
    const socket = await dial();
    socket.end(startup('user', 'admin').subarray(0, size));
    await untilClosed(socket);
  });

  it('when it sends a message of 100 MB, without the endpoint reading it all', async () => {
    const socket = await login();
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
    const socket = await login();
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
    const socket = await login();
    socket.write(Buffer.concat([...frames, encodeFrame(frontend.query, Buffer.from('SELECT 1'))]));
    expect(fatal(await untilClosed(socket))).toMatchObject({ S: 'FATAL', C: '08P01' });
  });

  it('when a string in a message does not end', async () => {
    const socket = await login();
    socket.write(encodeFrame(frontend.query, Buffer.from('SELECT 1')));
    await untilClosed(socket);
  });

  it('when it half-closes its side in a transaction', async () => {
    const socket = await login();
    socket.write(query('BEGIN'));
    await once(socket, 'data');
    socket.end();
    await untilClosed(socket);
  });

  it('when it vanishes in the middle of a statement', async () => {
    const socket = await login();
    socket.write(query('SELECT pg_sleep(0.3)'));
    await delay(50);
    socket.destroy();
  });

  it('when it never reads what it asked for', async () => {
    const socket = await login();
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

/** Binds one text to an unnamed statement. */
const bind = (text: string): Buffer =>
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

describe('a client that sends ahead', () => {
  it('is read on when a large message has waited for the rest of its batch', async () => {
    const socket = await login();
    const closed = untilClosed(socket);
    socket.write(Buffer.concat([query('SELECT pg_sleep(0.3)'), parse('SELECT length($1::text)')]));
    socket.write(bind('x'.repeat(2 ** 20)));
    socket.write(bind('x'.repeat(2 ** 20)));
    await delay(600);
    socket.write(
      Buffer.concat([
        encodeFrame(frontend.execute, Buffer.concat([encodeStrings(''), encodeInt32(0)])),
        encodeFrame(frontend.sync),
        encodeFrame(frontend.terminate),
      ]),
    );
    const types = (await closed).map(({ type }) => String.fromCharCode(type));
    expect(types.join('')).toBe('TDCZ122DCZ');
  });

  it('loses its connection when it sends without end and never a Sync', async () => {
    const small = await startLocalDsql({ limits: { batchBytesMax: 2 ** 20 } });
    const socket = await login(small);
    const closed = untilClosed(socket);
    for (let at = 0; at < 20 && !socket.destroyed; at += 1) socket.write(bind('x'.repeat(2 ** 17)));
    expect(fatal(await closed)).toMatchObject({ S: 'FATAL', C: '54000' });
    await expect.poll(() => small.backends()).toBe(0);
    await small.stop();
  });

  it('is not read on while PostgreSQL does not take the data of its COPY', async () => {
    await dsql.withClient((client) => client.query('CREATE TABLE filled (id int PRIMARY KEY)'));
    const holder = new pg.Client({ ...dsql.postgres });
    await holder.connect();
    await holder.query('BEGIN; INSERT INTO filled VALUES (2)');
    const socket = await login();
    socket.write(query('COPY filled FROM STDIN'));
    await once(socket, 'data');
    const rows = Array.from({ length: 2000 }, (_, at) => `${at}\n`).join('');
    socket.write(encodeFrame(frontend.copyData, Buffer.from(rows)));
    const size = 2 ** 20;
    const data = encodeFrame(frontend.copyData, Buffer.alloc(size, '1'));
    for (let at = 0; at < 64; at += 1) socket.write(data);
    await delay(1000);
    expect(socket.writableLength).toBeGreaterThan(32 * size);
    await holder.query('ROLLBACK');
    await holder.end();
    await expect.poll(() => socket.writableLength, { timeout: 10_000 }).toBe(0);
    socket.destroy();
  });

  it('may send the rest of a COPY that has failed, which nobody keeps', async () => {
    const small = await startLocalDsql({ limits: { batchBytesMax: 2 ** 20 } });
    await small.withClient((client) => client.query('CREATE TABLE copied (id int)'));
    const socket = await login(small);
    const closed = untilClosed(socket);
    socket.write(query('COPY copied FROM STDIN'));
    await delay(200);
    socket.write(encodeFrame(frontend.copyData, Buffer.from('nonsense\n')));
    await delay(200);
    const data = encodeFrame(frontend.copyData, Buffer.alloc(2 ** 17, '1\n'));
    for (let at = 0; at < 20; at += 1) socket.write(data);
    socket.write(Buffer.concat([encodeFrame(frontend.copyDone), query('SELECT 1')]));
    socket.write(encodeFrame(frontend.terminate));
    const types = (await closed).map(({ type }) => String.fromCharCode(type));
    expect(types.join('')).toBe('GEZTDCZ');
    await small.stop();
  });
});

/** Types of the answers to what is sent at once, a goodbye behind it. */
const answersTo = async (...messages: readonly Buffer[]): Promise<string> => {
  const socket = await login();
  const closed = untilClosed(socket);
  socket.write(Buffer.concat([...messages, encodeFrame(frontend.terminate)]));
  return (await closed).map(({ type }) => String.fromCharCode(type)).join('');
};

describe('a client that waits for no answer', () => {
  const sync = encodeFrame(frontend.sync);
  const bindNothing = encodeFrame(
    frontend.bind,
    Buffer.concat([encodeStrings('', ''), Buffer.alloc(6)]),
  );
  const execute = encodeFrame(frontend.execute, Buffer.concat([encodeStrings(''), encodeInt32(0)]));
  const data = [
    ...['1\n', '2\n'].map((row) => encodeFrame(frontend.copyData, Buffer.from(row))),
    encodeFrame(frontend.copyDone),
  ];
  const rows = async () =>
    (await dsql.withClient((client) => client.query('SELECT id FROM sent ORDER BY id'))).rows;

  beforeAll(() => dsql.withClient((client) => client.query('CREATE TABLE sent (id int)')));
  afterEach(() => dsql.withClient((client) => client.query('DELETE FROM sent')));

  it('may send the data of a COPY with it', async () => {
    const types = await answersTo(query('COPY sent FROM STDIN'), ...data, query('SELECT 1'));
    expect(types).toBe('GCZTDCZ');
    expect(await rows()).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('may send the data of a COPY with it, by the extended protocol', async () => {
    const copy = [parse('COPY sent FROM STDIN'), bindNothing, execute, sync];
    expect(await answersTo(...copy, ...data, sync, query('SELECT 1'))).toBe('12GCZTDCZ');
    expect(await rows()).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('may send the data of two COPYs of one text', async () => {
    const copy = 'COPY sent FROM STDIN';
    expect(await answersTo(query(`${copy}; ${copy}`), ...data, ...data, sync)).toBe('GCGCZZ');
    expect(await rows()).toHaveLength(4);
  });

  it('is not sent away before all of it is done', async () => {
    const inserts = [
      'BEGIN',
      'INSERT INTO sent VALUES (1)',
      'INSERT INTO sent VALUES (2)',
      'COMMIT',
    ];
    expect(await answersTo(...inserts.map(query))).toBe('CZCZCZCZ');
    expect(await rows()).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('leaves no session behind when its goodbye comes amid the data of a COPY', async () => {
    expect(await answersTo(query('COPY sent FROM STDIN'), ...data.slice(0, 1))).toMatch(/^G/);
    expect(await rows()).toEqual([]);
  });

  it('leaves no session behind when the answer to what it sent before its goodbye is lost', async () => {
    dsql.endpoint.failures.set({ lostCommit: 1 });
    expect(await answersTo(query('INSERT INTO sent VALUES (1)'))).toBe('');
    dsql.endpoint.failures.clear();
    expect(await rows()).toEqual([{ id: 1 }]);
  });

  it('may send a COPY whole, with its data, although others are at work', async () => {
    await dsql.withClient((admin) => admin.query('CREATE TABLE parent (id int PRIMARY KEY)'));
    await dsql.withClient((admin) => admin.query('INSERT INTO parent VALUES (1), (2)'));
    await dsql.withClient((admin) =>
      admin.query('CREATE TABLE child (id int REFERENCES parent (id))'),
    );
    await dsql.withClient(async (other) => {
      await other.query('BEGIN');
      await other.query('SELECT FROM parent');
      const copy = [parse('COPY child FROM STDIN'), bindNothing, execute];
      expect(await answersTo(...copy, ...data, sync)).toBe('12GCZ');
      await other.query('ROLLBACK');
      expect((await other.query('SELECT FROM child')).rows).toHaveLength(2);
    });
  });

  it.each([
    ['a statement', query('SELECT 1')],
    ['something that is no message', encodeFrame(0x21)],
  ])('loses its connection for %s amid the data of a COPY', async (_, message) => {
    const socket = await login();
    const closed = untilClosed(socket);
    socket.write(Buffer.concat([query('COPY sent FROM STDIN'), ...data.slice(0, 1)]));
    await delay(100);
    socket.write(message);
    expect(fatal(await closed)).toMatchObject({ C: '08P01' });
    expect(await rows()).toEqual([]);
  });

  it('has all of it done at a distance, too', async () => {
    dsql.endpoint.network.setDelays({ roundTripMs: 50, commitMs: 0 });
    const socket = await login();
    socket.end(
      Buffer.concat([query('INSERT INTO sent VALUES (3)'), encodeFrame(frontend.terminate)]),
    );
    await once(socket, 'close');
    dsql.endpoint.network.setDelays({ roundTripMs: 0, commitMs: 0 });
    await expect.poll(rows, { timeout: 5_000 }).toEqual([{ id: 3 }]);
  });

  it('has all of it done though it does not stay', async () => {
    const socket = await login();
    const inserts = ['SELECT pg_sleep(0.3)', 'INSERT INTO sent VALUES (3)'];
    socket.end(Buffer.concat([...inserts.map(query), encodeFrame(frontend.terminate)]));
    await expect.poll(rows, { timeout: 5_000 }).toEqual([{ id: 3 }]);
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
