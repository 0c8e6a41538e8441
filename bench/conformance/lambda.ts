import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
} from '@aws-sdk/client-lambda';
import { type ConformanceCase, conformanceGroup } from './conformance-group.ts';
import { place } from './local-bus.ts';
import { arnOf, type LocalFunctions, startLocalFunctions } from './local-functions.ts';

const api = 'https://docs.aws.amazon.com/lambda/latest/api';
const guide = 'https://docs.aws.amazon.com/lambda/latest/dg';

type Case = ConformanceCase<LocalFunctions>;

const invoke = ({ lambda }: LocalFunctions, input: InvokeCommandInput) =>
  lambda.send(new InvokeCommand(input));

type ClientError = {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
};

/** An error as AWS's client reports it. */
const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    ({ name, message, $metadata }: ClientError) => ({
      status: $metadata?.httpStatusCode,
      name,
      message,
    }),
  );

const echoArn = arnOf('lambda', 'function:echo');

const nameCases: readonly Case[] = [
  'echo',
  'echo:$LATEST',
  'function:echo',
  `${place.account}:function:echo`,
  echoArn,
  `${echoArn}:$LATEST`,
].map((FunctionName) => ({
  title: `a function is invoked by ${FunctionName}`,
  source: `${api}/API_Invoke.html`,
  expected: { StatusCode: 200, ExecutedVersion: '$LATEST', payload: '{"n":1}' },
  ask: async (functions) => {
    const input = { FunctionName, Payload: '{"n":1}' };
    const { StatusCode, ExecutedVersion, Payload } = await invoke(functions, input);
    return { StatusCode, ExecutedVersion, payload: Payload?.transformToString() };
  },
}));

const namePattern = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
const qualifierPattern = String.raw`\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`;

const validation = (value: string, parameter: string, constraint: string) => ({
  status: 400,
  name: 'ValidationException',
  message: `1 validation error detected: Value '${value}' at '${parameter}' failed to satisfy constraint: Member must ${constraint}`,
});

const notFound = (message: string) => ({
  status: 404,
  name: 'ResourceNotFoundException',
  message,
});

const refusedNames: readonly (readonly [title: string, input: InvokeCommandInput, unknown])[] = [
  [
    'an unknown function is missing in its latest version',
    { FunctionName: 'nowhere' },
    notFound(`Function not found: ${arnOf('lambda', 'function:nowhere')}:$LATEST`),
  ],
  [
    'an unknown version is missing',
    { FunctionName: 'echo', Qualifier: '42' },
    notFound(`Function not found: ${echoArn}:42`),
  ],
  [
    'a qualifier in lower case is no version',
    { FunctionName: echoArn, Qualifier: '$latest' },
    notFound(`Function not found: ${echoArn}:$latest`),
  ],
  [
    'an incomplete ARN names a function by its last part',
    { FunctionName: `arn:aws:lambda:${place.region}:${place.account}:function` },
    notFound(`Function not found: ${arnOf('lambda', 'function:function')}:$LATEST`),
  ],
  [
    'a function of another Region is out of reach',
    { FunctionName: `arn:aws:lambda:eu-west-1:${place.account}:function:echo` },
    notFound(`Functions from 'eu-west-1' are not reachable in this region ('us-east-1')`),
  ],
  [
    'two qualifiers must be the same',
    { FunctionName: `${echoArn}:$LATEST`, Qualifier: '1' },
    {
      status: 400,
      name: 'InvalidParameterValueException',
      message:
        'The derived qualifier from the function name does not match the specified qualifier.',
    },
  ],
  ...[
    'my-function!',
    '*',
    'invalid-account:function:my-function',
    `arn:aws:lambda:invalid-region:${place.account}:function:my-function`,
    `arn:aws:ec2:${place.region}:${place.account}:instance:i-1234567890abcdef0`,
    `${echoArn}:1:2`,
    'function:echo:$LATEST:extra',
    `arn:aws:lambda::${place.account}:function:echo`,
    `arn:aws:lambda:${place.region}::function:echo`,
    `${echoArn}:$LATES`,
  ].map(
    (FunctionName) =>
      [
        `${FunctionName} is no name of a function`,
        { FunctionName },
        validation(
          FunctionName,
          'functionName',
          `satisfy regular expression pattern: ${namePattern}`,
        ),
      ] as const,
  ),
  [
    'a qualifier has no exclamation mark',
    { FunctionName: 'echo', Qualifier: 'invalid!' },
    validation('invalid!', 'qualifier', `satisfy regular expression pattern: ${qualifierPattern}`),
  ],
  [
    'a qualifier has at most 128 characters',
    { FunctionName: 'echo', Qualifier: 'a'.repeat(129) },
    validation('a'.repeat(129), 'qualifier', 'have length less than or equal to 128'),
  ],
];

