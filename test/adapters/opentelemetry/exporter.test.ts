import { expect, it } from 'vitest';
import { type HttpExchange, NoAnswer } from '../../../src/adapters/aws/http-exchange.ts';
import { createOtlpExporter } from '../../../src/adapters/opentelemetry/exporter.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

/** An exporter whose requests go nowhere; each is answered, or fails as it is told to. */
const exporterTo = (address: string, failures: readonly Error[] = []) => {
  const posts: Readonly<Record<string, string>>[] = [];
  const post: HttpExchange['post'] = async (headers) => {
    posts.push(headers);
    const failure = failures[posts.length - 1];
    if (failure) throw failure;
    return { status: 200, headers: {}, body: '{}' };
  };
  const settings = { url: new URL(address), headers: {} };
  const connect = () => ({ post, closeIdle: () => undefined });
  const send = createOtlpExporter(settings, () => keys, connect);
  return { posts, send: () => send('{}', AbortSignal.timeout(1_000)) };
};

it.each([
  ['https://xray.us-east-1.amazonaws.com/v1/traces', 'us-east-1'],
  ['https://xray.cn-north-1.amazonaws.com.cn/v1/traces', 'cn-north-1'],
  ['https://xray-fips.us-gov-west-1.amazonaws.com/v1/traces', 'us-gov-west-1'],
])('signs requests to %s', async (url, region) => {
  const { posts, send } = exporterTo(url);
  await send();
  expect(posts[0]).toMatchObject({
    ...{ 'content-type': 'application/json', 'x-amz-security-token': 'token' },
    authorization: expect.stringContaining(`/${region}/xray/aws4_request`),
  });
});

it.each([
  'https://collector.example',
  'https://xray.us-east-1.example',
  'https://example/xray.us-east-1.api.aws',
  'http://xray.us-east-1.amazonaws.com',
])('signs no request to %s, where others would learn of the key', async (address) => {
  const { posts, send } = exporterTo(`${address}/v1/traces`);
  await send();
  expect(posts[0]).toBeDefined();
  expect(posts[0]).not.toHaveProperty('authorization');
});

it('repeats what went into a connection that had been closed, and nothing else', async () => {
  const closed = (reused: boolean) => new NoAnswer(new Error('closed'), reused, 'collector');
  const again = exporterTo('https://collector.example', [closed(true)]);
  await again.send();
  expect(again.posts).toHaveLength(2);
  for (const failure of [closed(false), new Error('other')]) {
    const once = exporterTo('https://collector.example', [failure]);
    await expect(once.send()).rejects.toBe(failure);
    expect(once.posts).toHaveLength(1);
  }
});
