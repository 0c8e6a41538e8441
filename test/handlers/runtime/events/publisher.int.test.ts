import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HttpRequest } from '../../../../packages/local-dsql/src/http/http.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../packages/local-dsql/src/http/http-server.ts';
import { createBusPublisher } from '../../../../src/handlers/runtime/events/publisher.ts';
import { anEvent } from '../../../support/counter.ts';

let server: HttpServer;
let requests: HttpRequest[] = [];
beforeAll(async () => {
  const route = (request: HttpRequest) => {
    requests.push(request);
    return { status: 200, body: JSON.stringify({ Entries: [{ EventId: 'id' }] }) };
  };
  server = await startHttpServer({ port: 0, routes: [route] });
});
beforeEach(() => {
  requests = [];
});
afterAll(() => server.stop());

const region = 'eu-west-1';
const publishOne = (publisher: ReturnType<typeof createBusPublisher>) =>
  publisher.publish([anEvent()], Date.now() + 10_000);

it('publishes to the bus of the stack, signed by the keys that the environment holds then', async () => {
  const env: Record<string, string | undefined> = {
    AWS_ENDPOINT_URL_EVENTBRIDGE: server.url,
    AWS_ACCESS_KEY_ID: 'FIRST',
    AWS_SECRET_ACCESS_KEY: 'first',
    AWS_SESSION_TOKEN: 'token-1',
    EVENT_BUS_NAME: 'orders',
  };
  const publisher = createBusPublisher({ region }, env);
  expect(await publishOne(publisher)).toEqual([{ ok: true }]);
  Object.assign(env, { AWS_ACCESS_KEY_ID: 'SECOND', AWS_SESSION_TOKEN: 'token-2' });
  env['_X_AMZN_TRACE_ID'] = 'Root=1-2-3';
  expect(await publishOne(publisher)).toEqual([{ ok: true }]);

  const [first, second] = requests;
  expect(JSON.parse(first?.body.toString() ?? '')).toMatchObject({
    Entries: [{ EventBusName: 'orders' }],
  });
  expect(first?.headers).toMatchObject({
    'x-amz-target': 'AWSEvents.PutEvents',
    'x-amz-security-token': 'token-1',
    authorization: expect.stringMatching(/Credential=FIRST\/\d{8}\/eu-west-1\/events\//),
  });
  expect(first?.headers).not.toHaveProperty('x-amzn-trace-id');
  expect(second?.headers).toMatchObject({
    'x-amz-security-token': 'token-2',
    'x-amzn-trace-id': 'Root=1-2-3',
    authorization: expect.stringContaining('Credential=SECOND/'),
  });
});

it('tells the keys that are missing as a failure of the event, and sends nothing', async () => {
  const env = { AWS_ENDPOINT_URL: server.url, EVENT_BUS_NAME: 'orders' };
  expect(await publishOne(createBusPublisher({ region }, env))).toEqual([
    {
      ok: false,
      retryable: true,
      reason: expect.stringMatching(/^InvariantViolation: Set AWS_ACCESS_KEY_ID/),
    },
  ]);
  expect(requests).toEqual([]);
});

it.each([
  [{ EVENT_BUS_NAME: 'orders', AWS_ENDPOINT_URL: 'localhost' }, 'Set AWS_ENDPOINT_URL to'],
  [{}, 'Set the environment variable EVENT_BUS_NAME'],
])('names the variable to set when it is made: %j', (env, message) => {
  expect(() => createBusPublisher({ region }, env)).toThrow(message);
});
