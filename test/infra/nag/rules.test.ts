import { describe, expect, it } from 'vitest';
import { securityRules } from '../../../infra/nag/rules/rules.ts';
import { entropyOf } from '../../../infra/nag/rules/secrets.ts';
import type { Template } from '../../../infra/nag/rules/template.ts';
import { covers } from '../../../infra/nag/rules/wildcard.ts';

type Resources = NonNullable<Template['Resources']>;
type Properties = Readonly<Record<string, unknown>>;

const getAtt = (id: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [id, attribute] });
const cluster = getAtt('Cluster', 'ResourceArn');

const role = (
  statement: Properties,
  principal: Properties = { Service: 'lambda.amazonaws.com' },
) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }],
    },
    Policies: [{ PolicyDocument: { Statement: [{ Effect: 'Allow', ...statement }] } }],
  },
});

const policy = (roleId: string, statement: Properties) => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyDocument: { Statement: { Effect: 'Allow', ...statement } },
    Roles: [{ Ref: roleId }],
  },
});

const lambda = (roleId = 'Role', variables: Properties = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Role: getAtt(roleId), Environment: { Variables: variables } },
});

const migration = (token: string, clients: readonly string[], databaseRole?: string) => ({
  Type: 'Custom::AntipodeMigration',
  Properties: {
    ServiceToken: getAtt(token),
    ClientRoleArns: clients.map((id) => getAtt(id)),
    ...(databaseRole === undefined ? {} : { DatabaseRole: databaseRole }),
  },
});

const queue = (properties: Properties = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: properties,
});

const alarm = (queueId: string, properties: Properties = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Threshold: 0,
    Dimensions: [{ Name: 'QueueName', Value: getAtt(queueId, 'QueueName') }],
    ...properties,
  },
});

const rule = (target: Properties) => ({
  Type: 'AWS::Events::Rule',
  Properties: { Targets: [{ Id: 'Target', Arn: getAtt('Function'), ...target }] },
});

const schedule = (target: Properties) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: { Target: { Arn: getAtt('Function'), ...target } },
});

const subscription = (properties: Properties) => ({
  Type: 'AWS::SNS::Subscription',
  Properties: { Protocol: 'lambda', Endpoint: getAtt('Function'), ...properties },
});

const subscriber = (properties: Properties) => ({
  Type: 'AWS::EventsV2::Subscriber',
  Properties: { Name: 'totals', EventBusArn: 'arn', ...properties },
});

const queuePolicy = (statement: Properties) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: 'Queue' }],
    PolicyDocument: {
      Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*', ...statement }],
    },
  },
});

const toQueue = { DeadLetterConfig: { Arn: getAtt('Queue') } };
const destination = {
  Type: 'AWS::Lambda::EventInvokeConfig',
  Properties: {
    FunctionName: { Ref: 'Function' },
    DestinationConfig: { OnFailure: { Destination: getAtt('Queue') } },
  },
};
const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' } as const;
const connect = { Action: 'dsql:DbConnect', Resource: cluster };
const asAdmin = { Action: 'dsql:DbConnectAdmin', Resource: cluster };
const sourceAccount = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
const sender = { Service: 'events.amazonaws.com' };

type Case = readonly [title: string, resources: Resources];

/** For each rule, templates that keep it and templates that break it. */
const cases: Readonly<
  Record<string, { readonly keeps: readonly Case[]; breaks: readonly Case[] }>
