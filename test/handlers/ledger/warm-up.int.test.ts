import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

let server: Server;
let connected = 0;

beforeAll(async () => {
  // Refuses TLS, which nobody tries again: only that somebody comes is of interest.
  server = createServer((socket) => {
    connected += 1;
    socket.on('error', () => undefined).end('no TLS here');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'key',
    DSQL_ENDPOINT: `127.0.0.1:${address.port}`,
    DSQL_USER: 'ledger_app',
    EVENT_BUS_NAME: 'ledger',
    INBOX_RETENTION_MS: '0',
    OUTBOX_GRACE_MS: '0',
    OUTBOX_TAKEOVER_AGE_MS: '0',
    OUTBOX_REPLAY_WINDOW_MS: '0',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});

beforeEach(() => {
  connected = 0;
});

afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});

describe('a function that is called again and again', () => {
  it.each(['ledger-api', 'project-totals', 'audit-replica', 'relay-outbox'])(
    'opens its connection during INIT, which nobody waits for: %s',
    async (name) => {
      await import(`../../../src/handlers/ledger/${name}.lambda.ts`);
      expect(connected).toBe(1);
    },
  );
});
