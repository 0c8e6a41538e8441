import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../../src/domain/kernel/index.ts';
import {
  AnswerRefused,
  putAnswer,
  readStackId,
  refuseStrangers,
} from '../../../../src/handlers/runtime/custom-resource/custom-resource-answer.ts';
import {
  createCustomResourceHandler,
  readCustomResourceTrust,
} from '../../../../src/handlers/runtime/index.ts';

const stackIn = (region: string, partition = 'aws'): string =>
  `arn:${partition}:cloudformation:${region}:123456789012:stack/shop/1a2b`;
const stackId = stackIn('us-east-1');
const bucket = 'cloudformation-custom-resource-response-useast1';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A server in the place of CloudFormation's. */
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('an answer goes', () => {
  it.each([
    [`https://${bucket}.s3.us-east-1.amazonaws.com/a%7Cb?X-Amz-Signature=c`, stackId],
    [`https://${bucket}.s3.amazonaws.com/a?AWSAccessKeyId=b`, stackId],
    [`https://${bucket}.s3-us-east-1.amazonaws.com/a`, stackId],
    [`https://${bucket}.s3.dualstack.us-east-1.amazonaws.com/a`, stackId],
    [`https://s3.us-east-1.amazonaws.com/${bucket}/a`, stackId],
    [
      'https://cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn/a',
      stackIn('cn-north-1', 'aws-cn'),
    ],
    [
      'https://cloudformation-custom-resource-response-usgovwest1.s3-us-gov-west-1.amazonaws.com/a',
      stackIn('us-gov-west-1', 'aws-us-gov'),
    ],
    [
      'https://cloudformation-custom-resource-response-eusceude1.s3.eusc-eu-de-1.amazonaws.eu/a',
      stackIn('eusc-eu-de-1', 'aws-eusc'),
    ],
    ...[
      ['aws-iso', 'us-iso-east-1', 'c2s.ic.gov'],
      ['aws-iso-b', 'us-isob-east-1', 'sc2s.sgov.gov'],
      ['aws-iso-e', 'eu-isoe-west-1', 'cloud.adc-e.uk'],
      ['aws-iso-f', 'us-isof-south-1', 'csp.hci.ic.gov'],
    ].map(([partition = '', region = '', domain]) => [
      `https://cloudformation-custom-resource-response-${region.replaceAll('-', '')}.s3.${region}.${domain}/a`,
      stackIn(region, partition),
    ]),
  ])('to a bucket of CloudFormation: %s', (ResponseURL = '', StackId = '') => {
    expect(() => refuseStrangers({ ResponseURL, StackId }, { stackId: StackId })).not.toThrow();
  });

  it('to the origin of the local stack, where that is told', () => {
    const request = { ResponseURL: 'http://localhost:4100/answers/1', StackId: stackId };
    expect(() =>
      refuseStrangers(request, { responseOrigin: 'http://localhost:4100' }),
    ).not.toThrow();
    expect(() => refuseStrangers(request, {})).toThrow(/would not go to CloudFormation/);
  });

  it.each([
    ['another host', 'https://example.com/a'],
    ['a host that begins alike', `https://${bucket}.s3.amazonaws.com.example.com/a`],
    ['a host that ends alike', `https://example.com.${bucket}.s3.amazonaws.com.evil/a`],
    ["somebody's bucket", 'https://evil.s3.us-east-1.amazonaws.com/a'],
    ["somebody's bucket with a name alike", `https://${bucket}-evil.s3.us-east-1.amazonaws.com/a`],
    [
      'the bucket of another Region',
      'https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com/a',
    ],
    ["somebody's bucket in the path", `https://s3.us-east-1.amazonaws.com/evil/${bucket}/a`],
    ['a name before the host', `https://${bucket}.s3.amazonaws.com@example.com/a`],
    ['a user', `https://user:word@${bucket}.s3.amazonaws.com/a`],
    ['another port', `https://${bucket}.s3.amazonaws.com:8443/a`],
    ['no encryption', `http://${bucket}.s3.amazonaws.com/a`],
    ['another partition', `https://${bucket}.s3.us-east-1.amazonaws.com.cn/a`],
    ['an address in the network', 'http://169.254.169.254/latest'],
    ['a file', 'file:///etc/passwd'],
    ['no address', 'answer'],
  ])('not to %s', (_, ResponseURL) => {
    expect(() => refuseStrangers({ ResponseURL, StackId: stackId }, { stackId })).toThrow(
      /^The answer would not go to CloudFormation: /,
    );
  });

  it.each([['stack'], [stackIn('us-east-1', 'aws-other')]])(
    'nowhere for the stack %s, which is in no partition that is known',
    (StackId) => {
      for (const ResponseURL of [`https://${bucket}.s3.amazonaws.com/a`, 'https://example.com/a']) {
        expect(() => refuseStrangers({ ResponseURL, StackId }, {})).toThrow(
          /^The answer would not go to CloudFormation: /,
        );
      }
    },
  );

  it.each([[undefined], ['stack'], [stackIn('us-east-1').replace('shop', 'other')], [42]])(
    'not for a request of the stack %s',
    (StackId) => {
      const ResponseURL = `https://${bucket}.s3.amazonaws.com/a`;
      expect(() => refuseStrangers({ ResponseURL, StackId }, { stackId })).toThrow(InvalidInput);
    },
  );
});