const refusedNameCases: readonly Case[] = refusedNames.map(([title, input, expected]) => ({
  title,
  source: 'recorded',
  expected,
  ask: (functions) => errorOf(invoke(functions, input)),
}));

const descriptionCases: readonly Case[] = [
  {
    title: 'a description says what the template says, and no more',
    source: 'recorded',
    expected: {
      Architectures: ['arm64'],
      Description: 'Answers its event.',
      Environment: { Variables: { LOG_LEVEL: 'INFO' } },
      EphemeralStorage: { Size: 512 },
      FunctionArn: echoArn,
      FunctionName: 'echo',
      Handler: 'index.handler',
      LastUpdateStatus: 'Successful',
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/echo' },
      MemorySize: 256,
      PackageType: 'Zip',
      Role: 'arn:aws:iam::000000000000:role/echo',
      Runtime: 'nodejs24.x',
      SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      State: 'Active',
      Timeout: 20,
      TracingConfig: { Mode: 'PassThrough' },
      Version: '$LATEST',
    },
    ask: async ({ lambda }) => {
      const described = await lambda.send(new GetFunctionCommand({ FunctionName: 'echo' }));
      const { LastModified: _, ...configuration } = described.Configuration ?? {};
      return configuration;
    },
  },
  {
    title: 'a description of a version ends its ARN in it',
    source: 'recorded',
    expected: `${echoArn}:$LATEST`,
    ask: async ({ lambda }) => {
      const input = { FunctionName: 'echo', Qualifier: '$LATEST' };
      return (await lambda.send(new GetFunctionConfigurationCommand(input))).FunctionArn;
    },
  },
  {
    title: 'a function without variables is described without an environment',
    source: 'recorded',
    expected: undefined,
    ask: async ({ lambda }) => {
      const command = new GetFunctionConfigurationCommand({ FunctionName: 'fresh' });
      return (await lambda.send(command)).Environment;
    },
  },
  {
    title: 'the description of an unknown function is missing without a version',
    source: 'recorded',
    expected: notFound(`Function not found: ${arnOf('lambda', 'function:nowhere')}`),
    ask: ({ lambda }) => errorOf(lambda.send(new GetFunctionCommand({ FunctionName: 'nowhere' }))),
  },
  {
    title: 'a function of another account may not be invoked',
    source: `${guide}/troubleshooting-invocation.html`,
    expected: { status: 403, name: 'AccessDeniedException', resource: true },
    ask: async (functions) => {
      const FunctionName = 'arn:aws:lambda:us-east-1:123456789012:function:echo';
      const { message, ...error } = (await errorOf(
        invoke(functions, { FunctionName }),
      )) as ClientError;
      const text = `is not authorized to perform: lambda:InvokeFunction on resource: ${FunctionName}`;
      return { ...error, resource: message.includes(text) };
    },
  },
];

