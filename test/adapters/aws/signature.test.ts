import { createHash, createHmac } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRequestSigner } from '../../../src/adapters/aws/signature.ts';

const now = Date.UTC(2026, 10, 29, 16, 49, 14);
beforeEach(() => vi.useFakeTimers({ now, toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY' };
const temporary = { ...keys, sessionToken: 'token+/=' };

type Sent = { readonly headers: Record<string, string>; readonly body: Uint8Array | string };

/**
 * The request that the SDK's client signs, without the headers in which a client describes itself.
 */
const requestOfSdk = async (
  region: string,
  endpoint: string,
  credentials: typeof keys,
): Promise<Sent> => {
  let sent: Sent | undefined;
  const client = new EventBridgeClient({
    region,
    endpoint,
    credentials,
    requestHandler: {
      handle: async (request: Sent) => {
        sent = request;
        throw new Error('not sent');
      },
    },
    maxAttempts: 1,
  });
  client.middlewareStack.addRelativeTo(
    <Args extends { readonly request?: unknown }, Output>(next: (args: Args) => Output) =>
      (args: Args) => {
        const { headers } = args.request as Sent;
        const own = ['amz-sdk-invocation-id', 'amz-sdk-request', 'x-amz-user-agent'];
        for (const name of own) delete headers[name];
        return next(args);
      },
    { relation: 'before', toMiddleware: 'httpSigningMiddleware' },
  );
  const Entries = [
    {
      EventBusName: 'bus',
      Source: 's',
      DetailType: 'é',
      Detail: '{"a":"漢"}',
      Time: new Date(now + 123),
    },
  ];
  await client.send(new PutEventsCommand({ Entries })).catch(() => undefined);
  if (sent === undefined) throw new Error('The SDK has signed nothing');
  return sent;
};

const unsigned = ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

describe('a signed request', () => {
  it.each([
    ['us-east-1', 'https://events.us-east-1.amazonaws.com/', temporary],
    ['cn-north-1', 'https://events.cn-north-1.amazonaws.com.cn/', keys],
    ['eu-west-1', 'http://127.0.0.1:4510/', temporary],
    ['eu-west-1', 'https://vpce.example:8443/base/', keys],
  ])('has in %s at %s the signature of the SDK’s client', async (region, endpoint, credentials) => {
    const ofSdk = await requestOfSdk(region, endpoint, credentials);
    const body = Buffer.from(ofSdk.body as string);
    const headers = Object.fromEntries(
      Object.entries(ofSdk.headers).filter(([name]) => !unsigned.includes(name)),
    );
    const sign = createRequestSigner('events', region, () => credentials);
    const signed = await sign(new URL(endpoint), { headers, body }, new Date(now));
    expect(ofSdk.headers['authorization']).toMatch(/Signature=[\da-f]{64}$/);
    expect(signed).toEqual(ofSdk.headers);
  });

  it('has the signature that AWS’s description of the algorithm leads to', async () => {
    const sign = createRequestSigner('events', 'us-east-1', () => temporary);
    const body = Buffer.from('{"Entries":[]}');
    const url = new URL('https://events.us-east-1.amazonaws.com/');
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'user-agent': 'me' };
    const signed = await sign(url, { headers, body }, new Date(now));

    const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
    const hmac = (key: string | Buffer, text: string) =>
      createHmac('sha256', key).update(text).digest();
    const names = 'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token';
    const lines = names.split(';').map((name) => `${name}:${signed[name]}`);
    const canonical = ['POST', '/', '', ...lines, '', names, sha256(body)].join('\n');
    const scope = '20261129/us-east-1/events/aws4_request';
    const text = ['AWS4-HMAC-SHA256', '20261129T164914Z', scope, sha256(canonical)].join('\n');
    const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`);
    expect(signed['host']).toBe('events.us-east-1.amazonaws.com');
    expect(signed['x-amz-security-token']).toBe(temporary.sessionToken);
    expect(signed['authorization']).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names}, Signature=${hmac(key, text).toString('hex')}`,
    );
  });

  it('is signed by the keys of the moment', async () => {
    let given: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = temporary;
    const sign = createRequestSigner('events', 'us-east-1', async () => given);
    const url = new URL('https://events.us-east-1.amazonaws.com/');
    const signed = () => sign(url, { headers: {}, body: Buffer.of() }, new Date(now));
    const first = await signed();
    given = { accessKeyId: 'OTHER', secretAccessKey: 'other' };
    const second = await signed();
    expect(first['authorization']).toContain('Credential=AKIDEXAMPLE/');
    expect(second['authorization']).toContain('Credential=OTHER/');
    expect(second).not.toHaveProperty('x-amz-security-token');
  });
});