it.each([
  [{ ResponseURL: `https://${bucket}.s3.amazonaws.com/a` }],
  [{ StackId: stackId }],
  [{ StackId: stackId, ResponseURL: 42 }],
])('a request without its stack or its address is refused: %j', (request) => {
  expect(() => refuseStrangers(request, {})).toThrow(/^This is no request of CloudFormation/);
});

describe('the trust of a function', () => {
  it('is read from its environment', () => {
    const env = {
      CUSTOM_RESOURCE_STACK_ID: stackId,
      CUSTOM_RESOURCE_RESPONSE_ORIGIN: 'http://localhost:4100',
    };
    expect(readCustomResourceTrust(env)).toEqual({
      stackId,
      responseOrigin: 'http://localhost:4100',
    });
  });

  it('names the roles that a migration may let in', () => {
    expect(readCustomResourceTrust({ CLIENT_ROLE_NAMES: 'api,relay' })).toMatchObject({
      clientRoleNames: ['api', 'relay'],
    });
    expect(readCustomResourceTrust({ CLIENT_ROLE_NAMES: '' })).toMatchObject({
      clientRoleNames: [],
    });
  });

  it('names nothing for variables that are missing or empty', () => {
    const nothing = { stackId: undefined, responseOrigin: undefined };
    expect(readCustomResourceTrust({})).toEqual(nothing);
    const env = { CUSTOM_RESOURCE_STACK_ID: '', CUSTOM_RESOURCE_RESPONSE_ORIGIN: '' };
    expect(readCustomResourceTrust(env)).toEqual(nothing);
  });
});

describe('the id of a stack', () => {
  it('names its partition, Region and account', () => {
    expect(readStackId(stackIn('cn-north-1', 'aws-cn'))).toEqual({
      partition: 'aws-cn',
      region: 'cn-north-1',
      account: '123456789012',
    });
  });

  it.each([
    '',
    'stack',
    `x${stackId}`,
    `${stackId}/more`,
    stackId.replace('cloudformation', 's3'),
    stackId.replace('123456789012', '1234'),
    stackId.replace('/1a2b', ''),
  ])('is not %j', (text) => {
    expect(readStackId(text)).toBeUndefined();
  });
});

describe('an answer that is sent', () => {
  it('is given up in time where nobody answers it', async () => {
    const url = await serve(() => undefined);
    const startedAt = Date.now();
    await expect(putAnswer(url, '{}', 200)).rejects.toThrow();
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });

  it('is given up where its answer has a body without an end', async () => {
    const hungUp = Promise.withResolvers<void>();
    const url = await serve((_, response) => {
      response.writeHead(200);
      response.write('x');
      response.on('close', hungUp.resolve);
    });
    await expect(putAnswer(url, '{}', 60_000)).resolves.toBeUndefined();
    await hungUp.promise;
  });

  it('follows no redirect', async () => {
    let redirected = 0;
    const elsewhere = await serve((_, response) => {
      redirected += 1;
      response.end();
    });
    const url = await serve((_, response) => {
      response.writeHead(307, { location: elsewhere }).end();
    });
    await expect(putAnswer(url, '{}', 2_000)).rejects.toThrow(AnswerRefused);
    expect(redirected).toBe(0);
  });

  it.each([
    [403, 1],
    [400, 1],
    [499, 1],
    [408, 3],
    [429, 3],
    [500, 3],
    [503, 3],
  ])(
    'is refused with %d, which is logged and thrown, after %d attempts',
    async (status, attempts) => {
      let asked = 0;
      const responseOrigin = await serve((_, response) => {
        asked += 1;
        response.writeHead(status).end();
      });
      const logged: unknown[][] = [];
      const handler = createCustomResourceHandler({
        onCreate: async () => ({}),
        onUpdate: async () => ({}),
        trust: { responseOrigin },
        logger: { info: () => undefined, error: (...line) => logged.push(line) },
        sleep: async () => undefined,
      });
      const event = {
        RequestType: 'Create',
        ResponseURL: `${responseOrigin}/?signature=secret`,
        StackId: stackId,
        RequestId: 'request',
        ResourceType: 'Custom::Example',
        LogicalResourceId: 'Example',
        ResourceProperties: {},
      } as const;
      const answered = handler(event, { getRemainingTimeInMillis: () => 60_000 });
      await expect(answered).rejects.toThrow(`refused with ${status}`);
      expect(asked).toBe(attempts);
      expect(logged.map(([message]) => message)).toEqual([
        'The answer for a custom resource was not delivered',
      ]);
      expect(JSON.stringify(logged) + String(logged[0]?.[2])).not.toContain('secret');
    },
  );
});
