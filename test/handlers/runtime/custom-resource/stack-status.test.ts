import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { createStackStatus } from '../../../../src/handlers/runtime/custom-resource/stack-status.ts';

const stackId = 'arn:aws:cloudformation:us-west-2:123456789012:stack/shop/1a2b';

let answer = { status: 200, body: '' };
const asked: (string | undefined)[] = [];
const server = createServer(async (request, response) => {
  asked.push(await text(request), request.headers.authorization);
  response.statusCode = answer.status;
  response.end(answer.body);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const stackStatus = createStackStatus({
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});
const ask = () => stackStatus(stackId, AbortSignal.timeout(5_000));

describe('the status of a stack', () => {
  it('is asked in the Region of the stack, with a signed request', async () => {
    answer = { status: 200, body: '<member><StackStatus>DELETE_FAILED</StackStatus></member>' };
    expect(await ask()).toBe('DELETE_FAILED');
    const [body, authorization] = asked;
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      Action: 'DescribeStacks',
      Version: '2010-05-15',
      StackName: stackId,
    });
    expect(authorization).toMatch(/Credential=key\/\d+\/us-west-2\/cloudformation\/aws4_request/);
  });

  it('is refused by the name and the message of the service', async () => {
    const error = '<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>';
    answer = { status: 403, body: error };
    await expect(ask()).rejects.toMatchObject({ name: 'AccessDenied', message: 'not authorized' });
  });

  it.each([200, 502])('is not read from an answer %s of something else', async (status) => {
    answer = { status, body: 'hello' };
    await expect(ask()).rejects.toThrow(`HTTP status ${status}`);
  });
});
