import { expect } from 'vitest';
import {
  isObject,
  type Json,
  type JsonObject,
} from '../../../../../packages/cli/src/local/template/json.ts';
import { permissionProblems } from '../../../../../packages/cli/src/local/template/permissions.ts';
import { model, stack } from './fixture.ts';

export const arn = (id: string): Json => ({ 'Fn::GetAtt': [id, 'Arn'] });
export const ref = (id: string): Json => ({ Ref: id });
export const trust = (service: string): JsonObject => ({
  AssumeRolePolicyDocument: {
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
  },
});
export const allow = (Action: Json, Resource: Json): JsonObject => ({
  Effect: 'Allow',
  Action,
  Resource,
});
export const role = (service: string, ...Statement: readonly JsonObject[]): JsonObject => ({
  Type: 'AWS::IAM::Role',
  Properties: { ...trust(service), Policies: [{ PolicyDocument: { Statement } }] },
});

/** A service in which everything is granted; each test takes one grant away. */
export const complete: { readonly [logicalId: string]: JsonObject } = {
  Cluster: { Type: 'AWS::DSQL::Cluster' },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
  Other: { Type: 'AWS::Events::EventBus', Properties: { Name: 'other' } },
  Dlq: { Type: 'AWS::SQS::Queue' },
  DlqPolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [ref('Dlq')],
      PolicyDocument: {
        Statement: [
          {
            ...allow('sqs:SendMessage', arn('Dlq')),
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': arn('Rule') } },
          },
          {
            ...allow('sqs:*', arn('Dlq')),
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  },
  FnRole: role('lambda.amazonaws.com', allow('sqs:SendMessage', arn('Dlq'))),
  FnPolicy: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      Roles: [ref('FnRole')],
      PolicyDocument: {
        Statement: [
          allow('dsql:DbConnect', { 'Fn::GetAtt': ['Cluster', 'ResourceArn'] }),
          allow(['events:PutEvents', 'events:DescribeRule'], arn('Bus')),
        ],
      },
    },
  },
  Fn: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Role: arn('FnRole'),
      Environment: {
        Variables: {
          DSQL_ENDPOINT: { 'Fn::GetAtt': ['Cluster', 'Endpoint'] },
          DSQL_USER: 'app',
          EVENT_BUS_NAME: ref('Bus'),
        },
      },
    },
  },
  FnEvents: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: ref('Fn'),
      DestinationConfig: { OnFailure: { Destination: arn('Dlq') } },
    },
  },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: arn('Fn'),
      Principal: 'events.amazonaws.com',
      SourceArn: arn('Rule'),
    },
  },
  BusRole: role('events.amazonaws.com', allow('events:PutEvents', arn('Other'))),
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: ref('Bus'),
      Targets: [
        { Id: '0', Arn: arn('Fn'), DeadLetterConfig: { Arn: arn('Dlq') } },
        { Id: '1', Arn: arn('Other'), RoleArn: arn('BusRole') },
      ],
    },
  },
  ScheduleRole: role('scheduler.amazonaws.com', allow('lambda:InvokeFunction', arn('Fn'))),
  Schedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: { Target: { Arn: arn('Fn'), RoleArn: arn('ScheduleRole') } },
  },
};

export const problemsOf = (resources: JsonObject) =>
  permissionProblems(model([stack('app', 'us-east-1', { Resources: resources })]).resources());

/** The service with further resources, or with others in their place. */
export const withOther = (resources: JsonObject): JsonObject => ({ ...complete, ...resources });

export const without = (logicalId: string): JsonObject =>
  Object.fromEntries(Object.entries(complete).filter(([id]) => id !== logicalId));

/** The service with every occurrence of a JSON fragment replaced in one resource. */
export const edited = (logicalId: string, from: Json, to: Json): JsonObject => {
  const text = JSON.stringify(complete[logicalId]);
  const changed = text.replaceAll(JSON.stringify(from), JSON.stringify(to));
  const resource = JSON.parse(changed) as Json;
  if (changed === text || !isObject(resource)) throw new Error(`nothing to edit in ${logicalId}`);
  return { ...complete, [logicalId]: resource };
};

/** Policies of the function's role that let it connect and publish, in the place of `FnPolicy`. */
export const reaches = [
  allow('dsql:DbConnect', { 'Fn::GetAtt': ['Cluster', 'ResourceArn'] }),
  allow('events:PutEvents', arn('Bus')),
];
export const document = (...Statement: readonly JsonObject[]): JsonObject => ({
  PolicyDocument: { Statement },
});
export const connects = expect.stringContaining(
  'app/Fn: its role does not allow dsql:DbConnect on',
);
export const publishes = expect.stringContaining(
  'app/Fn: its role does not allow events:PutEvents on',
);
