import { planStack } from '../../packages/cli/src/local/stack/plan/plan.ts';
import { readTemplate } from '../../packages/cli/src/local/template/assembly.ts';
import {
  type Json,
  type JsonObject,
  objectOf,
} from '../../packages/cli/src/local/template/json.ts';
import { problemsIn } from '../../packages/cli/src/local/template/problems.ts';
import { type ConformanceCase, conformanceGroup } from './conformance-group.ts';

const docs = 'https://docs.aws.amazon.com';
const pages = {
  anatomy: `${docs}/AWSCloudFormation/latest/UserGuide/template-anatomy.html`,
  archive: `${docs}/eventbridge/latest/APIReference/API_CreateArchive.html`,
  asynchronous: `${docs}/lambda/latest/api/API_PutFunctionEventInvokeConfig.html`,
  bus: `${docs}/eventbridge/latest/APIReference/API_CreateEventBus.html`,
  environment: `${docs}/lambda/latest/api/API_Environment.html`,
  exports: `${docs}/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-importvalue.html`,
  function: `${docs}/lambda/latest/api/API_CreateFunction.html`,
  limits: `${docs}/lambda/latest/dg/gettingstarted-limits.html`,
  names: `${docs}/AWSCloudFormation/latest/UserGuide/aws-properties-name.html`,
  queue: `${docs}/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html`,
  quotas: `${docs}/eventbridge/latest/userguide/eb-quota.html`,
  reserved: `${docs}/lambda/latest/dg/configuration-envvars.html`,
  resources: `${docs}/AWSCloudFormation/latest/UserGuide/resources-section-structure.html`,
  retries: `${docs}/eventbridge/latest/APIReference/API_RetryPolicy.html`,
  role: `${docs}/IAM/latest/APIReference/API_CreateRole.html`,
  rule: `${docs}/eventbridge/latest/APIReference/API_PutRule.html`,
  target: `${docs}/eventbridge/latest/APIReference/API_Target.html`,
  window: `${docs}/scheduler/latest/APIReference/API_FlexibleTimeWindow.html`,
} as const;

const arn = (id: string): JsonObject => ({ 'Fn::GetAtt': [id, 'Arn'] });

const role = (service: string, Action: string): JsonObject => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
    },
    Policies: [
      {
        PolicyName: 'own',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource: '*' }] },
      },
    ],
  },
});

const resource = (Type: string, Properties: JsonObject): JsonObject => ({ Type, Properties });

/** A small service that AWS takes. */
const service: JsonObject = {
  FnRole: role('lambda.amazonaws.com', 'sqs:SendMessage'),
  Fn: resource('AWS::Lambda::Function', {
    FunctionName: 'api',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
    Role: arn('FnRole'),
  }),
  Settings: resource('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: 'Fn' },
    Qualifier: '$LATEST',
    MaximumRetryAttempts: 1,
  }),
  Queue: resource('AWS::SQS::Queue', { QueueName: 'orders' }),
  Bus: resource('AWS::Events::EventBus', { Name: 'orders' }),
  Permission: resource('AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    FunctionName: arn('Fn'),
    Principal: 'events.amazonaws.com',
    SourceArn: arn('Rule'),
  }),
  Rule: resource('AWS::Events::Rule', {
    EventBusName: { Ref: 'Bus' },
    EventPattern: { source: ['orders'] },
    Targets: [{ Id: 'A', Arn: arn('Fn') }],
  }),
  Archive: resource('AWS::Events::Archive', { SourceArn: arn('Bus') }),
  ScheduleRole: role('scheduler.amazonaws.com', 'lambda:InvokeFunction'),
  Schedule: resource('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: arn('Fn'), RoleArn: arn('ScheduleRole') },
  }),
};

/** The service with other properties of a resource; `null` takes a property away. */
const changed = (id: string, properties: JsonObject): JsonObject => {
  const whole = objectOf(service[id]);
  const given = Object.entries({ ...objectOf(whole['Properties']), ...properties });
  const Properties = Object.fromEntries(given.filter(([, value]) => value !== null));
  return { ...service, [id]: { ...whole, Properties } };
};

