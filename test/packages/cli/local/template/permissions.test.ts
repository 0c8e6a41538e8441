import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import {
  allow,
  arn,
  complete,
  edited,
  problemsOf,
  ref,
  role,
  withOther,
  without,
} from './permissions-fixture.ts';

describe('permissionProblems', () => {
  it('finds nothing wrong where everything is granted', () => {
    expect(problemsOf(complete)).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    [
      'a rule may not invoke its function',
      without('Permission'),
      'app/Rule: no AWS::Lambda::Permission',
    ],
    [
      'the permission is for another rule',
      edited('Permission', arn('Rule'), 'arn:other'),
      'app/Rule: no AWS::Lambda::Permission',
    ],
    [
      'the permission is for another service',
      edited('Permission', 'events.amazonaws.com', 's3.amazonaws.com'),
      'app/Rule: no AWS::Lambda::Permission',
    ],
    ["a rule's dead-letter queue has no policy", without('DlqPolicy'), 'app/Rule: the policy of'],
    [
      'the queue policy is for another rule',
      edited('DlqPolicy', arn('Rule'), 'arn:other'),
      'app/Rule: the policy of',
    ],
    [
      'a target bus has no role',
      edited('Rule', 'RoleArn', 'Ignored'),
      'allows events:PutEvents on it',
    ],
    [
      'the role of a target bus allows another bus',
      edited('BusRole', arn('Other'), arn('Bus')),
      'allows events:PutEvents on it',
    ],
    [
      'EventBridge may not assume the role of a target bus',
      edited('BusRole', 'events.amazonaws.com', 'lambda.amazonaws.com'),
      'allows events:PutEvents on it',
    ],
    [
      'a schedule may not invoke its function',
      edited('ScheduleRole', 'lambda:InvokeFunction', 'lambda:GetFunction'),
      'app/Schedule: its target needs a RoleArn',
    ],
    [
      'a function may not connect to its cluster',
      edited('FnPolicy', 'dsql:DbConnect', 'dsql:GetCluster'),
      'app/Fn: its role does not allow dsql:DbConnect on',
    ],
    [
      'a function connects as admin without the right to',
      edited('Fn', 'app', 'admin'),
      'app/Fn: its role does not allow dsql:DbConnectAdmin on',
    ],
    [
      'a function may not send to its bus',
      edited('FnPolicy', 'events:PutEvents', 'events:PutRule'),
      'app/Fn: its role does not allow events:PutEvents on',
    ],
    [
      'a function may not send its failures to their queue',
      edited('FnRole', 'sqs:SendMessage', 'sqs:ReceiveMessage'),
      'where its OnFailure records go',
    ],
  ])('says that it will fail in AWS when %s', (_, resources, reason) => {
    expect(problemsOf(resources)).toEqual([expect.stringContaining(reason)]);
    expect(problemsOf(resources)[0]).toMatch(/^will fail in AWS: /);
  });

  const withDestinations = (properties: JsonObject): JsonObject =>
    withOther({
      FnEvents: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: arn('Fn'), ...properties },
      },
    });

  it('finds the role of a function that a configuration names by its ARN', () => {
    const DestinationConfig = { OnFailure: { Destination: arn('Dlq') } };
    expect(problemsOf(withDestinations({ DestinationConfig }))).toEqual([]);
  });

  it.each([
    ['a bus', arn('Other'), 'events:PutEvents'],
    ['a function', arn('Fn'), 'lambda:InvokeFunction'],
    ['a queue', arn('Later'), 'sqs:SendMessage'],
  ])('says that records for %s will fail in AWS without a grant', (_, Destination, action) => {
    const DestinationConfig = { OnSuccess: { Destination } };
    const resources = { ...withDestinations({ DestinationConfig }), Later: complete['Dlq'] ?? {} };
    expect(problemsOf(resources)).toEqual([
      expect.stringMatching(
        `^will fail in AWS: app/FnEvents: the function's role does not allow ${action} on .*, where its OnSuccess records go$`,
      ),
    ]);
  });

  it('takes no permission for that of a function of another account', () => {
    const foreign = 'arn:aws:lambda:us-east-1:123456789012:function:f';
    const Fn = { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'f' } };
    const permission = edited('Permission', arn('Fn'), 'f');
    const Rule = {
      Type: 'AWS::Events::Rule',
      Properties: { EventBusName: ref('Bus'), Targets: [{ Id: '0', Arn: foreign }] },
    };
    const { Schedule: _, FnEvents: __, ...others } = complete;
    const resources = { ...others, Permission: permission['Permission'] ?? {}, Fn, Rule };
    expect(problemsOf(resources)).toEqual([
      expect.stringContaining(`lets events.amazonaws.com invoke ${foreign} for this rule`),
    ]);
  });

  it('counts a wildcard as a grant, and a denial as none', () => {
    expect(problemsOf(edited('FnPolicy', 'dsql:DbConnect', 'dsql:*'))).toEqual([]);
    const denial = { Effect: 'Deny', Action: 'dsql:*', Resource: '*' };
    const denied = {
      ...complete,
      FnRole: role('lambda.amazonaws.com', allow('sqs:SendMessage', arn('Dlq')), denial),
    };
    expect(problemsOf(denied)).toHaveLength(1);
  });

  it('asks for no permission where none is needed', () => {
    const logs = 'arn:aws:logs:us-east-1:000000000000:log-group:events';
    const sdk = 'arn:aws:scheduler:::aws-sdk:sfn:startExecution';
    const resources = withOther({
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: { EventBusName: ref('Bus'), Targets: [{ Id: '0', Arn: logs }] },
      },
      Schedule: { Type: 'AWS::Scheduler::Schedule', Properties: { Target: { Arn: sdk } } },
      FnEvents: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: ref('Fn') } },
      Quiet: { Type: 'AWS::Lambda::Function', Properties: { Role: arn('FnRole') } },
      Idle: { Type: 'AWS::Events::Rule', Properties: { EventBusName: ref('Bus') } },
    });
    expect(problemsOf(resources)).toEqual([]);
  });
});
