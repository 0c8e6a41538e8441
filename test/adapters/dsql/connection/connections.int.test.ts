import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createLocalCertificate,
  type DsqlLimits,
} from '../../../../packages/local-dsql/src/index.ts';
import {
  type ConnectionPool,
  type ConnectionsOptions,
  createConnections,
  query,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { Fault } from '../../../../src/domain/kernel/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { adminOptions } from '../../../support/dsql-adapter.ts';
import { type ScaledEndpoint, startScaledEndpoint } from '../../../support/scaled-endpoint.ts';

let dsql: TestDsql;
const atEnd: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  dsql = await testDsql();
});

afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end();
});

afterAll(() => dsql.stop());

const scaled = async (
  limits: Partial<DsqlLimits> = {},
  clock?: { readonly now: () => number },
): Promise<ScaledEndpoint> => {
  const endpoint = await startScaledEndpoint(dsql, limits, clock);
  atEnd.push(endpoint.stop);
  return endpoint;
};

const connectionsTo = (
  at: Parameters<typeof adminOptions>[0],
  options: Partial<ConnectionsOptions> = {},
): ConnectionPool => {
  const connections = createConnections({ ...adminOptions(at), size: 1, ...options });
  atEnd.push(connections.close);
  return connections;
};

const canary = 'canary/that+nobody=may/read0000000000000';
const keys = { accessKeyId: canary, secretAccessKey: canary };

const one = statement('SELECT 1 AS one');
const ask = (connections: ConnectionPool, deadline = Date.now() + 10_000) =>
  query(connections, one, { writes: false, deadline });

describe('a token', () => {
  it('is signed for a new connection only', async () => {
    let signed = 0;
    const credentials = () => {
      signed += 1;
      return dsql.credentials;
    };
    const connections = connectionsTo(dsql, { credentials, size: 2 });
    for (let count = 0; count < 50; count += 1) await ask(connections);
    expect(signed).toBe(1);
    await Promise.all([1, 2, 3, 4].map(() => connections.use(() => delay(20))));
    expect(signed).toBe(2);
  });

  it('is signed with the keys as they are when a connection is opened', async () => {
    const endpoint = await scaled();
    let keys = { ...dsql.credentials };
    const credentials = async () => keys;
    const connections = connectionsTo(endpoint, { credentials });
    await ask(connections);
    keys = { accessKeyId: 'AKIA0000000000000000', secretAccessKey: 'replaced' };
    await ask(connections);
    endpoint.cut();
    await delay(50);
    await expect(ask(connections)).rejects.toThrow(/access denied/);
    keys = { ...dsql.credentials };
    await ask(connections);
  });

  it('that came too late is signed once more', async () => {
    const minuteMs = 60_000;
    let behindMs = 5 * minuteMs;
    const clock = { now: () => Date.now() + behindMs };
    const endpoint = await scaled({}, clock);
    const connections = connectionsTo(endpoint, {
      credentials: () => {
        // The second token meets a clock that has been set.
        if (endpoint.knocks().length > 1) behindMs = 0;
        return dsql.credentials;
      },
    });
    await ask(connections);
    expect(endpoint.knocks()).toHaveLength(2);
    behindMs = 5 * minuteMs;
    endpoint.cut();
    await delay(50);
    const denied = connectionsTo(endpoint, { credentials: dsql.credentials });
    await expect(ask(denied)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(endpoint.knocks()).toHaveLength(4);
  });

  it('is not signed, and nobody connects, without keys', async () => {
    const missing = () => {
      throw new Error('no keys here');
    };
    const connections = connectionsTo(dsql, { credentials: missing });
    await expect(ask(connections)).rejects.toThrow(/no keys here/);
  });

  it.each([
    ['accessKeyId', 'an access key id', { accessKeyId: '', secretAccessKey: canary }],
    ['accessKeyId', 'an access key id', undefined],
    ['secretAccessKey', 'a secret access key', { accessKeyId: canary }],
    ['sessionToken', 'a session token', { ...keys, sessionToken: 5 }],
  ])('is not signed with keys whose %s is not %s: no other attempt would be', async (...row) => {
    const [name, must, given] = row;
    const endpoint = await scaled();
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return given as typeof keys;
    };
    const connections = connectionsTo(endpoint, { credentials });
    const error = await ask(connections).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      kind: 'InvariantViolation',
      message: `The keys that "credentials" gives: "${name}" must be ${must}`,
    });
    expect(asked).toBe(1);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(canary);
  });

  it('is signed with keys that come with more, as those of an SDK do', async () => {
    const more = { expiration: new Date(), accountId: '1', sessionToken: '' };
    const credentials = async () => ({ ...dsql.credentials, ...more });
    await ask(connectionsTo(dsql, { credentials }));
  });
});

