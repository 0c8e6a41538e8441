import { describe, expect, it } from 'vitest';
import { nameInArn } from '../../../../../packages/cli/src/local/arn.ts';
import {
  activeTypes,
  arnOf,
  type Identity,
  identifierOf,
  inertTypes,
  isCustomType,
  knownTypes,
  permissionTypes,
} from '../../../../../packages/cli/src/local/template/identities.ts';
import type { JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';

const subject = (properties: JsonObject = {}, logicalId = 'Thing') => ({
  stack: 'app',
  logicalId,
  region: 'us-east-1',
  properties,
  endpoints: { http: 'http://localhost:4510', dsql: 'localhost:5432' },
});

const identityOf = (type: string, properties: JsonObject = {}): Identity | undefined =>
  identifierOf(type)?.(subject(properties));

const east = (service: string, resource: string): string =>
  `arn:aws:${service}:us-east-1:000000000000:${resource}`;

/** Types whose reference is their name, the property that names them, and their ARN. */
const named: readonly (readonly [type: string, property: string, arn: (name: string) => string])[] =
  [
    ['AWS::Events::Archive', 'ArchiveName', (name) => east('events', `archive/${name}`)],
    ['AWS::Events::EventBus', 'Name', (name) => east('events', `event-bus/${name}`)],
    ['AWS::Events::Rule', 'Name', (name) => east('events', `rule/${name}`)],
    ['AWS::Lambda::Function', 'FunctionName', (name) => east('lambda', `function:${name}`)],
    ['AWS::Scheduler::Schedule', 'Name', (name) => east('scheduler', `schedule/default/${name}`)],
    ['AWS::IAM::Role', 'RoleName', (name) => `arn:aws:iam::000000000000:role/${name}`],
    ['AWS::CloudWatch::Alarm', 'AlarmName', (name) => east('cloudwatch', `alarm:${name}`)],
    ['AWS::CloudWatch::CompositeAlarm', 'AlarmName', (name) => east('cloudwatch', `alarm:${name}`)],
    [
      'AWS::Logs::DeliveryDestination',
      'Name',
      (name) => east('logs', `delivery-destination:${name}`),
    ],
    ['AWS::Logs::DeliverySource', 'Name', (name) => east('logs', `delivery-source:${name}`)],
    ['AWS::Logs::LogGroup', 'LogGroupName', (name) => east('logs', `log-group:${name}`)],
  ];

/**
 * The name that a resource without one has, in this release and in those that read its kept data.
 */
const generatedName = 'app-Thing-5N6EGPZISE9X';

describe('the identity of a resource', () => {
  it.each(named)('of %s is its name and the ARN of that', (type, property, arn) => {
    const given = identityOf(type, { [property]: 'mine' });
    expect(given).toMatchObject({ ref: 'mine', attributes: { Arn: arn('mine') } });
    const generated = identityOf(type);
    expect(generated).toMatchObject({
      ref: generatedName,
      attributes: { Arn: arn(generatedName) },
    });
  });

  it.each([
    'AWS::Lambda::EventInvokeConfig',
    'AWS::IAM::Policy',
    'AWS::Lambda::Permission',
    'AWS::SQS::QueuePolicy',
    'AWS::CDK::Metadata',
    'AWS::CloudWatch::Dashboard',
    'AWS::Events::EventBusPolicy',
    'AWS::Logs::Delivery',
    'AWS::Logs::MetricFilter',
  ])('of %s is a generated name', (type) => {
    expect(identityOf(type)).toEqual({ ref: generatedName, attributes: {} });
  });

  it('of a bus tells its name too', () => {
    expect(identityOf('AWS::Events::EventBus', { Name: 'shop' })?.attributes['Name']).toBe('shop');
  });

  it.each([
    ['by its name', 'shop'],
    ['by its ARN', east('events', 'event-bus/shop')],
  ])('of a rule on a bus that is given %s has the name of the bus', (_, EventBusName) => {
    expect(identityOf('AWS::Events::Rule', { Name: 'r', EventBusName })).toEqual({
      ref: 'shop|r',
      attributes: { Arn: east('events', 'rule/shop/r') },
    });
  });

  it('of a rule on the default bus has not', () => {
    expect(identityOf('AWS::Events::Rule', { Name: 'r', EventBusName: 'default' })).toEqual({
      ref: 'r',
      attributes: { Arn: east('events', 'rule/r') },
    });
  });

  it('of a schedule in a group has the name of the group', () => {
    expect(identityOf('AWS::Scheduler::Schedule', { Name: 's', GroupName: 'nightly' })).toEqual({
      ref: 's',
      attributes: { Arn: east('scheduler', 'schedule/nightly/s') },
    });
  });

  it('of a cluster is an identifier that DSQL would accept, with the endpoint of its Region', () => {
    const cluster = identityOf('AWS::DSQL::Cluster');
    expect(cluster?.ref).toMatch(/^[a-z0-9]{26}$/);
    expect(cluster?.attributes).toEqual({
      Identifier: cluster?.ref,
      ResourceArn: east('dsql', `cluster/${cluster?.ref}`),
      Endpoint: 'localhost:5432',
      Status: 'ACTIVE',
    });
  });

  it('of the URL of a function is the function, at a path with its name', () => {
    const TargetFunctionArn = east('lambda', 'function:api');
    expect(identityOf('AWS::Lambda::Url', { TargetFunctionArn })).toEqual({
      ref: TargetFunctionArn,
      attributes: {
        FunctionArn: TargetFunctionArn,
        FunctionUrl: 'http://localhost:4510/function-urls/api/',
      },
    });
    expect(identityOf('AWS::Lambda::Url')).toMatchObject({ ref: '' });
  });

  it('of a queue is its address', () => {
    const url = 'http://localhost:4510/000000000000/lost';
    expect(identityOf('AWS::SQS::Queue', { QueueName: 'lost' })).toEqual({
      ref: url,
      attributes: { QueueUrl: url, QueueName: 'lost', Arn: east('sqs', 'lost') },
    });
  });

  it('of a role has an id of its own', () => {
    expect(identityOf('AWS::IAM::Role')?.attributes['RoleId']).toMatch(/^AROA[A-Z0-9]{16}$/);
  });

  it('of a managed policy is its ARN', () => {
    expect(identityOf('AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'p' })).toEqual({
      ref: 'arn:aws:iam::000000000000:policy/p',
      attributes: {},
    });
  });

  it.each([
    [
      ...['AWS::SNS::Topic', { TopicName: 'alarms' }],
      ...[east('sns', 'alarms'), { TopicArn: east('sns', 'alarms'), TopicName: 'alarms' }],
    ],
    [
      ...['AWS::Backup::BackupVault', { BackupVaultName: 'safe' }, 'safe'],
      { BackupVaultName: 'safe', BackupVaultArn: east('backup', 'backup-vault:safe') },
    ],
    ['AWS::KMS::Alias', { AliasName: 'alias/shop' }, 'alias/shop', {}],
    ['AWS::SNS::TopicPolicy', {}, generatedName, {}],
  ] as const)('of %s is the one that its service gives it', (type, properties, ref, attributes) => {
    expect(identityOf(type, properties)).toEqual({ ref, attributes });
  });

  it('of a key or a plan is an id', () => {
    const key = identityOf('AWS::KMS::Key');
    expect(key?.attributes).toEqual({ KeyId: key?.ref, Arn: east('kms', `key/${key?.ref}`) });
    const plan = identityOf('AWS::Backup::BackupPlan')?.attributes;
    expect(plan?.['BackupPlanArn']).toBe(east('backup', `backup-plan:${plan?.['BackupPlanId']}`));
  });

  it('of a parameter is its name, with its value', () => {
    expect(identityOf('AWS::SSM::Parameter', { Name: '/p', Value: 'v' })).toEqual({
      ref: '/p',
      attributes: { Type: 'String', Value: 'v' },
    });
    expect(identityOf('AWS::SSM::Parameter', { Name: '/p' })?.attributes['Value']).toBe('');
  });

  it('that is generated differs by Region, stack and logical id', () => {
    const identify = identifierOf('AWS::SQS::QueuePolicy');
    const others = [
      subject(),
      subject({}, 'Other'),
      { ...subject(), region: 'us-west-2' },
      { ...subject(), stack: 'other' },
    ].map((one) => identify?.(one).ref.slice(-12));
    expect(new Set(others).size).toBe(4);
  });
});

describe('a type of resource', () => {
  it('acts here, or is read for permissions, or changes nothing, and is one of these alone', () => {
    const kinds = [activeTypes, permissionTypes, inertTypes].map((kind) => [...kind.keys()]);
    expect(knownTypes).toEqual(kinds.flat());
    expect(new Set(knownTypes).size).toBe(knownTypes.length);
    for (const type of knownTypes) expect(identityOf(type)?.ref).toBeTypeOf('string');
    expect(identifierOf('AWS::DynamoDB::Table')).toBeUndefined();
  });

  it('is custom where a function of the app answers for it', () => {
    const types = ['Custom::Thing', 'AWS::CloudFormation::CustomResource', 'AWS::SQS::Queue'];
    expect(types.map(isCustomType)).toEqual([true, true, false]);
    expect(isCustomType('AWS::Custom::Thing')).toBe(false);
  });
});

describe('an ARN', () => {
  it('has the account that owns everything here', () => {
    expect(arnOf('sqs', 'us-east-1', 'q')).toBe('arn:aws:sqs:us-east-1:000000000000:q');
  });

  it.each([
    ['arn:aws:lambda:us-east-1:000000000000:function:f', 'f'],
    ['arn:aws:events:us-east-1:000000000000:event-bus/b', 'b'],
    ['name', 'name'],
  ])('%s ends in the name %s', (arn, name) => {
    expect(nameInArn(arn)).toBe(name);
  });
});
