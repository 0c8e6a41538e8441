import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createService } from '../../../src/handlers/runtime/index.ts';

/** Takes connections and never answers. */
const silent = createServer((socket) => {
  sockets.push(socket);
});
let sockets: Socket[] = [];

beforeEach(async () => {
  sockets = [];
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  await once(silent, 'close');
});

describe('a service', () => {
  it('opens as many connections at once as its function works on', async () => {
    const config = {
      region: 'us-east-1',
      dsqlEndpoint: `127.0.0.1:${(silent.address() as AddressInfo).port}`,
      dsqlUser: 'orders',
      dsqlSerial: false,
      dsqlPlainBegin: false,
      dsqlPreparedStatementsMax: undefined,
      outboxGraceMs: 0,
      outboxTakeoverAgeMs: 0,
      outboxReplayWindowMs: 0,
      tracing: false,
    };
    const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };
    const { connections } = createService(config, 'orders', keys, 4);
    const deadline = Date.now() + 2_000;
    const works = Array.from({ length: 4 }, () => connections.use(async () => undefined, deadline));
    const settled = Promise.allSettled(works);
    await expect.poll(() => sockets.length).toBe(4);
    await settled;
    await connections.close();
  });
});
