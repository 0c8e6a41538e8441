import {
  GetFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { startHttpServer } from '../../../local/http.ts';
import { createInvokeApi, type LocalFunctionOptions } from '../../../local/lambda/index.ts';
import { eventually, functionOf } from './support.ts';

const echo = 'export const handler = async (event) => event;';

/** A Region with one function behind the real client. */
const serve = async (code: string, options: Partial<LocalFunctionOptions> = {}) => {
  const target = await functionOf(code, options);
  const server = await startHttpServer({
    port: 0,
    routes: [
      createInvokeApi({
        region: 'us-east-1',
        accountId: '000000000000',
        functionNamed: (name) => (name === 'antipode-sample' ? target : undefined),
      }),
    ],
  });
  const client = new LambdaClient({
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await server.stop();
  });
  const invoke = (input: Partial<InvokeCommandInput>) =>
    client.send(new InvokeCommand({ FunctionName: 'antipode-sample', ...input }));
  return { target, server, client, invoke };
};

test.each([
  ['its name', 'antipode-sample'],
  ['its name and qualifier', 'antipode-sample:$LATEST'],
  ['a partial ARN', '000000000000:function:antipode-sample'],
  ['its ARN', 'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample'],
  [
    'its ARN and qualifier',
    'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample:$LATEST',
  ],
])('invokes a function by %s', async (_, name) => {
  const { invoke } = await serve(echo);
  const answer = await invoke({ FunctionName: name, Payload: '{"n":1}' });
  expect(answer.Payload?.transformToString()).toBe('{"n":1}');
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect(answer.FunctionError).toBeUndefined();
  expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
});

test('gives a function without a payload the empty object', async () => {
  const { invoke } = await serve(echo);
  expect((await invoke({})).Payload?.transformToString()).toBe('{}');
});

test('answers an error of the function with status 200 and its header', async () => {
  const { invoke } = await serve(`export const handler = async () => { throw new Error('no'); };`);
  const answer = await invoke({ Payload: '{}' });
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({
    errorMessage: 'no',
  });
});

test('returns the end of the log only when asked', async () => {
  const { invoke } = await serve(`export const handler = async () => console.log('Zoë was here');`);
  expect((await invoke({})).LogResult).toBeUndefined();
  const { LogResult = '' } = await invoke({ LogType: 'Tail' });
  expect(Buffer.from(LogResult, 'base64').toString()).toMatch(/INFO\tZoë was here\nEND RequestId/);
});

test('hands over the client context, and refuses one that is not JSON', async () => {
  const { invoke } = await serve(
    'export const handler = async (_, { clientContext }) => clientContext;',
  );
  const context = Buffer.from('{"custom":{"a":1}}').toString('base64');
  const answer = await invoke({ ClientContext: context });
  expect(answer.Payload?.transformToString()).toBe('{"custom":{"a":1}}');
  for (const refused of [Buffer.from('{'), Buffer.from('{"a":"\xff"}', 'latin1')]) {
    await expect(invoke({ ClientContext: refused.toString('base64') })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
  }
});

test('accepts an event with 202 and runs it later', async () => {
  const lines: string[] = [];
  const { invoke, target } = await serve(
    `export const handler = async ({ n }) => console.log('event ' + n);`,
    { onLog: (line) => lines.push(line) },
  );
  const answer = await invoke({ InvocationType: 'Event', Payload: '{"n":7}' });
  expect(answer).toMatchObject({ StatusCode: 202, Payload: new Uint8Array() });
  await target.idle();
  expect(lines.join()).toContain('event 7');
});

test('runs nothing for a dry run', async () => {
  const { invoke, target } = await serve(echo);
  expect((await invoke({ InvocationType: 'DryRun' })).StatusCode).toBe(204);
  expect(target.environments()).toEqual([]);
});

test.each([
  ['nowhere', 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nowhere'],
  [
    'antipode-sample:7',
    'Function not found: arn:aws:lambda:us-east-1:000000000000:function:antipode-sample:7',
  ],
  [
    'arn:aws:lambda:us-west-2:000000000000:function:antipode-sample',
    `Functions from 'us-west-2' are not reachable in this region ('us-east-1')`,
  ],
])('answers 404 for %s', async (name, message) => {
  const { invoke } = await serve(echo);
  await expect(invoke({ FunctionName: name })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message,
    Type: 'User',
    $metadata: { httpStatusCode: 404 },
  });
});

test.each([
  ['no JSON', Buffer.from('{"operation":')],
  ['invalid UTF-8', Buffer.from([0x22, 0x87, 0x22])],
])('refuses a payload that is %s', async (_, payload) => {
  const { invoke, target } = await serve(echo);
  await expect(invoke({ Payload: payload })).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
    message: expect.stringMatching(/^Could not parse request body into json: /),
    $metadata: { httpStatusCode: 400 },
  });
  expect(target.environments()).toEqual([]);
});

