import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { openQueues } from '../../../../../packages/cli/src/commands/dlq/queues.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('asks the endpoint without a warning where the URL of a queue has another host', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const server = createServer((_, response) => response.end('{"Attributes":{}}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const id = 'http://localhost:1/000000000000/box-failures';
  const queues = await openQueues({
    ...{ stack: 'box', region: 'us-east-1', account: '000000000000', access: undefined },
    settings: {
      region: 'us-east-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    },
    outputs: {},
    resources: [{ type: 'AWS::SQS::Queue', logicalId: 'Failures', id }],
  });
  try {
    const counts = await queues.counts({ name: 'box-failures', url: id });
    expect(counts).toEqual({ visible: 0, hidden: 0 });
    expect(warn).not.toHaveBeenCalled();
  } finally {
    queues.close();
    server.close();
  }
});