/** The logical ids of the resources for which the local stack refuses a template. */
const refusedOf = (template: JsonObject): readonly string[] => {
  const stack = {
    name: 'app',
    region: 'us-east-1',
    template: readTemplate(template),
    assets: new Map([['code.zip', '/nowhere']]),
  };
  const lines = problemsIn(() => planStack({ directory: '/nowhere', stacks: [stack] }, []));
  return [...new Set(lines.map((line) => /(?:^|: )app(?:\/([^:]+))?: /.exec(line)?.[1] ?? 'app'))];
};

type Case = ConformanceCase<unknown>;
type Change = readonly [title: string, source: string, id: string, properties: JsonObject];

const refused: readonly Change[] = [
  ['a timeout of 901 s', pages.function, 'Fn', { Timeout: 901 }],
  ['a timeout of 0 s', pages.function, 'Fn', { Timeout: 0 }],
  ['127 MB of memory', pages.limits, 'Fn', { MemorySize: 127 }],
  ['10,241 MB of memory', pages.limits, 'Fn', { MemorySize: 10_241 }],
  ['511 MB of storage', pages.limits, 'Fn', { EphemeralStorage: { Size: 511 } }],
  [
    'more than 4 KB of variables',
    pages.limits,
    'Fn',
    { Environment: { Variables: { TEXT: 'x'.repeat(4096) } } },
  ],
  [
    'a variable that Lambda reserves',
    pages.reserved,
    'Fn',
    { Environment: { Variables: { AWS_LAMBDA_RUNTIME_API: 'x' } } },
  ],
  [
    'a variable that begins with a digit',
    pages.environment,
    'Fn',
    { Environment: { Variables: { '1A': 'x' } } },
  ],
  ['a function name of 65 characters', pages.function, 'Fn', { FunctionName: 'f'.repeat(65) }],
  ['a function name with a blank', pages.function, 'Fn', { FunctionName: 'my api' }],
  ['a property that does not exist', pages.resources, 'Fn', { Timout: 3 }],
  ['a function without its role', pages.function, 'Fn', { Role: {} }],
  ['three retries', pages.asynchronous, 'Settings', { MaximumRetryAttempts: 3 }],
  ['an event age of 59 s', pages.asynchronous, 'Settings', { MaximumEventAgeInSeconds: 59 }],
  ['settings that set nothing', 'recorded', 'Settings', { MaximumRetryAttempts: null }],
  ['a visibility timeout of 43,201 s', pages.queue, 'Queue', { VisibilityTimeout: 43_201 }],
  ['a delay of 901 s', pages.queue, 'Queue', { DelaySeconds: 901 }],
  ['a long poll of 21 s', pages.queue, 'Queue', { ReceiveMessageWaitTimeSeconds: 21 }],
  ['a retention of 59 s', pages.queue, 'Queue', { MessageRetentionPeriod: 59 }],
  ['a queue name of 81 characters', pages.queue, 'Queue', { QueueName: 'q'.repeat(81) }],
  ['a queue name with a dot', pages.queue, 'Queue', { QueueName: 'my.orders' }],
  [
    'a dead-letter queue that does not exist',
    pages.queue,
    'Queue',
    {
      RedrivePolicy: {
        deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:gone',
        maxReceiveCount: 1,
      },
    },
  ],
  ['the bus name default', pages.bus, 'Bus', { Name: 'default' }],
  ['a rule name of 65 characters', pages.rule, 'Rule', { Name: 'r'.repeat(65) }],
  ['a rule on a missing bus', pages.rule, 'Rule', { EventBusName: 'gone' }],
  ['a pattern that is no object of lists', pages.rule, 'Rule', { EventPattern: { source: 'a' } }],
  ['a target id with a colon', pages.target, 'Rule', { Targets: [{ Id: 'a:b', Arn: arn('Fn') }] }],
  [
    'a target input that is no JSON',
    pages.target,
    'Rule',
    { Targets: [{ Id: 'A', Arn: arn('Fn'), Input: 'text' }] },
  ],
  [
    'the 186th retry of a delivery',
    pages.retries,
    'Rule',
    { Targets: [{ Id: 'A', Arn: arn('Fn'), RetryPolicy: { MaximumRetryAttempts: 186 } }] },
  ],
  [
    'a sixth target',
    pages.quotas,
    'Rule',
    { Targets: ['A', 'B', 'C', 'D', 'E', 'F'].map((Id) => ({ Id, Arn: arn('Fn') })) },
  ],
  ['an archive name of 49 characters', pages.archive, 'Archive', { ArchiveName: 'a'.repeat(49) }],
  [
    'an archive of a missing bus',
    pages.archive,
    'Archive',
    { SourceArn: 'arn:aws:events:us-east-1:000000000000:event-bus/gone' },
  ],
  ['an archive of a wrong pattern', pages.archive, 'Archive', { EventPattern: { source: 'a' } }],
  [
    'a flexible window without minutes',
    pages.window,
    'Schedule',
    { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } },
  ],
  [
    'a flexible window of 1,441 minutes',
    pages.window,
    'Schedule',
    { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1441 } },
  ],
  ['a role name of 65 characters', pages.role, 'FnRole', { RoleName: 'r'.repeat(65) }],
];

