import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../packages/cli/src/local/clock.ts';
import {
  createEventBridge,
  eventBridgeRoute,
  readRule,
} from '../../../packages/cli/src/local/eventbridge/index.ts';
import type { HttpRequest } from '../../../packages/local-dsql/src/http/http.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../packages/local-dsql/src/http/http-server.ts';
import { createLocalCertificate } from '../../../packages/local-dsql/src/index.ts';
import {
  createEventBridgeClient,
  putEventsWith,
} from '../../../src/adapters/eventbridge/client.ts';
import {
  createEventBridgePublisher,
  createPutEvents,
  type PutEvents,
  type PutEventsEntry,
} from '../../../src/adapters/eventbridge/index.ts';
import type { EventEnvelope } from '../../../src/domain/kernel/index.ts';
import { anEvent } from '../../support/counter.ts';

const region = 'us-east-1';
const place = { region, account: '000000000000' };
const keys = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'token' };
const soon = () => AbortSignal.timeout(10_000);

let delivered: string[] = [];
let requests: HttpRequest[] = [];
beforeEach(() => {
  delivered = [];
  requests = [];
});

const bridge = createEventBridge({
  ...place,
  buses: ['ledger'],
  rules: [
    readRule(
      {
        EventBusName: 'ledger',
        EventPattern: { source: [{ exists: true }] },
        Targets: [{ Id: 'T', Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' }],
      },
      { name: 'everything', ...place },
    ),
  ],
  clock: createLocalClock(),
  targets: {
    invokeAsync: async (_arn, payload) => {
      delivered.push(payload);
      return 'accepted';
    },
    sendToQueue: async () => 'missing',
    putOnBus: async () => 'missing',
  },
});

let server: HttpServer;
beforeAll(async () => {
  const record = (request: HttpRequest) => {
    requests.push(request);
    return undefined;
  };
  server = await startHttpServer({ port: 0, routes: [record, eventBridgeRoute(bridge)] });
});
afterAll(async () => {
  await bridge.stop();
  await server.stop();
});

const ownPutEvents = (): PutEvents =>
  createPutEvents({ region, url: new URL(server.url), credentials: () => keys });

const sdkPutEvents = (): PutEvents =>
  putEventsWith(
    new EventBridgeClient({ region, endpoint: server.url, credentials: keys, maxAttempts: 1 }),
  );

const entry = (changes: Partial<PutEventsEntry> = {}): PutEventsEntry => ({
  EventBusName: 'ledger',
  Source: 'antipode.ledger',
  DetailType: 'Recorded',
  Detail: '{"text":"漢 é 😀","amount":100.50}',
  Time: new Date('2026-11-23T10:00:00.900Z'),
  ...changes,
});

describe.each([
  ['of our own', ownPutEvents],
  ['on the AWS SDK', sdkPutEvents],
])('PutEvents %s, at the local EventBridge', (_name, connect) => {
  it('puts events on the bus as they are', async () => {
    const { Entries } = await connect()([entry(), entry({ DetailType: 'Other' })], soon());
    await bridge.idle();
    expect(Entries).toEqual([
      expect.objectContaining({ EventId: expect.any(String) }),
      expect.objectContaining({ EventId: expect.any(String) }),
    ]);
    expect(delivered).toHaveLength(2);
    expect(delivered[0]).toContain('"detail":{"text":"漢 é 😀","amount":100.50}}');
    expect(JSON.parse(delivered[0] ?? '')).toMatchObject({
      id: Entries?.[0]?.EventId,
      time: '2026-11-23T10:00:00Z',
      'detail-type': 'Recorded',
    });
  });

  it('tells the result of each entry in its place', async () => {
    const { Entries } = await connect()([entry({ Detail: '[]' }), entry()], soon());
    expect(Entries).toMatchObject([
      { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
      { EventId: expect.any(String) },
    ]);
  });

  it('throws the error of a request that is refused, under the name of its code', async () => {
    const eleven = Array.from({ length: 11 }, () => entry());
    await expect(connect()(eleven, soon())).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('less than or equal to 10'),
    });
    expect(requests).toHaveLength(1);
  });

  it('publishes through the publisher, more events than a request holds', async () => {
    const publisher = createEventBridgePublisher({ busName: 'ledger', putEvents: connect() });
    const events = Array.from({ length: 25 }, (_, index) => anEvent(`event-${index}`));
    const results = await publisher.publish(events, Date.now() + 10_000);
    await bridge.idle();
    expect(results).toEqual(events.map(() => ({ ok: true })));
    const details = delivered.map((text) => (JSON.parse(text) as { detail: EventEnvelope }).detail);
    expect(new Set(details.map(({ subject }) => subject)).size).toBe(25);
    expect(requests).toHaveLength(3);
  });
});

it('the SDK’s client that the adapter makes asks for the keys, and sends a request twice at most', async () => {
  const client = createEventBridgeClient({ region, credentials: () => keys });
  await expect(client.config.credentials()).resolves.toMatchObject(keys);
  expect(await client.config.maxAttempts()).toBe(2);
  client.destroy();
});

describe('PutEvents of our own', () => {
  it('sends the bytes that the SDK sends', async () => {
    const entries = [entry(), entry({ TraceHeader: 'Root=1-2-3', Detail: '{"half":"\\ud800"}' })];
    await ownPutEvents()(entries, soon());
    await sdkPutEvents()(entries, soon());
    const [own, ofSdk] = requests;
    expect(own?.body.toString()).toBe(ofSdk?.body.toString());
    for (const name of ['content-type', 'x-amz-target', 'content-length', 'host']) {
      expect(own?.headers[name]).toBe(ofSdk?.headers[name]);
    }
  });

  it('tells EventBridge who sends', async () => {
    await ownPutEvents()([entry()], soon());
    expect(requests[0]?.headers['user-agent']).toBe('antipode');
  });

  it('carries the trace of the invocation and the keys of the moment', async () => {
    let trace: string | undefined = 'Root=1-one';
    let given: Omit<typeof keys, 'sessionToken'> & { sessionToken?: string } = keys;
    const url = new URL(server.url);
    const putEvents = createPutEvents({
      ...{ region, url },
      credentials: () => given,
      traceHeader: () => trace,
    });
    await putEvents([entry()], soon());
    trace = undefined;
    given = { accessKeyId: 'other', secretAccessKey: 'other' };
    await putEvents([entry()], soon());
    expect(requests[0]?.headers).toMatchObject({
      'x-amzn-trace-id': 'Root=1-one',
      'x-amz-security-token': 'token',
      authorization: expect.stringContaining('Credential=local/'),
    });
    expect(requests[1]?.headers).not.toHaveProperty('x-amzn-trace-id');
    expect(requests[1]?.headers).not.toHaveProperty('x-amz-security-token');
    expect(requests[1]?.headers['authorization']).toContain('Credential=other/');
  });

  it('keeps its path behind an address that has one', async () => {
    const url = new URL('/base/', server.url);
    const putEvents = createPutEvents({ region, url, credentials: () => keys });
    await putEvents([entry()], soon()).catch(() => undefined);
    expect(requests[0]?.path).toBe('/base/');
  });

  it('does not quote a key that no header can carry', async () => {
    const putEvents = createPutEvents({
      ...{ region, url: new URL(server.url) },
      credentials: () => ({ ...keys, sessionToken: 'canary\n' }),
    });
    const error = await putEvents([entry()], soon()).catch(String);
    expect(error).toContain('x-amz-security-token');
    expect(error).not.toContain('canary');
    expect(requests).toEqual([]);
  });
});

describe('over TLS', () => {
  const certificate = createLocalCertificate([region]);
  const trusted = getCACertificates('default');
  let connections = 0;
  let handled = 0;
  const tls = createTlsServer(
    { cert: certificate.cert, key: certificate.key },
    (request, reply) => {
      request.resume().on('end', () => {
        handled += 1;
        reply.end(JSON.stringify({ Entries: [{ EventId: String(handled) }] }));
      });
    },
  );
  let url: URL;
  beforeAll(async () => {
    tls.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    url = new URL(`https://localhost:${(tls.address() as AddressInfo).port}`);
  });
  afterAll(() => {
    setDefaultCACertificates(trusted);
    tls.closeAllConnections();
    tls.close();
  });
  const connect = () => createPutEvents({ region, url, credentials: () => keys });

  it('sends nothing to a server whose certificate nobody has signed, and tries once', async () => {
    const before = connections;
    await expect(connect()([entry()], soon())).rejects.toMatchObject({ name: 'NoAnswer' });
    expect([handled, connections - before]).toEqual([0, 1]);
  });

  it('sends requests one after the other over one connection', async () => {
    setDefaultCACertificates([...trusted, certificate.ca]);
    const before = connections;
    const putEvents = connect();
    for (const id of ['1', '2', '3']) {
      expect(await putEvents([entry()], soon())).toMatchObject({ Entries: [{ EventId: id }] });
    }
    expect(connections - before).toBe(1);
  });
});
