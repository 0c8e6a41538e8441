import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';

const stackId = 'arn:aws:cloudformation:us-west-2:123456789012:stack/shop/1a2b';
const primaryArn = 'arn:aws:dsql:us-east-1:123456789012:cluster/first';
const secondaryArn = 'arn:aws:dsql:us-west-2:123456789012:cluster/second';

/** The Region that a request is signed for. */
const regionOf = ({ headers }: IncomingMessage): string =>
  /Credential=\w+\/\d+\/([\w-]+)\/dsql\//.exec(headers.authorization ?? '')?.[1] ?? '';

/** DSQL's control plane, and CloudFormation where answers go: both keep what they are asked. */
const asked: unknown[] = [];
const answers: unknown[] = [];
let peers: readonly string[] | undefined;
const stackStatus = '<StackStatus>DELETE_IN_PROGRESS</StackStatus>';
let deleted = 0;

const server = createServer(async (request, response) => {
  const body = await text(request);
  if (request.method === 'PUT') {
    answers.push(JSON.parse(body));
    response.end();
    return;
  }
  if (request.url === '/') {
    asked.push(Object.fromEntries(new URLSearchParams(body)));
    response.statusCode = stackStatus.includes('<Code>') ? 400 : 200;
    response.end(stackStatus);
    return;
  }
  asked.push([request.method, request.url, regionOf(request), ...(body ? [JSON.parse(body)] : [])]);
  if (request.method === 'POST') peers = [secondaryArn];
  if (request.method === 'DELETE') deleted += 1;
  if (request.method === 'GET' && deleted === 2) {
    response.statusCode = 404;
    response.setHeader('x-amzn-errortype', 'ResourceNotFoundException');
  }
  const peered = request.url === '/cluster/first' ? 'IDLE' : 'ACTIVE';
  const status = peers ? peered : 'PENDING_SETUP';
  const multiRegionProperties = peers && { witnessRegion: 'us-east-2', clusters: peers };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ identifier: 'first', status, multiRegionProperties }));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

vi.stubEnv('AWS_ENDPOINT_URL_DSQL', origin);
vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', origin);
vi.stubEnv('AWS_PROFILE', undefined);
vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
vi.stubEnv('CUSTOM_RESOURCE_STACK_ID', stackId);
vi.stubEnv('CUSTOM_RESOURCE_RESPONSE_ORIGIN', origin);
const { handler } = await import('../../../infra/peering/peer-clusters.lambda.ts');

afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

afterEach(() => {
  vi.restoreAllMocks();
  asked.splice(0);
  answers.splice(0);
  peers = undefined;
  deleted = 0;
});

const run = (
  change: {
    readonly RequestType?: 'Update' | 'Delete';
    readonly ResourceType?: string;
    readonly StackId?: string;
  } = {},
) =>
  handler(
    {
      RequestType: 'Create',
      ResponseURL: `${origin}/answer`,
      StackId: stackId,
      RequestId: 'request',
      ResourceType: 'Custom::AntipodePeering',
      LogicalResourceId: 'Peering',
      ResourceProperties: {
        PrimaryClusterArn: primaryArn,
        SecondaryClusterArn: secondaryArn,
        WitnessRegion: 'us-east-2',
      },
      ...change,
    },
    { getRemainingTimeInMillis: () => 60_000 },
  );

describe('the function that peers clusters', () => {
  it('looks at each in its own Region, and changes the primary one', async () => {
    const logged = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    await run();
    const [looks, change, ...later] = [asked.slice(0, 2), asked[2], ...asked.slice(3)];
    const looksAtBoth = [
      ['GET', '/cluster/first', 'us-east-1'],
      ['GET', '/cluster/second', 'us-west-2'],
    ];
    expect(new Set(looks)).toEqual(new Set(looksAtBoth));
    expect(change).toEqual([
      'POST',
      '/cluster/first',
      'us-east-1',
      expect.objectContaining({
        multiRegionProperties: { witnessRegion: 'us-east-2', clusters: [secondaryArn] },
      }),
    ]);
    expect(new Set(later)).toEqual(new Set(looksAtBoth));
    expect(answers).toEqual([expect.objectContaining({ Status: 'SUCCESS' })]);
    expect(logged.mock.calls).toEqual([
      [expect.stringContaining('first in us-east-1 is PENDING_SETUP and names no peer')],
      [
        JSON.stringify({
          message: 'Custom resource changed',
          correlationid: 'request',
          request: 'Create',
          resource: 'Peering',
        }),
      ],
    ]);
  });

  it('changes nothing at an update where they are peered', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined);
    peers = [secondaryArn];
    await run({ RequestType: 'Update' });
    expect(asked).toHaveLength(2);
    expect(answers).toEqual([expect.objectContaining({ Status: 'SUCCESS' })]);
  });

  it('undoes nothing when the peering is deleted', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined);
    await run({ RequestType: 'Delete' });
    expect(asked).toEqual([]);
    expect(answers).toEqual([expect.objectContaining({ Status: 'SUCCESS' })]);
  });

  it('deletes both clusters with the stack, each in its own Region', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined);
    peers = [secondaryArn];
    await run({ RequestType: 'Delete', ResourceType: 'Custom::AntipodeDeletion' });
    const described = {
      Action: 'DescribeStacks',
      Version: '2010-05-15',
      StackName: stackId,
    };
    expect(asked[0]).toEqual(described);
    expect(asked.slice(1)).toEqual(
      expect.arrayContaining([
        ['DELETE', expect.stringMatching('^/cluster/first'), 'us-east-1'],
        ['DELETE', expect.stringMatching('^/cluster/second'), 'us-west-2'],
      ]),
    );
    expect(answers).toEqual([expect.objectContaining({ Status: 'SUCCESS' })]);
  });

  it.each(['Create', 'Update'] as const)(
    'does nothing at the %s of the resource that deletes',
    async (RequestType) => {
      vi.spyOn(console, 'info').mockImplementation(() => undefined);
      await run({
        ...(RequestType === 'Update' && { RequestType }),
        ResourceType: 'Custom::AntipodeDeletion',
      });
      expect(asked).toEqual([]);
    },
  );

  it('refuses a request of another stack, and logs that', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await expect(run({ StackId: stackId.replace('shop', 'other') })).rejects.toThrow(
      'another stack',
    );
    expect([asked, answers]).toEqual([[], []]);
    const [[line, cause] = []] = logged.mock.calls;
    expect(JSON.parse(String(line))).toEqual({
      message: 'A request for a custom resource was refused',
      correlationid: 'request',
      request: 'Create',
      resource: 'Peering',
    });
    expect(cause).toBeInstanceOf(Error);
  });
});