const requestCases: readonly Case[] = [
  {
    title: 'an error of the function is an answer with status 200',
    source: `${guide}/nodejs-exceptions.html`,
    expected: {
      StatusCode: 200,
      FunctionError: 'Unhandled',
      errorType: 'TypeError',
      errorMessage: 'no',
    },
    ask: async (functions) => {
      const input = { FunctionName: 'echo', Payload: '{"fail":"no"}' };
      const { StatusCode, FunctionError, Payload } = await invoke(functions, input);
      const { errorType, errorMessage } = JSON.parse(Payload?.transformToString() ?? '{}');
      return { StatusCode, FunctionError, errorType, errorMessage };
    },
  },
  ...(
    [
      ['Event', 202],
      ['DryRun', 204],
    ] as const
  ).map(
    ([InvocationType, status]): Case => ({
      title: `an invocation of type ${InvocationType} answers ${status}`,
      source: `${api}/API_Invoke.html`,
      expected: status,
      ask: async (functions) =>
        (await invoke(functions, { FunctionName: 'echo', InvocationType })).StatusCode,
    }),
  ),
  {
    title: 'a payload that is no JSON is invalid content',
    source: 'recorded',
    expected: { status: 400, name: 'InvalidRequestContentException', parsing: true },
    ask: async (functions) => {
      const { message, ...error } = (await errorOf(
        invoke(functions, { FunctionName: 'echo', Payload: '{' }),
      )) as ClientError;
      const parsing = message.startsWith('Could not parse request body into json: ');
      return { ...error, parsing };
    },
  },
  {
    title: 'a payload above 6 MB is too large',
    source: `${api}/API_Invoke.html`,
    expected: { status: 413, name: 'RequestTooLargeException' },
    ask: async (functions) => {
      const Payload = JSON.stringify('x'.repeat(6 * 1024 * 1024));
      const { message: _, ...error } = (await errorOf(
        invoke(functions, { FunctionName: 'echo', Payload }),
      )) as ClientError;
      return error;
    },
  },
  {
    title: 'a function without concurrency is throttled',
    source: 'recorded',
    expected: { status: 429, name: 'TooManyRequestsException', message: 'Rate Exceeded.' },
    ask: (functions) => errorOf(invoke(functions, { FunctionName: 'off' })),
  },
  {
    title: 'an operation that is not known has a name for its error',
    source: `${api}/CommonErrors.html`,
    expected: { status: 404, type: 'UnknownOperationException' },
    ask: async ({ url }) => {
      const { status, headers } = await fetch(`${url}/2015-03-31/functions/echo/aliases`);
      return { status, type: headers.get('x-amzn-errortype') };
    },
  },
];

/** A log with what differs from one invocation to the next replaced. */
const logOf = async (functions: LocalFunctions, FunctionName: string): Promise<string> => {
  const input = { FunctionName, LogType: 'Tail' as const, Payload: '{"log":"said"}' };
  const { LogResult = '' } = await invoke(functions, input);
  return Buffer.from(LogResult, 'base64')
    .toString()
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/[\d.]+ ms/g, '<ms>')
    .replaceAll(/Used: \d+ MB/g, 'Used: <mb>');
};

const logWith = (ending: string): string =>
  [
    'START RequestId: <id> Version: $LATEST',
    '<time>\t<id>\tINFO\tsaid',
    'END RequestId: <id>',
    `REPORT RequestId: <id>\tDuration: <ms>\tBilled Duration: <ms>\tMemory Size: 256 MB\tMax Memory Used: <mb>\t${ending}\n`,
  ].join('\n');

const logCases: readonly Case[] = [
  {
    title: 'the first log of an environment reports its init phase',
    source: 'recorded',
    expected: logWith('Init Duration: <ms>\t'),
    ask: (functions) => logOf(functions, 'fresh'),
  },
  {
    title: 'a later log does not',
    source: 'recorded',
    expected: logWith(''),
    ask: (functions) => logOf(functions, 'fresh'),
  },
];

const record = (name: string, condition: string, response: object) => ({
  version: '1.0',
  timestamp: true,
  requestContext: {
    requestId: true,
    functionArn: `${arnOf('lambda', `function:${name}`)}:$LATEST`,
    condition,
    approximateInvokeCount: 1,
  },
  ...response,
});

type Json = Readonly<Record<string, unknown>>;

