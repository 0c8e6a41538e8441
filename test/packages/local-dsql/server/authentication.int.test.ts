import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeInt32,
  encodeStrings,
} from '../../../../packages/local-dsql/src/protocol/protocol.ts';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql({ limits: { connectionsMax: 1, loginMsMax: 1000 } });
});

afterAll(() => dsql.stop());

/** Whatever a test did: the only place is free. */
afterEach(async () => {
  const answer = async () => {
    const { rows } = await dsql.withClient((client) => client.query('SELECT 42 AS answer'));
    return rows;
  };
  await expect.poll(answer, { timeout: 5_000 }).toEqual([{ answer: 42 }]);
});

const dial = async (): Promise<Socket> => {
  const socket = connect(dsql.endpoint.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};

/** A client that has introduced itself and has not sent its token. */
const introduce = async (plain: Socket): Promise<void> => {
  const { ca } = dsql.certificate;
  const socket = connectTls({
    ...{ socket: plain, host: '127.0.0.1', servername: 'localhost', ca },
    ALPNProtocols: ['postgresql'],
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  const body = Buffer.concat([
    encodeInt32(196_608),
    encodeStrings('user', 'admin', 'database', 'postgres'),
    Buffer.alloc(1),
  ]);
  socket.write(Buffer.concat([encodeInt32(body.length + 4), body]));
};

describe('a client that leaves during its login keeps no place', () => {
  it('when the connection ends at its startup', async () => {
    dsql.endpoint.failures.set({ close: { startup: 1 } });
    await expect(dsql.withClient(async () => 'in')).rejects.toThrow();
    dsql.endpoint.failures.clear();
  });

  it('when it leaves while its Region is cut off', async () => {
    dsql.endpoint.network.cut();
    const plain = await dial();
    await introduce(plain);
    // Longer than a login may take: the endpoint has closed the connection.
    await once(plain, 'close');
    dsql.endpoint.network.join();
  });

  it('when it sends no token', async () => {
    const plain = await dial();
    await introduce(plain);
    plain.destroy();
  });
});

it('a client that sends its startup byte by byte is not waited for any longer', async () => {
  const plain = await dial();
  const closed = once(plain, 'close');
  plain.write(encodeInt32(10_000));
  const dripping = setInterval(() => plain.write(Buffer.of(0)), 100);
  const started = performance.now();
  await closed;
  clearInterval(dripping);
  expect(performance.now() - started).toBeGreaterThan(500);
});
