import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import { permissionProblems } from '../../../../../packages/cli/src/local/template/permissions.ts';
import { model, stack } from './fixture.ts';
import {
  allow,
  arn,
  complete,
  connects,
  document,
  edited,
  problemsOf,
  publishes,
  reaches,
  ref,
  role,
  trust,
  withOther,
} from './permissions-fixture.ts';

describe('a permission of a role', () => {
  const { FnPolicy: _, ...others } = complete;
  const sends = allow('sqs:SendMessage', arn('Dlq'));
  const fnRole = (properties: JsonObject): JsonObject => ({
    Type: 'AWS::IAM::Role',
    Properties: { ...trust('lambda.amazonaws.com'), ...properties },
  });
  const managed = (properties: JsonObject = {}): JsonObject => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { ...document(...reaches, sends), ...properties },
  });

  it.each<[string, JsonObject]>([
    ['in several policies of its own', role('lambda.amazonaws.com', ...reaches, sends)],
    [
      'in a policy with a single statement, which is no list',
      fnRole({
        Policies: [document(...reaches), { PolicyDocument: { Statement: sends } }],
      }),
    ],
  ])('counts %s', (_title, FnRole) => {
    expect(problemsOf({ ...others, FnRole })).toEqual([]);
  });

  it('counts in a managed policy that names the role, or that the role names', () => {
    const named = { FnRole: fnRole({}), Managed: managed({ Roles: [ref('FnRole')] }) };
    expect(problemsOf({ ...others, ...named })).toEqual([]);
    const naming = { FnRole: fnRole({ ManagedPolicyArns: [ref('Managed')] }), Managed: managed() };
    expect(problemsOf({ ...others, ...naming })).toEqual([]);
  });

  it('does not count in a policy of another role, or of none', () => {
    const elsewhere = {
      FnRole: fnRole({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }),
      Managed: managed({ Roles: [ref('BusRole')] }),
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: { Roles: [ref('BusRole')], ...document(...reaches, sends) },
      },
      Unattached: managed(),
    };
    expect(problemsOf({ ...others, ...elsewhere })).toEqual([
      connects,
      publishes,
      expect.stringContaining('where its OnFailure records go'),
    ]);
  });

  it('counts for nothing where the role is not in the app, or its trust denies the service', () => {
    const foreign = edited('Fn', arn('FnRole'), 'arn:aws:iam::123456789012:role/other');
    expect(problemsOf(foreign)).toEqual(expect.arrayContaining([connects, publishes]));
    const text = JSON.stringify(complete['FnRole']).replace('"Allow"', '"Deny"');
    const denied = withOther({ FnRole: JSON.parse(text) as JsonObject });
    expect(problemsOf(denied)).toEqual(expect.arrayContaining([connects, publishes]));
  });

  it('counts where its trust names several services, and may be taken by anybody', () => {
    for (const Principal of [
      { Service: ['events.amazonaws.com', 'lambda.amazonaws.com'] },
      { AWS: '*' },
      '*',
    ]) {
      const from = { Service: 'lambda.amazonaws.com' };
      expect(problemsOf(edited('FnRole', from, Principal))).toEqual([]);
    }
    const account = { AWS: 'arn:aws:iam::000000000000:root' };
    const taken = edited('FnRole', { Service: 'lambda.amazonaws.com' }, account);
    expect(problemsOf(taken)).toHaveLength(3);
  });

  it.each([
    '*',
    '**',
    'arn:aws:events:us-east-1:000000000000:event-bus/bus',
    'arn:*:event-bus/bus',
    'arn:*:event-bus/b?s',
    'arn:*:event-bus/bus*',
    'arn:*bus*bus',
    'arn:*s/b*s',
    '*us*us*',
  ])('counts on every resource that %s stands for', (pattern) => {
    expect(problemsOf(edited('FnPolicy', arn('Bus'), pattern))).toEqual([]);
    expect(problemsOf(edited('FnPolicy', arn('Bus'), ['arn:aws:sqs:*', pattern]))).toEqual([]);
  });

  it.each([
    '',
    'arn:aws:events:us-east-1:000000000000:event-bus/BUS',
    'arn:*:event-bus/bu',
    'arn:*:event-bus/bus?',
    'arn:*:event-bus/bus??',
    'arn:*:event-bus/b?us',
    'arn:*bus*bus*bus',
    'event-bus/bus',
    '*event-bus/b',
    'arn:*:event-bus/bus*other',
  ])('does not count on a resource that %j does not stand for', (pattern) => {
    expect(problemsOf(edited('FnPolicy', arn('Bus'), pattern))).toEqual([publishes]);
  });

  it.each(['DSQL:dbconnect', 'dsql:Db*', 'd?ql:DbConnect', '*'])(
    'counts for every action that %s stands for, in any case',
    (action) => {
      expect(problemsOf(edited('FnPolicy', 'dsql:DbConnect', action))).toEqual([]);
    },
  );

  it.each(['dsql:DbConnectAdmin', 'dsql:Get*', 'dsql:DbConnec', 'dsql:DbConnect?'])(
    'does not count for an action that %s does not stand for',
    (action) => {
      expect(problemsOf(edited('FnPolicy', 'dsql:DbConnect', action))).toEqual([connects]);
    },
  );

  it('counts under a condition, and a denial under one does not', () => {
    const Condition = {
      Bool: { 'aws:SecureTransport': 'false' },
      ArnEquals: { 'aws:SourceArn': 'arn:other' },
    };
    const statement = (Effect: string) => ({
      ...allow('dsql:DbConnect', '*'),
      Effect,
      Condition,
    });
    const policy = (...statements: readonly JsonObject[]): JsonObject => ({
      Type: 'AWS::IAM::Policy',
      Properties: { Roles: [ref('FnRole')], ...document(...statements) },
    });
    const allowed = policy(statement('Allow'), allow('events:PutEvents', arn('Bus')));
    expect(problemsOf(withOther({ FnPolicy: allowed }))).toEqual([]);
    expect(problemsOf(withOther({ Denial: policy(statement('Deny')) }))).toEqual([]);
  });
});

