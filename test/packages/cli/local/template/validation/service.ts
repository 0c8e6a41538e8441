import { expect, it } from 'vitest';
import { planStack } from '../../../../../../packages/cli/src/local/stack/plan/plan.ts';
import {
  type Json,
  type JsonObject,
  objectOf,
} from '../../../../../../packages/cli/src/local/template/json.ts';
import { problemsIn } from '../../../../../../packages/cli/src/local/template/problems.ts';
import { codeKey, stack } from '../fixture.ts';

const ref = (id: string): JsonObject => ({ Ref: id });
const arn = (id: string): JsonObject => ({ 'Fn::GetAtt': [id, 'Arn'] });

const resource = (Type: string, Properties: JsonObject): JsonObject => ({ Type, Properties });

const role = (service: string, Action: Json, Resource: Json): JsonObject =>
  resource('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
    },
    Policies: [
      {
        PolicyName: 'own',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource }] },
      },
    ],
  });

/** One resource of each kind that a service has, as AWS takes it. */
export const service: JsonObject = {
  FnRole: role(
    'lambda.amazonaws.com',
    ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    [arn('Failures'), arn('Queue')],
  ),
  Fn: resource('AWS::Lambda::Function', {
    FunctionName: 'notes-api',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { S3Bucket: 'assets', S3Key: codeKey },
    Role: arn('FnRole'),
    Timeout: 30,
    MemorySize: 256,
    Environment: { Variables: { STAGE: 'test' } },
  }),
  FnVersion: resource('AWS::Lambda::Version', { FunctionName: ref('Fn') }),
  FnAlias: {
    ...resource('AWS::Lambda::Alias', {
      FunctionName: ref('Fn'),
      FunctionVersion: { 'Fn::GetAtt': ['FnVersion', 'Version'] },
      Name: 'live',
    }),
    UpdatePolicy: {
      CodeDeployLambdaAliasUpdate: {
        ApplicationName: ref('Releases'),
        DeploymentGroupName: ref('Group'),
      },
    },
  },
  Releases: resource('AWS::CodeDeploy::Application', { ComputePlatform: 'Lambda' }),
  GroupRole: role('codedeploy.amazonaws.com', ['lambda:GetAlias', 'lambda:UpdateAlias'], '*'),
  Group: resource('AWS::CodeDeploy::DeploymentGroup', {
    ApplicationName: ref('Releases'),
    ServiceRoleArn: arn('GroupRole'),
    DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
  }),
  FnUrl: resource('AWS::Lambda::Url', { AuthType: 'NONE', TargetFunctionArn: arn('Fn') }),
  FnEvents: resource('AWS::Lambda::EventInvokeConfig', {
    FunctionName: ref('Fn'),
    Qualifier: '$LATEST',
    MaximumRetryAttempts: 2,
    MaximumEventAgeInSeconds: 21_600,
    DestinationConfig: { OnFailure: { Destination: arn('Failures') } },
  }),
  Mapping: resource('AWS::Lambda::EventSourceMapping', {
    FunctionName: ref('Fn'),
    EventSourceArn: arn('Queue'),
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 5 },
  }),
  Permission: resource('AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    FunctionName: arn('Fn'),
    Principal: 'events.amazonaws.com',
    SourceArn: arn('Rule'),
  }),
  Failures: resource('AWS::SQS::Queue', { QueueName: 'notes-failures' }),
  Queue: resource('AWS::SQS::Queue', {
    QueueName: 'notes',
    VisibilityTimeout: 5_400,
    RedrivePolicy: { deadLetterTargetArn: arn('Failures'), maxReceiveCount: 3 },
  }),
  Bus: resource('AWS::Events::EventBus', { Name: 'notes' }),
  Rule: resource('AWS::Events::Rule', {
    Name: 'notes-made',
    EventBusName: ref('Bus'),
    EventPattern: { source: ['notes'] },
    Targets: [{ Id: 'Target0', Arn: arn('Fn'), Input: '{"made":true}' }],
  }),
  Archive: resource('AWS::Events::Archive', {
    ArchiveName: 'notes',
    SourceArn: arn('Bus'),
    EventPattern: { source: ['notes'] },
    RetentionDays: 30,
  }),
  ScheduleRole: role('scheduler.amazonaws.com', 'lambda:InvokeFunction', arn('Fn')),
  Schedule: resource('AWS::Scheduler::Schedule', {
    Name: 'tick',
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
    Target: { Arn: arn('Fn'), RoleArn: arn('ScheduleRole'), Input: '{}' },
  }),
  Logs: resource('AWS::Logs::LogGroup', { LogGroupName: '/notes', RetentionInDays: 30 }),
};

/** The service with other properties of one of its resources; `null` takes a property away. */
export const withProperties = (id: string, properties: JsonObject): JsonObject => {
  const whole = objectOf(service[id]);
  const changed = { ...objectOf(whole['Properties']), ...properties };
  const kept = Object.entries(changed).filter(([, value]) => value !== null);
  return { ...service, [id]: { ...whole, Properties: Object.fromEntries(kept) } };
};

/** One resource of the service changed, and the one line with which that is refused. */
export type Case = readonly [rule: string, id: string, properties: JsonObject, refusal: string];

/** The only target of the service's rule, with other properties. */
export const target = (properties: JsonObject): JsonObject => ({
  Targets: [{ Id: 'Target0', Arn: arn('Fn'), ...properties }],
});

/** The target of the service's schedule, with other properties. */
export const scheduled = (properties: JsonObject): JsonObject => ({
  Target: { Arn: arn('Fn'), RoleArn: arn('ScheduleRole'), ...properties },
});

/**
 * The lines with which the local stack refuses templates, one for each Region; none for those that
 * it takes.
 */
export const refusals = (...templates: readonly JsonObject[]): readonly string[] => {
  const regions = ['us-east-1', 'us-west-2'];
  const stacks = templates.map((template, index) =>
    stack(`app${index === 0 ? '' : index}`, regions[index] ?? '', template),
  );
  return problemsIn(() => planStack({ directory: '/nowhere', stacks }, []));
};

/** The same for a template of these resources. */
export const refusalsOf = (resources: JsonObject): readonly string[] =>
  refusals({ Resources: resources });

/** The service with one resource changed is refused with one line. */
export const refuses = (cases: readonly Case[]): void => {
  it.each(cases)('refuses %s', (_, id, properties, refusal) => {
    expect(refusalsOf(withProperties(id, properties))).toEqual([
      `will fail in AWS: app/${id}: ${refusal}`,
    ]);
  });
};