describe('a connection', () => {
  /**
   * Another way to an endpoint, on an address of this machine; keeps the first byte that each
   * client sends.
   */
  const wayTo = async (endpoint: Pick<ScaledEndpoint, 'endpoint'>, host: string) => {
    const firsts: number[] = [];
    const server = createServer((client) => {
      const upstream = connect(Number(endpoint.endpoint.split(':')[1]), '127.0.0.1');
      client.once('data', ([first = 0]) => firsts.push(first));
      client.pipe(upstream).pipe(client);
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    atEnd.push(async () => server.close());
    return { firsts, endpoint: `${host}:${(server.address() as AddressInfo).port}` };
  };

  it('is encrypted from its first byte', async () => {
    const way = await wayTo(dsql, '127.0.0.1');
    await ask(connectionsTo({ ...dsql, endpoint: way.endpoint }));
    const tlsHandshake = 0x16;
    expect(way.firsts).toEqual([tlsHandshake]);
  });

  it('is refused to a server whose certificate another authority has signed', async () => {
    const { ca } = createLocalCertificate([dsql.region]);
    await expect(ask(connectionsTo({ ...dsql, ca }))).rejects.toThrow(/certificate/);
  });

  it('is refused to a server whose certificate is for another name', async () => {
    // It is for `localhost` and 127.0.0.1.
    const way = await wayTo(dsql, '127.0.0.2');
    const connections = connectionsTo({ ...dsql, endpoint: way.endpoint });
    await expect(ask(connections)).rejects.toMatchObject({
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('that breaks while nobody uses it ends no process, and the next one is new', async () => {
    const endpoint = await scaled();
    const connections = connectionsTo(endpoint);
    await connections.warmUp();
    for (let time = 1; time <= 3; time += 1) {
      endpoint.cut();
      await delay(20);
      await ask(connections);
      expect(endpoint.knocks()).toHaveLength(time + 1);
    }
  });

  it('is opened during INIT, so that the first statement finds it', async () => {
    const endpoint = await scaled();
    const connections = connectionsTo(endpoint);
    await connections.warmUp();
    await ask(connections);
    expect(endpoint.knocks()).toHaveLength(1);
  });

  it('is closed in time though the other side says nothing more', async () => {
    const endpoint = await scaled();
    const connections = connectionsTo(endpoint);
    await connections.use(async (connection) => {
      void connection.flight([statement('SELECT pg_sleep(20)')], Date.now() + 30_000);
    });
    const startedAt = Date.now();
    await connections.close();
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('tells that nothing has happened when a statement was never sent', async () => {
    const endpoint = await scaled();
    const connections = connectionsTo(endpoint);
    await connections.use(async (connection) => {
      endpoint.cut();
      await delay(50);
      const { error } = await connection.flight([statement('COMMIT')], Date.now() + 1_000);
      expect(error).toMatchObject({ kind: 'Unavailable' });
    });
  });
});

describe('a cluster that has no room', () => {
  it.each([
    ['wakes up', { wakingUp: 1 }],
    ['has too many connections', { tooManyConnections: 1 }],
    ['gets too many a second', { rateExceeded: 1 }],
  ])('because it %s is asked again, and lets the client in when it has', async (_, plan) => {
    const endpoint = await scaled();
    endpoint.failures.set(plan);
    const connections = connectionsTo(endpoint);
    const asking = ask(connections, Date.now() + 20_000);
    await delay(700);
    endpoint.failures.clear();
    expect((await asking).rows).toEqual([{ one: 1 }]);
    expect(endpoint.knocks().length).toBeGreaterThan(1);
  });

  it('is not stormed by those who wait for it', async () => {
    const endpoint = await scaled();
    endpoint.failures.set({ rateExceeded: 1 });
    const clients = Array.from({ length: 20 }, () => connectionsTo(endpoint));
    const waitMs = 4_000;
    const asking = clients.map((connections) => ask(connections, Date.now() + waitMs));
    const outcomes = await Promise.allSettled(asking);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    // Waits are uniform below 200, 400, 800, 1,600 … ms: five or six knocks in four seconds, rarely
    // more.
    expect(endpoint.knocks().length).toBeLessThan(8 * clients.length);
    expect(endpoint.knocks().length).toBeGreaterThan(2 * clients.length);
  });

  it('is given up in time, for the reason that it gave', async () => {
    const endpoint = await scaled();
    endpoint.failures.set({ tooManyConnections: 1 });
    const connections = connectionsTo(endpoint);
    // Long enough for a first answer on a busy machine.
    await expect(ask(connections, Date.now() + 8_000)).rejects.toMatchObject({
      kind: 'Unavailable',
      cause: { code: '53300' },
    });
  });
});

describe('a secret', () => {
  /** All that a logger may print of an error, its causes and hidden properties included. */
  const everythingOf = (error: unknown): string => {
    let seen = inspect(error, { depth: 20, showHidden: true, getters: true });
    for (let at = error; at instanceof Error; at = at.cause) {
      seen += `${at.message}${at.stack}${JSON.stringify(at, Object.getOwnPropertyNames(at))}`;
    }
    return seen;
  };

  it('appears in no error, whatever goes wrong, and in no object that is handed out', async () => {
    const credentials = { ...dsql.credentials, secretAccessKey: canary, sessionToken: canary };
    const endpoint = await scaled();
    const denied = connectionsTo(endpoint, { credentials });
    const nobody = connectionsTo({ ...dsql, endpoint: 'localhost:1' }, { credentials });
    const stranger = connectionsTo({ ...dsql, ...{ ca: endpoint.ca } }, { credentials });
    const errors = await Promise.all(
      [denied, nobody, stranger].map((connections) =>
        ask(connections, Date.now() + 3_000).catch((error: unknown) => error),
      ),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(Fault);
      expect(everythingOf(error)).not.toMatch(/canary|X-Amz/);
    }
    expect(inspect([denied, nobody], { depth: 20, showHidden: true })).not.toMatch(/canary|X-Amz/);
  });

  it('is forgotten by a connection that has used it', async () => {
    const connecting = vi.spyOn(pg.Client.prototype, 'connect');
    const connections = connectionsTo(dsql);
    await connections.warmUp();
    const [client] = connecting.mock.contexts;
    connecting.mockRestore();
    expect(inspect(client, { depth: 20, showHidden: true })).toContain('application_name');
    expect(inspect(client, { depth: 20, showHidden: true })).not.toContain('X-Amz');
  });
});
