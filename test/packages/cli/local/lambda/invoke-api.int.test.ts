import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, onTestFinished, test } from 'vitest';
import {
  createInvokeApi,
  type LocalFunctionOptions,
} from '../../../../../packages/cli/src/local/lambda/index.ts';
import { startHttpServer } from '../../../../../packages/local-dsql/src/http/http-server.ts';
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
  ['its account and name', '000000000000:antipode-sample'],
  ['a partial ARN', '000000000000:function:antipode-sample'],
  ['a partial ARN with its Region', 'us-east-1:000000000000:function:antipode-sample'],
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

test.each(['RequestResponse', 'Event'])(
  'runs a %s invocation under the trace of its caller, unless that is none',
  async (type) => {
    const lines: string[] = [];
    const { server, target } = await serve(
      'export const handler = async () => console.log(process.env._X_AMZN_TRACE_ID);',
      { onLog: (line) => lines.push(line) },
    );
    const trace = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1';
    for (const header of [trace, 'nonsense']) {
      await fetch(`${server.url}/2015-03-31/functions/antipode-sample/invocations`, {
        method: 'POST',
        headers: { 'x-amz-invocation-type': type, 'x-amzn-trace-id': header },
      });
      await target.idle();
    }
    expect(lines.filter((line) => line.includes('Root='))).toEqual([
      expect.stringContaining(trace),
      expect.stringMatching(/Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
    ]);
  },
);

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
  ['nowhere', 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nowhere:$LATEST'],
  ['nowhere:7', 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nowhere:7'],
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

test('answers 404 for a description without the version that was not asked for', async () => {
  const { client } = await serve(echo);
  for (const Command of [GetFunctionCommand, GetFunctionConfigurationCommand]) {
    await expect(client.send(new Command({ FunctionName: 'nowhere' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nowhere',
    });
  }
});

test('refuses the function of another account, also one whose name exists here', async () => {
  const { client, invoke, target } = await serve(echo);
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:antipode-sample';
  const names = [arn, `${arn}:$LATEST`, '123456789012:antipode-sample'];
  for (const FunctionName of names) {
    await expect(invoke({ FunctionName })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(
        /^User: arn:aws:\S+ is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:antipode-sample\S* because no resource-based policy allows the lambda:InvokeFunction action$/,
      ),
      $metadata: { httpStatusCode: 403 },
    });
  }
  await expect(client.send(new GetFunctionCommand({ FunctionName: arn }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('lambda:GetFunction on resource'),
  });
  expect(target.environments()).toEqual([]);
});

test.each([
  ['my-function!', undefined],
  [`arn:aws:lambda:us-east-1:000000000000:function:antipode-sample:1:2`, undefined],
  ['antipode-sample', 'invalid!'],
])('refuses the name %s with the qualifier %s', async (FunctionName, Qualifier) => {
  const { invoke } = await serve(echo);
  await expect(invoke({ FunctionName, Qualifier })).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringMatching(/^1 validation error detected: Value '/),
    $metadata: { httpStatusCode: 400 },
  });
});

test('refuses two qualifiers that differ', async () => {
  const { invoke } = await serve(echo);
  const FunctionName = 'antipode-sample:$LATEST';
  await expect(invoke({ FunctionName, Qualifier: '1' })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: 'The derived qualifier from the function name does not match the specified qualifier.',
    $metadata: { httpStatusCode: 400 },
  });
  expect((await invoke({ FunctionName, Qualifier: '$LATEST' })).StatusCode).toBe(200);
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

test('describes a function as its template does, without what is local', async () => {
  const { client } = await serve(echo, {
    runtime: 'nodejs22.x',
    environment: { LOG_LEVEL: 'INFO' },
    localEnvironment: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' },
    reservedConcurrency: 3,
    template: {
      architecture: 'arm64',
      description: 'Answers what it is asked.',
      roleArn: 'arn:aws:iam::000000000000:role/sample',
      deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:dlq',
    },
  });
  const described = await client.send(new GetFunctionCommand({ FunctionName: 'antipode-sample' }));
  const { Configuration = {}, Concurrency, Code } = described;
  const { LastModified, ...configuration } = Configuration;
  expect(configuration).toEqual({
    Architectures: ['arm64'],
    DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:dlq' },
    Description: 'Answers what it is asked.',
    Environment: { Variables: { LOG_LEVEL: 'INFO' } },
    EphemeralStorage: { Size: 512 },
    FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample',
    FunctionName: 'antipode-sample',
    Handler: 'index.handler',
    LastUpdateStatus: 'Successful',
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/antipode-sample' },
    MemorySize: 256,
    PackageType: 'Zip',
    Role: 'arn:aws:iam::000000000000:role/sample',
    Runtime: 'nodejs22.x',
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    State: 'Active',
    Timeout: 5,
    TracingConfig: { Mode: 'PassThrough' },
    Version: '$LATEST',
  });
  expect(LastModified).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  expect(Code?.RepositoryType).toBe('S3');
  expect(Concurrency?.ReservedConcurrentExecutions).toBe(3);
  const { $metadata, ...alone } = await client.send(
    new GetFunctionConfigurationCommand({ FunctionName: 'antipode-sample' }),
  );
  expect($metadata.httpStatusCode).toBe(200);
  expect(alone).toEqual(Configuration);
});

test('gives a function another role, which it then has, and changes nothing else', async () => {
  const roleArn = 'arn:aws:iam::000000000000:role/own';
  const { client } = await serve(echo, { template: { roleArn } });
  const FunctionName = 'antipode-sample';
  const Role = 'arn:aws:iam::000000000000:role/other';
  expect(
    (await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role }))).Role,
  ).toBe(Role);
  const described = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  expect(described.Role).toBe(Role);
  for (const others of [{ Timeout: 7 }, { Role: 'no-arn' }, { Role, MemorySize: 512 }]) {
    await expect(
      client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...others })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  }
});

test('describes a function without variables, and names the version that was asked for', async () => {
  const { client } = await serve(echo, { localEnvironment: { LOCAL: 'yes' } });
  const { Environment, FunctionArn } = await client.send(
    new GetFunctionConfigurationCommand({ FunctionName: 'antipode-sample', Qualifier: '$LATEST' }),
  );
  expect(Environment).toBeUndefined();
  expect(FunctionArn).toBe(
    'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample:$LATEST',
  );
});

test('gives a function its own variables and those that are local', async () => {
  const { invoke } = await serve('export const handler = async () => process.env;', {
    runtime: 'nodejs22.x',
    environment: { LOG_LEVEL: 'INFO', BOTH: 'own' },
    localEnvironment: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1', BOTH: 'local' },
  });
  const { Payload } = await invoke({});
  expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
    LOG_LEVEL: 'INFO',
    BOTH: 'local',
    AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
  });
});

test('leaves other paths and methods to the next route', async () => {
  const { server } = await serve(echo);
  expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404);
  const put = await fetch(`${server.url}/2015-03-31/functions/antipode-sample`, { method: 'PUT' });
  expect(await put.json()).toEqual({
    __type: 'UnknownOperationException',
    message: expect.stringContaining('answers PUT /2015-03-31/functions/antipode-sample'),
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

test('refuses an event that a stopped function would lose', async () => {
  const { target, invoke } = await serve(echo);
  await target.stop();
  await expect(invoke({ InvocationType: 'Event' })).rejects.toMatchObject({
    name: 'ServiceUnavailableException',
    $metadata: { httpStatusCode: 503 },
  });
});

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