/** A record in which the values that differ each time are whether they are there. */
const comparable = (given: unknown): unknown => {
  const { timestamp, requestContext, responsePayload, ...others } = given as Json;
  const { requestId, ...context } = requestContext as Json;
  const { trace: _, ...payload } = (responsePayload ?? {}) as Json;
  return {
    ...others,
    timestamp: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(`${timestamp}`),
    requestContext: { ...context, requestId: /^[0-9a-f-]{36}$/.test(`${requestId}`) },
    responsePayload: payload,
  };
};

/** The message that an asynchronous invocation leaves in the queue. */
const messageOf = async (functions: LocalFunctions, FunctionName: string, Payload: string) => {
  await invoke(functions, { FunctionName, InvocationType: 'Event', Payload });
  await functions.settled(FunctionName);
  const queue = functions.sqs.byName('records');
  const [message] = (await queue?.receive({ max: 1, waitSeconds: 20 })) ?? [];
  if (message) queue?.remove(message.receiptHandle);
  return message;
};

const success = {
  requestPayload: { n: 1 },
  responseContext: { statusCode: 200, executedVersion: '$LATEST' },
  responsePayload: { n: 1 },
};
const failure = {
  requestPayload: { fail: 'no' },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: { errorType: 'TypeError', errorMessage: 'no' },
};

const outcomes = [
  ['Success', 'Success', '{"n":1}', success],
  ['Failure', 'RetriesExhausted', '{"fail":"no"}', failure],
] as const;

const destinationCases: readonly Case[] = [
  ...outcomes.map(
    ([outcome, condition, payload, response]): Case => ({
      title: `a queue receives the record of a ${outcome.toLowerCase()}, with a trace`,
      source: 'recorded',
      expected: { record: record('to-queue', condition, response), trace: true },
      ask: async (functions) => {
        const message = await messageOf(functions, 'to-queue', payload);
        const trace = message?.systemAttributes?.['AWSTraceHeader']?.StringValue ?? '';
        return {
          record: comparable(JSON.parse(message?.body ?? '{}')),
          trace: /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}/.test(trace),
        };
      },
    }),
  ),
  ...outcomes.map(
    ([outcome, condition, payload, response]): Case => ({
      title: `a bus receives the record of a ${outcome.toLowerCase()} as an event`,
      source: 'recorded',
      expected: {
        source: 'lambda',
        type: `Lambda Function Invocation Result - ${outcome}`,
        resources: [
          arnOf('events', 'event-bus/records'),
          `${arnOf('lambda', 'function:to-bus')}:$LATEST`,
        ],
        detail: record('to-bus', condition, response),
      },
      ask: async (functions) => {
        const input = {
          FunctionName: 'to-bus',
          InvocationType: 'Event',
          Payload: payload,
        } as const;
        await invoke(functions, input);
        const event = (await functions.settled('to-bus')).at(-1) as Json;
        const { source, 'detail-type': type, resources, detail } = event;
        return { source, type, resources, detail: comparable(detail) };
      },
    }),
  ),
  {
    title: 'a function receives the record of a success as its event',
    source: `${guide}/invocation-async-retain-records.html`,
    expected: record('to-function', 'Success', success),
    ask: async (functions) => {
      const message = await messageOf(functions, 'to-function', '{"n":1}');
      return comparable((JSON.parse(message?.body ?? '{}') as Json)['requestPayload']);
    },
  },
  {
    title: 'a dead letter is the event, with the error as attributes',
    source: 'recorded',
    expected: {
      body: '{"fail":"no"}',
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: 'no' },
      RequestID: 'String',
    },
    ask: async (functions) => {
      const message = await messageOf(functions, 'to-dead-letters', '{"fail":"no"}');
      const { ErrorCode, ErrorMessage, RequestID } = message?.attributes ?? {};
      return { body: message?.body, ErrorCode, ErrorMessage, RequestID: RequestID?.DataType };
    },
  },
];

/** Lambda's API, its log and what becomes of asynchronous invocations. */
export const lambdaGroup = conformanceGroup({
  name: 'lambda',
  start: startLocalFunctions,
  cases: [
    ...nameCases,
    ...refusedNameCases,
    ...descriptionCases,
    ...requestCases,
    ...logCases,
    ...destinationCases,
  ],
});
