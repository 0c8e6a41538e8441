import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeFrame,
  encodeInt32,
  encodeStrings,
  frontend,
} from '../../../../packages/local-dsql/src/protocol/protocol.ts';
import { type LocalDsql, startLocalDsql } from '../support.ts';
import { answersTo, bind, fatal, login, parse, query, untilClosed } from './hand-written-client.ts';

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

describe('a client that sends ahead', () => {
  it('is read on when a large message has waited for the rest of its batch', async () => {
    const socket = await login(dsql);
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
    const socket = await login(dsql);
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
    // 64 MiB, which other tests of a busy machine hold up.
    await expect.poll(() => socket.writableLength, { timeout: 90_000 }).toBe(0);
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
    const types = await answersTo(dsql, query('COPY sent FROM STDIN'), ...data, query('SELECT 1'));
    expect(types).toBe('GCZTDCZ');
    expect(await rows()).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('may send the data of a COPY with it, by the extended protocol', async () => {
    const copy = [parse('COPY sent FROM STDIN'), bindNothing, execute, sync];
    expect(await answersTo(dsql, ...copy, ...data, sync, query('SELECT 1'))).toBe('12GCZTDCZ');
    expect(await rows()).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('may send the data of two COPYs of one text', async () => {
    const copy = 'COPY sent FROM STDIN';
    expect(await answersTo(dsql, query(`${copy}; ${copy}`), ...data, ...data, sync)).toBe('GCGCZZ');
    expect(await rows()).toHaveLength(4);
  });

  it('is not sent away before all of it is done', async () => {
    const inserts = [
      'BEGIN',
      'INSERT INTO sent VALUES (1)',
      'INSERT INTO sent VALUES (2)',
      'COMMIT',
    ];
    expect(await answersTo(dsql, ...inserts.map(query))).toBe('CZCZCZCZ');
    expect(await rows()).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('leaves no session behind when its goodbye comes amid the data of a COPY', async () => {
    expect(await answersTo(dsql, query('COPY sent FROM STDIN'), ...data.slice(0, 1))).toMatch(/^G/);
    expect(await rows()).toEqual([]);
  });

  it('leaves no session behind when the answer to what it sent before its goodbye is lost', async () => {
    dsql.endpoint.failures.set({ lostCommit: 1 });
    expect(await answersTo(dsql, query('INSERT INTO sent VALUES (1)'))).toBe('');
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
      expect(await answersTo(dsql, ...copy, ...data, sync)).toBe('12GCZ');
      await other.query('ROLLBACK');
      expect((await other.query('SELECT FROM child')).rows).toHaveLength(2);
    });
  });

  it.each([
    ['a statement', query('SELECT 1')],
    ['something that is no message', encodeFrame(0x21)],
  ])('loses its connection for %s amid the data of a COPY', async (_, message) => {
    const socket = await login(dsql);
    const closed = untilClosed(socket);
    socket.write(Buffer.concat([query('COPY sent FROM STDIN'), ...data.slice(0, 1)]));
    await delay(100);
    socket.write(message);
    expect(fatal(await closed)).toMatchObject({ C: '08P01' });
    expect(await rows()).toEqual([]);
  });

  it('has all of it done at a distance, too', async () => {
    dsql.endpoint.network.setDelays({ roundTripMs: 50, commitMs: 0 });
    const socket = await login(dsql);
    socket.end(
      Buffer.concat([query('INSERT INTO sent VALUES (3)'), encodeFrame(frontend.terminate)]),
    );
    await once(socket, 'close');
    dsql.endpoint.network.setDelays({ roundTripMs: 0, commitMs: 0 });
    await expect.poll(rows).toEqual([{ id: 3 }]);
  });

  it('has all of it done though it does not stay', async () => {
    const socket = await login(dsql);
    const inserts = ['SELECT pg_sleep(0.3)', 'INSERT INTO sent VALUES (3)'];
    socket.end(Buffer.concat([...inserts.map(query), encodeFrame(frontend.terminate)]));
    await expect.poll(rows).toEqual([{ id: 3 }]);
  });
});