> = {
  AdminConnect: {
    keeps: [
      [
        'the migration connects as admin',
        { Role: role(asAdmin), Migrate: lambda(), Migration: migration('Migrate', []) },
      ],
      ['a function connects under a database role', { Role: role(connect), Api: lambda() }],
    ],
    breaks: [
      ['a function that answers users connects as admin', { Role: role(asAdmin), Api: lambda() }],
      [
        'every action of DSQL is allowed',
        { Role: role({}), Policy: policy('Role', { Action: 'dsql:*', Resource: cluster }) },
      ],
      [
        'another function shares the role of the migration',
        {
          ...{ Role: role(asAdmin), Migrate: lambda(), Api: lambda() },
          Migration: migration('Migrate', []),
        },
      ],
    ],
  },
  ConnectWithoutRole: {
    keeps: [
      [
        'the migration grants a database role to the role of the function',
        {
          ...{ Role: role(connect), Api: lambda() },
          Migration: migration('Migrate', ['Role'], 'shop'),
        },
      ],
    ],
    breaks: [
      ['no migration knows the role', { Role: role(connect), Api: lambda() }],
      [
        'the migration names no database role',
        { ...{ Role: role(connect), Api: lambda() }, Migration: migration('Migrate', ['Role']) },
      ],
      [
        'the function asks for admin',
        {
          ...{ Role: role(connect), Api: lambda('Role', { DSQL_USER: 'admin' }) },
          Migration: migration('Migrate', ['Role'], 'shop'),
        },
      ],
    ],
  },
  WildcardGrant: {
    keeps: [['an action on one resource', { Role: role(connect) }]],
    breaks: [
      ['an action on everything', { Role: role({ ...connect, Resource: '*' }) }],
      ['everything on one resource', { Role: role({ ...connect, Action: 'dsql:*' }) }],
      [
        'an ARN with a wildcard that is put together',
        {
          Role: role({}),
          Policy: policy('Role', {
            Action: 'sqs:SendMessage',
            Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sqs:*']] },
          }),
        },
      ],
      [
        'everything but one resource',
        { Role: role({ Action: 'sqs:SendMessage', NotResource: 'arn', Resource: 'arn' }) },
      ],
    ],
  },
  UnpinnedPrincipal: {
    keeps: [
      [
        'a service on behalf of this account',
        { Policy: queuePolicy({ Principal: sender, Condition: sourceAccount }) },
      ],
      [
        'everyone is refused without TLS',
        { Policy: queuePolicy({ Effect: 'Deny', Principal: { AWS: '*' } }) },
      ],
      ['Lambda takes the role of a function', { Role: role(connect) }],
      [
        'a URL that takes signed requests',
        { Url: { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'AWS_IAM' } } },
      ],
      [
        'a rule of this stack invokes',
        {
          Permission: {
            Type: 'AWS::Lambda::Permission',
            Properties: { Principal: 'events.amazonaws.com', SourceArn: getAtt('Rule') },
          },
        },
      ],
    ],
    breaks: [
      ['everyone sends', { Policy: queuePolicy({ Principal: '*' }) }],
      ['every principal of AWS sends', { Policy: queuePolicy({ Principal: { AWS: '*' } }) }],
      [
        'Lambda sends for any account',
        { Policy: queuePolicy({ Principal: { Service: 'lambda.amazonaws.com' } }) },
      ],
      ['a service sends for any account', { Policy: queuePolicy({ Principal: sender }) }],
      [
        'everyone but one sends',
        { Policy: queuePolicy({ NotPrincipal: { AWS: 'arn:aws:iam::000000000000:root' } }) },
      ],
      [
        'a condition that pins nothing',
        {
          Policy: queuePolicy({
            Principal: sender,
            Condition: { Bool: { 'aws:SecureTransport': 'true' } },
          }),
        },
      ],
      ['a role that a service takes for any account', { Role: role(connect, sender) }],
      [
        'a rule of any account invokes',
        {
          Permission: {
            Type: 'AWS::Lambda::Permission',
            Properties: { Principal: 'events.amazonaws.com' },
          },
        },
      ],
      [
        'a URL that takes unsigned requests',
        { Url: { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'NONE' } } },
      ],
      [
        'everyone puts events on the bus',
        {
          Open: {
            Type: 'AWS::Events::EventBusPolicy',
            Properties: { StatementId: 'Open', Action: 'events:PutEvents', Principal: '*' },
          },
        },
      ],
      [
        'a cluster policy as text lets in everyone',
        {
          Cluster: {
            Type: 'AWS::DSQL::Cluster',
            Properties: {
              PolicyDocument: JSON.stringify({
                Statement: { Effect: 'Allow', Principal: '*', Action: 'dsql:DbConnect' },
              }),
            },
          },
        },
      ],
    ],
  },
  ClusterProtection: {
    keeps: [
      [
        'the cluster refuses deletion and stays',
        {
          Cluster: {
            ...{ Type: 'AWS::DSQL::Cluster', ...kept },
            Properties: { DeletionProtectionEnabled: true },
          },
        },
      ],
    ],
    breaks: [
      ['nothing protects the cluster', { Cluster: { Type: 'AWS::DSQL::Cluster', ...kept } }],
      [
        'the cluster goes with its stack',
        {
          Cluster: {
            Type: 'AWS::DSQL::Cluster',
            Properties: { DeletionProtectionEnabled: true },
          },
        },
      ],
    ],
  },
  ClusterKey: {
    keeps: [
      [
        'a key of the account',
        {
          Cluster: {
            Type: 'AWS::DSQL::Cluster',
            Properties: { KmsEncryptionKey: getAtt('Key') },
          },
        },
      ],
    ],
    breaks: [
      ['no key', { Cluster: { Type: 'AWS::DSQL::Cluster' } }],
      [
        'the key of AWS by its name',
        {
          Cluster: {
            Type: 'AWS::DSQL::Cluster',
            Properties: { KmsEncryptionKey: 'AWS_OWNED_KMS_KEY' },
          },
        },
      ],
    ],
  },
  ClusterBackup: {
    keeps: [
      [
        'a vault in the stack of the cluster',
        {
          Cluster: { Type: 'AWS::DSQL::Cluster' },
          Vault: { Type: 'AWS::Backup::BackupVault', Properties: { BackupVaultName: 'shop' } },
        },
      ],
      ['a stack without a cluster', { Queue: queue() }],
    ],
    breaks: [['no vault', { Cluster: { Type: 'AWS::DSQL::Cluster' } }]],
  },
  AsyncEdgeQueue: {
    keeps: [
      [
        'a rule, a schedule and the function that they invoke',
        {
          ...{ Queue: queue(), Rule: rule(toQueue), Schedule: schedule(toQueue) },
          ...{ Function: lambda(), Destination: destination },
        },
      ],
      [
        'a subscriber, a topic and a queue that a function reads',
        {
          Subscriber: subscriber({ OnFailureConfiguration: { Arn: getAtt('Queue') } }),
          Subscription: subscription({
            RedrivePolicy: { deadLetterTargetArn: getAtt('Queue') },
            Protocol: 'https',
          }),
          Mapping: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: { EventSourceArn: getAtt('Waiting') },
          },
          Waiting: queue({ RedrivePolicy: { deadLetterTargetArn: getAtt('Queue') } }),
          Mail: subscription({ Protocol: 'email', Endpoint: 'on-call@example.com' }),
        },
      ],
    ],
    breaks: [
      ['a rule', { Rule: rule({}) }],
      ['a schedule', { Schedule: schedule({}) }],
      ['a function that a rule invokes', { Rule: rule(toQueue), Function: lambda() }],
      ['a subscriber', { Subscriber: subscriber({}) }],
      ['a subscription of a topic', { Subscription: subscription({}) }],
      [
        'a queue that a function reads',
        {
          Mapping: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: { EventSourceArn: getAtt('Waiting') },
          },
          Waiting: queue(),
        },
      ],
    ],
  },
  AsyncEdgeAlarm: {
    keeps: [
      ['an alarm on the first message', { Queue: queue(), Rule: rule(toQueue), A: alarm('Queue') }],
      ['a queue of another stack', { Rule: rule({ DeadLetterConfig: { Arn: 'arn' } }) }],
    ],
    breaks: [
      ['no alarm', { Queue: queue(), Rule: rule(toQueue) }],
      [
        'an alarm that waits for a hundred messages',
        { Queue: queue(), Rule: rule(toQueue), A: alarm('Queue', { Threshold: 100 }) },
      ],
      [
        'an alarm on another queue',
        { Queue: queue(), Other: queue(), Rule: rule(toQueue), A: alarm('Other') },
      ],
      [
        'an alarm on what is sent',
        {
          ...{ Queue: queue(), Rule: rule(toQueue) },
          A: alarm('Queue', { MetricName: 'NumberOfMessagesSent' }),
        },
      ],
    ],
  },
  RetryDefaults: {
    keeps: [
      [
        'both limits are chosen',
        {
          Subscriber: subscriber({
            RetryPolicy: { MaxEventAgeInSeconds: 86_400, MaxRetryAttempts: 185 },
          }),
        },
      ],
    ],
    breaks: [
      ['no policy', { Subscriber: subscriber({}) }],
      [
        'one limit is left to the service',
        { Subscriber: subscriber({ RetryPolicy: { MaxEventAgeInSeconds: 86_400 } }) },
      ],
    ],
  },
  SecretInVariable: {
    keeps: [
      [
        'addresses, numbers, names and references',
        {
          Api: lambda('Role', {
            DSQL_ENDPOINT: getAtt('Cluster', 'Endpoint'),
            EVENT_BUS_NAME: 'antipode-reservations-of-seats-in-two-regions',
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT:
              'https://xray.ap-northeast-1.amazonaws.com/v1/traces',
            OUTBOX_REPLAY_WINDOW_MS: '1209600000',
            SHOP_SECRET_ARN: getAtt('Secret', 'Id'),
          }),
        },
      ],
    ],
    breaks: [
      ['a name that says it', { Api: lambda('Role', { PAYMENT_API_KEY: 'change-me' }) }],
      [
        'a token of JSON',
        { Api: lambda('Role', { SESSION: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.' }) },
      ],
      ['a private key', { Api: lambda('Role', { PEM: '-----BEGIN PRIVATE KEY-----' }) }],
      ['a key of AWS', { Api: lambda('Role', { WHO: 'AKIAIOSFODNN7EXAMPLE' }) }],
      [
        'random text',
        { Api: lambda('Role', { SEED: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }) },
      ],
      [
        'random hexadecimal text',
        { Api: lambda('Role', { SEED: '9f86d081884c7d659a2feaa0c55ad015' }) },
      ],
      ['an address with a password', { Api: lambda('Role', { AT: 'postgres://ada:pw@host/db' }) }],
    ],
  },
};

const templateOf = (resources: Resources): Template => ({ Resources: resources });

describe.each(securityRules)('the rule $id', ({ id, check }) => {
  const { keeps = [], breaks = [] } = cases[id] ?? {};

  it('has a template that keeps it and one that breaks it', () => {
    expect(keeps).not.toEqual([]);
    expect(breaks).not.toEqual([]);
  });

  it.each(keeps)('accepts: %s', (_, resources) => {
    expect(check(templateOf(resources))).toEqual([]);
  });

  it.each(breaks)('finds: %s', (_, resources) => {
    const found = check(templateOf(resources));
    expect(found).not.toEqual([]);
    for (const { resource } of found) expect(Object.keys(resources)).toContain(resource);
  });

  it('accepts a template without resources', () => {
    expect(check({})).toEqual([]);
  });
});

it('measures the entropy of a text in bits for each character', () => {
  expect(entropyOf('aaaa')).toBe(0);
  expect(entropyOf('abab')).toBe(1);
  expect(entropyOf('abcdefgh')).toBe(3);
});

describe('a pattern', () => {
  it.each([
    ['dsql:*', 'dsql:DbConnect'],
    ['*', ''],
    ['*:Db*Admin', 'dsql:DbConnectAdmin'],
    ['ab*ba', 'abba'],
  ])('%s covers "%s"', (pattern, text) => {
    expect(covers(pattern, text)).toBe(true);
  });

  it.each([
    ['dsql:Db', 'dsql:DbConnect'],
    ['dsql.*', 'dsql:DbConnect'],
    ['*a*b*c', 'cba'],
    ['ab*ba', 'aba'],
  ])('%s does not cover "%s"', (pattern, text) => {
    expect(covers(pattern, text)).toBe(false);
  });
});