const accepted: readonly Change[] = [
  ['a timeout of 900 s, also as a text', pages.function, 'Fn', { Timeout: '900' }],
  ['10,240 MB of memory', pages.limits, 'Fn', { MemorySize: 10_240 }],
  ['no retries', pages.asynchronous, 'Settings', { MaximumRetryAttempts: 0 }],
  ['a visibility timeout of 12 hours', pages.queue, 'Queue', { VisibilityTimeout: 43_200 }],
  ['a queue name of 80 characters', pages.queue, 'Queue', { QueueName: 'q'.repeat(80) }],
  ['a rule name with dots', pages.rule, 'Rule', { Name: 'orders.made' }],
  [
    'an archive of the default bus',
    pages.archive,
    'Archive',
    { SourceArn: 'arn:aws:events:us-east-1:000000000000:event-bus/default' },
  ],
  [
    'a flexible window of a day',
    pages.window,
    'Schedule',
    { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1440 } },
  ],
];

const caseOf =
  (verb: string, expected: (id: string) => readonly string[]) =>
  ([title, source, id, properties]: Change): Case => ({
    title: `CloudFormation ${verb} ${title}`,
    source,
    expected: expected(id),
    ask: () => refusedOf({ Resources: changed(id, properties) }),
  });

const exported = (Name: string): Json => ({ Value: 'v', Export: { Name } });

const wholeCases: readonly Case[] = [
  {
    title: 'CloudFormation refuses two queues of one name',
    source: pages.names,
    expected: ['Twin'],
    ask: () => refusedOf({ Resources: { ...service, Twin: service['Queue'] ?? null } }),
  },
  {
    title: 'CloudFormation refuses two exports of one name',
    source: pages.exports,
    expected: ['Two'],
    ask: () =>
      refusedOf({ Resources: service, Outputs: { One: exported('n'), Two: exported('n') } }),
  },
  {
    title: 'CloudFormation refuses a section that does not exist',
    source: pages.anatomy,
    expected: ['app'],
    ask: () => refusedOf({ Resources: service, Outputz: {} }),
  },
  {
    title: 'CloudFormation refuses a logical id with a hyphen',
    source: pages.resources,
    expected: ['a-queue'],
    ask: () => refusedOf({ Resources: { ...service, 'a-queue': { Type: 'AWS::SQS::Queue' } } }),
  },
  {
    title: 'CloudFormation refuses a dependency on what is not there',
    source: pages.resources,
    expected: ['Queue'],
    ask: () => refusedOf({ Resources: { Queue: { Type: 'AWS::SQS::Queue', DependsOn: 'Gone' } } }),
  },
  {
    title: 'CloudFormation takes the service as it is',
    source: pages.resources,
    expected: [],
    ask: () => refusedOf({ Resources: service }),
  },
];

/**
 * Templates that CloudFormation or a service refuses or takes; the answer is the resources that are
 * refused.
 */
export const templatesGroup = conformanceGroup({
  name: 'templates',
  start: async () => ({ stop: async () => undefined }),
  cases: [
    ...refused.map(caseOf('refuses', (id) => [id])),
    ...accepted.map(caseOf('takes', () => [])),
    ...wholeCases,
  ],
});
