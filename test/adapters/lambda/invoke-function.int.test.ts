import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../../packages/local-dsql/src/http/http.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../packages/local-dsql/src/http/http-server.ts';
import {
  createFunctionInvoker,
  lambdaEndpoint,
} from '../../../src/adapters/lambda/invoke-function.ts';

const region = 'us-east-1';
const keys = { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token+/=' };
const soon = () => AbortSignal.timeout(10_000);

let requests: HttpRequest[] = [];
let answer: HttpResponse = { status: 202 };
beforeEach(() => {
  requests = [];
  answer = { status: 202 };
});

let server: HttpServer;
beforeAll(async () => {
  const record = (request: HttpRequest) => {
    requests.push(request);
    return answer;
  };
  server = await startHttpServer({ port: 0, routes: [record] });
});
afterAll(() => server.stop());

const invoker = () =>
  createFunctionInvoker({
    ...{ functionName: 'booking-relay', region, credentials: () => keys },
    url: lambdaEndpoint(region, { AWS_ENDPOINT_URL_LAMBDA: server.url }),
  });

describe('the invoker of functions', () => {
  it('sends what the SDK sends for an invocation without an answer', async () => {
    const client = new LambdaClient({ region, endpoint: server.url, credentials: keys });
    const event = { scheduledTime: '2026-01-01T00:00:00Z', text: 'é漢' };
    const command = {
      FunctionName: 'booking-relay',
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    } as const;
    await client.send(new InvokeCommand(command));
    await invoker()(event, soon());
    client.destroy();
    const [sdk, own] = requests.map(({ method, path, body, headers }) => ({
      ...{ method, path, body: body.toString() },
      type: headers['x-amz-invocation-type'],
      token: headers['x-amz-security-token'],
    }));
    expect(own).toEqual(sdk);
    expect(requests[1]?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/us-east-1\/lambda\/aws4_request, /,
    );
  });

  it.each(['us-east-1', 'us-gov-west-1', 'cn-north-1', 'eu-isoe-west-1', 'xx-nowhere-1'])(
    'goes to the address that the SDK has in %s, with FIPS and dual stack',
    (at) => {
      const { endpointProvider } = new LambdaClient({ region: at }).config;
      for (const UseFIPS of [false, true]) {
        for (const UseDualStack of [false, true]) {
          const env = {
            AWS_USE_FIPS_ENDPOINT: String(UseFIPS),
            AWS_USE_DUALSTACK_ENDPOINT: String(UseDualStack),
          };
          const { url } = endpointProvider({ Region: at, UseFIPS, UseDualStack });
          expect(lambdaEndpoint(at, env).href).toBe(url.href);
        }
      }
    },
  );

  it('says why Lambda did not take an event', async () => {
    answer = {
      status: 403,
      headers: { 'x-amzn-errortype': 'AccessDeniedException:http://internal' },
      body: '{"Message":"not authorized"}',
    };
    const refused = invoker()({}, soon());
    await expect(refused).rejects.toMatchObject({
      kind: 'Unavailable',
      message:
        'Lambda did not take the event: HTTP status 403, AccessDeniedException: {"Message":"not authorized"}',
    });
  });

  it('takes no answer for a run that has not been asked for', async () => {
    answer = { status: 200, body: 'null' };
    await expect(invoker()({}, soon())).rejects.toThrow('HTTP status 200');
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('no time');
    await expect(invoker()({}, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(requests).toEqual([]);
  });
});
