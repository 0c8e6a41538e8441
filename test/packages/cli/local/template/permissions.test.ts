import { describe, expect, it } from 'vitest';
import {
  isObject,
  type Json,
  type JsonObject,
} from '../../../../../packages/cli/src/local/template/json.ts';
import { permissionProblems } from '../../../../../packages/cli/src/local/template/permissions.ts';
import { model, stack } from './fixture.ts';

const arn = (id: string): Json => ({ 'Fn::GetAtt': [id, 'Arn'] });
const ref = (id: string): Json => ({ Ref: id });
const trust = (service: string): JsonObject => ({
  AssumeRolePolicyDocument: {
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
  },
});
const allow = (Action: Json, Resource: Json): JsonObject => ({ Effect: 'Allow', Action, Resource });
const role = (service: string, ...Statement: readonly JsonObject[]): JsonObject => ({
  Type: 'AWS::IAM::Role',
  Properties: { ...trust(service), Policies: [{ PolicyDocument: { Statement } }] },
});

/** A service in which everything is granted; each test takes one grant away. */
const complete: { readonly [logicalId: string]: JsonObject } = {
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

const problemsOf = (resources: JsonObject) =>
  permissionProblems(model([stack('app', 'us-east-1', { Resources: resources })]).resources());

/** The service with further resources, or with others in their place. */
const withOther = (resources: JsonObject): JsonObject => ({ ...complete, ...resources });

const without = (logicalId: string): JsonObject =>
  Object.fromEntries(Object.entries(complete).filter(([id]) => id !== logicalId));

/** The service with every occurrence of a JSON fragment replaced in one resource. */
const edited = (logicalId: string, from: Json, to: Json): JsonObject => {
  const text = JSON.stringify(complete[logicalId]);
  const changed = text.replaceAll(JSON.stringify(from), JSON.stringify(to));
  const resource = JSON.parse(changed) as Json;
  if (changed === text || !isObject(resource)) throw new Error(`nothing to edit in ${logicalId}`);
  return { ...complete, [logicalId]: resource };
};

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

/** Policies of the function's role that let it connect and publish, in the place of `FnPolicy`. */
const reaches = [
  allow('dsql:DbConnect', { 'Fn::GetAtt': ['Cluster', 'ResourceArn'] }),
  allow('events:PutEvents', arn('Bus')),
];
const document = (...Statement: readonly JsonObject[]): JsonObject => ({
  PolicyDocument: { Statement },
});
const connects = expect.stringContaining('app/Fn: its role does not allow dsql:DbConnect on');
const publishes = expect.stringContaining('app/Fn: its role does not allow events:PutEvents on');

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
