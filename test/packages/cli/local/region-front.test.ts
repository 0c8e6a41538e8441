import { describe, expect, it } from 'vitest';
import { openRegionFronts } from '../../../../packages/cli/src/local/region-front.ts';
import type { HttpRequest, Route } from '../../../../packages/local-dsql/src/http/index.ts';

const signed = (region: string, service = 'sqs', target = 'AmazonSQS.ListQueues'): HttpRequest => ({
  ...{ method: 'POST', path: '/', rawQuery: '', query: new URLSearchParams() },
  headers: {
    authorization: `AWS4-HMAC-SHA256 Credential=a/20261130/${region}/${service}/aws4_request, b=c`,
    'x-amz-target': target,
  },
  body: Buffer.alloc(0),
});

const start = (running: readonly string[] = ['us-east-1', 'us-west-2']) => {
  const lines: string[] = [];
  const ports = ['us-east-1', 'us-west-2'].map((region) => {
    const routes: Route[] = [
      ({ headers }) =>
        headers['x-amz-target'] === 'AmazonSQS.ListQueues'
          ? { status: 200, body: region }
          : undefined,
    ];
    return { region, routes };
  });
  openRegionFronts(
    ports,
    (region) => running.includes(region),
    (line) => lines.push(line),
  );
  const send = async (port: string, request: HttpRequest) => {
    for (const route of ports.find(({ region }) => region === port)?.routes ?? []) {
      const answer = await route(request);
      if (answer) return answer;
    }
    return undefined;
  };
  return { ports, lines, send };
};

describe('the ports of the Regions', () => {
  it.each(['us-east-1', 'us-west-2'])('lead from the port of %s to both Regions', async (port) => {
    const { send } = start();
    expect(await send(port, signed('us-east-1'))).toMatchObject({ body: 'us-east-1' });
    expect(await send(port, signed('us-west-2'))).toMatchObject({ body: 'us-west-2' });
  });

  it('answer for their own Region where the signature names another one, or is absent', async () => {
    const { send } = start();
    expect(await send('us-west-2', signed('eu-west-1'))).toMatchObject({ body: 'us-west-2' });
    const headers = { 'x-amz-target': 'AmazonSQS.ListQueues' };
    const unsigned = { ...signed('us-east-1'), headers };
    expect(await send('us-west-2', unsigned)).toMatchObject({ body: 'us-west-2' });
  });

  it('serve routes that are added later', async () => {
    const { ports, send } = start();
    ports[1]?.routes.push(() => ({ status: 200, body: 'added' }));
    const request = signed('us-west-2', 'sqs', 'AmazonSQS.Other');
    expect(await send('us-east-1', request)).toMatchObject({ body: 'added' });
  });

  it('answer that a Region is stopped', async () => {
    const { send } = start(['us-east-1']);
    expect(await send('us-east-1', signed('us-west-2'))).toMatchObject({ status: 503 });
    expect(await send('us-east-1', signed('us-east-1'))).toMatchObject({ status: 200 });
  });

  it('name an operation that no service has, in the answer and in a line', async () => {
    const { send, lines } = start();
    const request = signed('us-west-2', 'cloudtrail', 'CloudTrail_20131101.LookupEvents');
    expect(await send('us-east-1', request)).toMatchObject({
      status: 400,
      headers: { 'x-amzn-errortype': 'UnknownOperationException' },
    });
    expect(lines).toEqual([
      'us-west-2: nothing here answers CloudTrail_20131101.LookupEvents of cloudtrail',
    ]);
    await send('us-east-1', signed('us-east-1'));
    expect(lines).toHaveLength(1);
  });
});
