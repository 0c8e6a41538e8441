import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import {
  allow,
  arn,
  complete,
  document,
  edited,
  problemsOf,
  ref,
  role,
  withOther,
} from './permissions-fixture.ts';

describe('the set of permissions of a service on a resource', () => {
  const toQueue = (properties: JsonObject = {}): JsonObject => ({
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { EventBusName: ref('Bus'), Targets: [{ Id: '0', Arn: arn('Dlq') }] },
    },
    ...properties,
  });
  const mayNotSend = [
    expect.stringMatching(
      /^will fail in AWS: app\/Rule: the policy of arn:aws:sqs:.* does not let events.amazonaws.com send to it for this rule$/,
    ),
  ];

  it('includes a queue that is itself the target of a rule', () => {
    expect(problemsOf(withOther(toQueue()))).toEqual([]);
    const { DlqPolicy: _, ...unprotected } = complete;
    expect(problemsOf({ ...unprotected, ...toQueue() })).toEqual(mayNotSend);
  });

  it.each<[string, Json, Json]>([
    ['another action', 'sqs:SendMessage', 'sqs:ReceiveMessage'],
    ['another service', 'events.amazonaws.com', 'sns.amazonaws.com'],
    ['another queue', ref('Dlq'), 'http://other'],
    ['another resource', arn('Dlq'), 'arn:aws:sqs:us-east-1:000000000000:other'],
  ])('does not include what the policy of a queue says of %s', (_, from, to) => {
    const { DlqPolicy = {} } = edited('DlqPolicy', from, to);
    expect(problemsOf(withOther(toQueue({ DlqPolicy })))).toEqual(mayNotSend);
  });

  it.each<[string, Json]>([
    ['for a pattern of rules', { ArnLike: { 'AWS:sourceArn': 'arn:aws:events:*:rule/bus/*' } }],
    ['for one of several rules', { ArnEquals: { 'aws:SourceArn': ['arn:other', arn('Rule')] } }],
    ['for an account', { StringEquals: { 'aws:SourceAccount': '000000000000' } }],
    [
      'for a rule and an account',
      {
        ArnEquals: { 'aws:SourceArn': arn('Rule') },
        StringEquals: { 'aws:SourceAccount': '000000000000' },
      },
    ],
    ['without a condition', {}],
  ])('includes what the policy of a queue says %s', (_, Condition) => {
    const from = { ArnEquals: { 'aws:SourceArn': arn('Rule') } };
    const { DlqPolicy = {} } = edited('DlqPolicy', from, Condition);
    expect(problemsOf(withOther(toQueue({ DlqPolicy })))).toEqual([]);
  });

  it('does not include what the policy of a queue says of another rule under a further condition', () => {
    const from = { ArnEquals: { 'aws:SourceArn': arn('Rule') } };
    const both = { 'aws:SourceArn': 'arn:other', 'aws:PrincipalArn': 'arn:aws:iam::*' };
    const { DlqPolicy = {} } = edited('DlqPolicy', from, { ArnEquals: both });
    expect(problemsOf(withOther(toQueue({ DlqPolicy })))).toEqual(mayNotSend);
  });

  it('does not include what the policy of a queue says of a rule and denies to another or all', () => {
    const denies = (Condition: JsonObject): JsonObject => ({
      Denial: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [ref('Dlq')],
          ...document({
            ...allow('sqs:*', '*'),
            Effect: 'Deny',
            Principal: '*',
            ...(Object.keys(Condition).length > 0 ? { Condition } : {}),
          }),
        },
      },
    });
    const rule = { ArnEquals: { 'aws:SourceArn': arn('Rule') } };
    const otherRule = { ArnEquals: { 'aws:SourceArn': 'arn:other' } };
    expect(problemsOf(withOther(toQueue(denies({}))))).toEqual(mayNotSend);
    expect(problemsOf(withOther(toQueue(denies(rule))))).toEqual(mayNotSend);
    expect(problemsOf(withOther(toQueue(denies(otherRule))))).toEqual([]);
  });

  it.each<[string, Json, Json]>([
    ['every rule', arn('Rule'), 'arn:aws:events:us-east-1:000000000000:rule/bus/*'],
    ['a function by its name', arn('Fn'), ref('Fn')],
    ['every action of Lambda', 'lambda:InvokeFunction', 'lambda:*'],
  ])('includes a permission for %s', (_, from, to) => {
    expect(problemsOf(edited('Permission', from, to))).toEqual([]);
  });

  it('includes a permission for whatever a service does', () => {
    const { SourceArn: _, ...anySource } = (complete['Permission'] as { Properties: JsonObject })
      .Properties;
    const Permission = { Type: 'AWS::Lambda::Permission', Properties: anySource };
    expect(problemsOf(withOther({ Permission }))).toEqual([]);
  });

  it.each<[string, Json, Json]>([
    ['another action', 'lambda:InvokeFunction', 'lambda:GetFunction'],
    ['another function', arn('Fn'), 'other'],
    ['a function whose name ends alike', arn('Fn'), 'n'],
  ])('does not include a permission for %s', (_, from, to) => {
    const named = withOther({
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: { FunctionName: 'fn', Role: arn('FnRole') },
      },
      Permission: edited('Permission', from, to)['Permission'] ?? {},
    });
    expect(problemsOf(named)).toEqual([
      expect.stringContaining('no AWS::Lambda::Permission lets events.amazonaws.com invoke'),
    ]);
  });
});

describe('the set of permissions that a schedule needs', () => {
  const scheduled = (target: JsonObject, ...statements: readonly JsonObject[]): JsonObject =>
    withOther({
      ScheduleRole: role('scheduler.amazonaws.com', ...statements),
      Schedule: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: { Target: { RoleArn: arn('ScheduleRole'), ...target } },
      },
    });
  const invokes = allow('lambda:InvokeFunction', arn('Fn'));
  const deadLetters = { Arn: arn('Fn'), DeadLetterConfig: { Arn: arn('Dlq') } };

  it('includes the queue of starts that failed', () => {
    const sends = allow('sqs:SendMessage', arn('Dlq'));
    expect(problemsOf(scheduled(deadLetters, invokes, sends))).toEqual([]);
    expect(problemsOf(scheduled(deadLetters, invokes))).toEqual([
      expect.stringMatching(
        /^will fail in AWS: app\/Schedule: its target needs a RoleArn that scheduler.amazonaws.com may assume and that allows sqs:SendMessage on arn:aws:sqs:/,
      ),
    ]);
  });

  it.each([
    ['a bus', 'Other', 'events:PutEvents'],
    ['a queue', 'Dlq', 'sqs:SendMessage'],
    ['a function', 'Fn', 'lambda:InvokeFunction'],
  ])('includes a grant for %s', (_, id, action) => {
    expect(problemsOf(scheduled({ Arn: arn(id) }, allow(action, arn(id))))).toEqual([]);
    expect(problemsOf(scheduled({ Arn: arn(id) }))).toEqual([
      expect.stringContaining(`that allows ${action} on arn:aws:`),
    ]);
  });

  it('includes a role that the Scheduler may take', () => {
    const { Schedule } = scheduled({ Arn: arn('Fn') }, invokes);
    const taken = withOther({
      Schedule: Schedule ?? {},
      ScheduleRole: role('lambda.amazonaws.com', invokes),
    });
    expect(problemsOf(taken)).toEqual([
      expect.stringContaining('that scheduler.amazonaws.com may assume'),
    ]);
  });
});