test.each([
  ['synchronous', 'RequestResponse', 6 * 1024 * 1024],
  ['asynchronous', 'Event', 1024 * 1024],
] as const)(
  'takes a %s payload up to its limit and refuses one byte more',
  async (_, type, bytes) => {
    const { invoke, target } = await serve('export const handler = async (event) => event.length;');
    const payload = (size: number) => JSON.stringify('x'.repeat(size - 2));
    await expect(invoke({ InvocationType: type, Payload: payload(bytes) })).resolves.toBeDefined();
    await expect(
      invoke({ InvocationType: type, Payload: payload(bytes + 1) }),
    ).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
    await target.idle();
  },
);

test('answers 429 above the reserved concurrency', async () => {
  const { invoke } = await serve(echo, { reservedConcurrency: 0 });
  await expect(invoke({})).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    message: 'Rate Exceeded.',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    $metadata: { httpStatusCode: 429 },
  });
});

test('describes a function', async () => {
  const { client } = await serve(echo, {
    environment: { LOG_LEVEL: 'INFO' },
    reservedConcurrency: 3,
  });
  const { Configuration, Concurrency } = await client.send(
    new GetFunctionCommand({ FunctionName: 'antipode-sample' }),
  );
  expect(Configuration).toMatchObject({
    FunctionName: 'antipode-sample',
    FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample',
    Runtime: 'nodejs24.x',
    Timeout: 5,
    MemorySize: 256,
    State: 'Active',
    Environment: { Variables: { LOG_LEVEL: 'INFO' } },
  });
  expect(Concurrency?.ReservedConcurrentExecutions).toBe(3);
});

test('leaves other paths and methods to the next route', async () => {
  const { server } = await serve(echo);
  expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404);
  const put = await fetch(`${server.url}/2015-03-31/functions/antipode-sample`, { method: 'PUT' });
  expect(await put.json()).toEqual({
    __type: 'UnknownOperationException',
    message: 'No service answers this path here',
  });
});

test('serves fifty invocations at once', async () => {
  const { invoke, target } = await serve(echo);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => invoke({ Payload: JSON.stringify({ n }) })),
  );
  expect(answers.map(({ Payload }) => JSON.parse(Payload?.transformToString() ?? '').n)).toEqual(
    Array.from({ length: 50 }, (_, n) => n),
  );
  await eventually(() => target.environments().length <= 10);
});

test.each(['%ff', 'a%c3', '%ed%a0%80'])(
  'refuses the function name %s as AWS does',
  async (name) => {
    const { server } = await serve(echo);
    const answer = await fetch(`${server.url}/2015-03-31/functions/${name}/invocations`, {
      method: 'POST',
    });
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([
      400,
      'ValidationException',
    ]);
  },
);

test.each([
  ['under way', 1],
  ['waiting for a process', 2],
])('answers an invocation that is %s when the function is stopped', async (_, invocations) => {
  const { target, invoke } = await serve(
    'export const handler = () => new Promise((resolve) => setTimeout(resolve, 60_000));',
    { concurrencyMax: 1 },
  );
  await target.warmUp();
  const answers = Array.from({ length: invocations }, () => invoke({}));
  const outcomes = Promise.allSettled(answers);
  await eventually(() => target.environments().length === 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await target.stop();
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { name: 'ServiceUnavailableException', $metadata: { httpStatusCode: 503 } },
    });
  }
});