describe('the set of permissions that a function needs', () => {
  const withVariables = (Variables: JsonObject): JsonObject =>
    withOther({
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: { Role: arn('FnRole'), Environment: { Variables } },
      },
    });
  const other = 'arn:aws:events:us-east-1:000000000000:event-bus/other';

  it.each([
    ['the name', ref('Other')],
    ['the ARN', arn('Other')],
  ])('includes a bus of which it knows %s', (_, BUS) => {
    expect(problemsOf(withVariables({ BUS }))).toEqual([
      `will fail in AWS: app/Fn: its role does not allow events:PutEvents on ${other}`,
    ]);
  });

  it('includes no bus or cluster of which it knows nothing', () => {
    const variables = { LOG_LEVEL: 'INFO', QUEUE: ref('Dlq') };
    const { FnPolicy: _, ...resources } = withVariables(variables);
    expect(problemsOf(resources)).toEqual([]);
  });

  it('includes the queue of events that it failed at', () => {
    const withQueue = (FnRole: JsonObject): JsonObject =>
      withOther({
        FnRole,
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: { Role: arn('FnRole'), DeadLetterConfig: { TargetArn: arn('Dlq') } },
        },
        FnEvents: complete['Bus'] ?? {},
      });
    const sends = allow('sqs:SendMessage', arn('Dlq'));
    expect(problemsOf(withQueue(role('lambda.amazonaws.com', sends)))).toEqual([]);
    expect(problemsOf(withQueue(role('lambda.amazonaws.com')))).toEqual([
      expect.stringMatching(/app\/Fn: its role does not allow sqs:SendMessage on arn:aws:sqs:.*$/),
    ]);
  });

  /** The service, and a stack of the other Region with resources of its own. */
  const problemsOfBoth = (east: JsonObject, west: JsonObject) =>
    permissionProblems(
      model([
        stack('app', 'us-east-1', { Resources: east }),
        stack('far', 'us-west-2', { Resources: west }),
      ]).resources(),
    );

  it('includes no bus of the same name in the other Region, which its client does not reach', () => {
    expect(problemsOfBoth(complete, { Bus: complete['Bus'] ?? {} })).toEqual([]);
  });

  it('includes the cluster of the other Region where it connects to that', () => {
    const east = { Cluster: complete['Cluster'] ?? {} };
    const west = {
      FnRole: role('lambda.amazonaws.com'),
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Role: arn('FnRole'),
          Environment: { Variables: { DSQL_ENDPOINT: 'localhost:5432' } },
        },
      },
    };
    expect(problemsOfBoth(east, west)).toEqual([
      expect.stringMatching(
        /far\/Fn: its role does not allow dsql:DbConnect on arn:aws:dsql:us-east-1:/,
      ),
    ]);
  });

  it('includes a permission of its own Region to be invoked', () => {
    const Properties = { FunctionName: 'f' };
    const invocation = (SourceArn: Json): JsonObject => ({
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: 'f',
        Principal: 'events.amazonaws.com',
        SourceArn,
      },
    });
    const west = {
      Fn: { Type: 'AWS::Lambda::Function', Properties },
      Rule: { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Id: '0', Arn: arn('Fn') }] } },
    };
    const any = 'arn:aws:events:*:000000000000:rule/*';
    expect(problemsOfBoth({}, { ...west, Permission: invocation(any) })).toEqual([]);
    expect(problemsOfBoth({ Permission: invocation(any) }, west)).toEqual([
      expect.stringContaining('far/Rule: no AWS::Lambda::Permission lets events.amazonaws.com'),
    ]);
  });
});
