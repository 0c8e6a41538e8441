import { Duration, type Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import {
  CrossRegionRule,
  DsqlCluster,
  EventBus,
  EventConsumer,
  InvalidProp,
  OutboxRelay,
  PeerClusters,
  patient,
  ServiceFunction,
} from '../../../infra/index.ts';
import { emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import {
  allowList,
  at,
  listOf,
  ofType,
  permissions,
  textOf,
  theOnly,
} from '../support/template.ts';

const bundle = emptyBundle();
const functionOf = functionMaker(bundle);

const keyOf = (stack: Stack): IKey => new Key(stack, 'Key');
const actionOf = (stack: Stack): IAlarmAction => new SnsAction(new Topic(stack, 'Topic'));

const metrics = { namespace: 'Antipode', service: 'shop' };

/** Every construct that has a queue or an alarm, with the props that they share. */
const everythingWith = (
  stack: Stack,
  shared: { readonly alarmActions?: readonly IAlarmAction[]; readonly encryptionKey?: IKey },
): void => {
  const made = (id: string) =>
    new ServiceFunction(stack, id, {
      description: id,
      bundle,
      environment: {},
      memoryMb: 128,
      timeout: Duration.seconds(3),
      asynchronous: patient,
      ...shared,
    });
  const { bus: eventBus } = new EventBus(stack, 'Bus', { source: 'shop', retentionDays: 1 });
  const pattern = { source: ['shop'] };
  const consumer = made('Consumer');
  new EventConsumer(stack, 'Events', { eventBus, pattern, consumerName: 'c', consumer, ...shared });
  new OutboxRelay(stack, 'Outbox', { relay: made('Relay'), metrics, ...shared });
  new CrossRegionRule(stack, 'Crossing', {
    ...{ eventBus, peerEventBusName: 'shop', peerRegion: 'us-west-2', source: 'shop' },
    eventTypes: ['Sold'],
    ...shared,
  });
};

describe('names', () => {
  it('are given by CloudFormation where none was asked for', () => {
    const stack = stackOf();
    everythingWith(stack, {});
    const named = Object.values(templateOf(stack).Resources).flatMap(({ Type, Properties = {} }) =>
      ['FunctionName', 'QueueName', 'LogGroupName', 'AlarmName', 'Name']
        .filter((name) => typeof Properties[name] === 'string')
        .map((name) => `${Type} ${Properties[name]}`),
    );
    // A bus and the delivery of its log must have one; it is made of the construct's path.
    expect(named.toSorted()).toEqual([
      'AWS::Events::EventBus useast1Bus6DD4D2AF',
      'AWS::Logs::DeliveryDestination useast1Bus6DD4D2AF-errors',
      'AWS::Logs::DeliverySource useast1Bus6DD4D2AF-errors',
      'AWS::Logs::LogGroup /aws/vendedlogs/events/event-bus/useast1Bus6DD4D2AF',
    ]);
  });
});

describe('alarms', () => {
  it('reach whom they are to reach, every one of them', () => {
    const stack = stackOf();
    everythingWith(stack, { alarmActions: [actionOf(stack)] });
    const alarms = ofType(templateOf(stack), 'AWS::CloudWatch::Alarm');
    expect(alarms).toHaveLength(8);
    for (const [id, { Properties }] of alarms) {
      expect([id, listOf(Properties['AlarmActions']).map(textOf)]).toEqual([id, ['Topic']]);
    }
  });

  it('have no action where there is nobody', () => {
    const stack = stackOf();
    everythingWith(stack, {});
    expect(JSON.stringify(templateOf(stack))).not.toContain('AlarmActions');
  });
});

describe("a team's own key", () => {
  const stack = stackOf();
  everythingWith(stack, { encryptionKey: keyOf(stack) });
  const template = templateOf(stack);

  it('encrypts each queue and the log of each function', () => {
    const queues = ofType(template, 'AWS::SQS::Queue');
    expect(queues).toHaveLength(5);
    for (const [, { Properties }] of queues) {
      expect(textOf(Properties['KmsMasterKeyId'])).toBe('Key.Arn');
    }
    const logs = ofType(template, 'AWS::Logs::LogGroup').filter(
      ([, { Properties }]) => Properties['LogGroupName'] === undefined,
    );
    expect(logs).toHaveLength(2);
    for (const [, { Properties }] of logs) expect(textOf(Properties['KmsKeyId'])).toBe('Key.Arn');
  });

  it('may be used by everything that writes there', () => {
    const { Properties } = theOnly(template, 'AWS::KMS::Key');
    const services = listOf(at(Properties, 'KeyPolicy', 'Statement'))
      .map((statement) => at(statement, 'Principal', 'Service'))
      .filter((service) => service !== undefined);
    expect(new Set(services)).toEqual(
      new Set(['events.amazonaws.com', 'logs.us-east-1.amazonaws.com']),
    );
    for (const role of ['ConsumerRole', 'RelayRole', 'OutboxRole']) {
      expect(allowList(permissions(template)[role] ?? [])).toEqual(
        expect.arrayContaining(['kms:Decrypt on Key.Arn', 'kms:GenerateDataKey on Key.Arn']),
      );
    }
  });

  it('may be used by services on behalf of this account alone', () => {
    const { Properties } = theOnly(template, 'AWS::KMS::Key');
    const services = listOf(at(Properties, 'KeyPolicy', 'Statement')).filter(
      (statement) => at(statement, 'Principal', 'Service') !== undefined,
    );
    const conditions = services.map((statement) => [
      at(statement, 'Principal', 'Service'),
      textOf(
        at(statement, 'Condition', 'StringEquals', 'aws:SourceAccount') ??
          at(statement, 'Condition', 'ArnLike', 'kms:EncryptionContext:aws:logs:arn'),
      ),
    ]);
    expect(Object.fromEntries(conditions)).toEqual({
      'events.amazonaws.com': 'AWS::AccountId',
      'logs.us-east-1.amazonaws.com': 'arn:AWS::Partition:logs:us-east-1:AWS::AccountId:*',
    });
  });
});

describe('a rule', () => {
  const eventsMayUseKey = (make: (stack: Stack, shared: { encryptionKey: IKey }) => void) => {
    const stack = stackOf();
    make(stack, { encryptionKey: keyOf(stack) });
    const { Properties } = theOnly(templateOf(stack), 'AWS::KMS::Key');
    return listOf(at(Properties, 'KeyPolicy', 'Statement')).some(
      (statement) => at(statement, 'Principal', 'Service') === 'events.amazonaws.com',
    );
  };
  const busOfShop = (stack: Stack) =>
    new EventBus(stack, 'Bus', { source: 'shop', retentionDays: 1 }).bus;

  it('that hands events to a function may encrypt what it cannot deliver', () => {
    expect(
      eventsMayUseKey((stack, shared) => {
        const consumer = functionOf(stack, 'f');
        const props = { eventBus: busOfShop(stack), pattern: { source: ['shop'] }, consumer };
        new EventConsumer(stack, 'Events', { ...props, consumerName: 'c', ...shared });
      }),
    ).toBe(true);
  });

  it('that copies events may encrypt what it cannot deliver', () => {
    expect(
      eventsMayUseKey((stack, shared) => {
        const props = { eventBus: busOfShop(stack), peerEventBusName: 'shop', source: 'shop' };
        const crossing = { peerRegion: 'us-west-2', eventTypes: ['Sold'] };
        new CrossRegionRule(stack, 'Crossing', { ...props, ...crossing, ...shared });
      }),
    ).toBe(true);
  });
});

describe('a function', () => {
  it('runs on the runtime, the processor and the network that were asked for', () => {
    const stack = stackOf();
    // The CDK's class does not meet its own interface under `exactOptionalPropertyTypes`.
    const vpc = new Vpc(stack, 'Vpc', {
      maxAzs: 1,
      subnetConfiguration: [
        { name: 'out', subnetType: SubnetType.PUBLIC },
        { name: 'usual', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        { name: 'alone', subnetType: SubnetType.PRIVATE_ISOLATED },
      ],
    }) as IVpc;
    functionOf(stack, 'orders', {
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.X86_64,
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [new SecurityGroup(stack, 'Group', { vpc })],
    });
    const template = templateOf(stack);
    const { Properties } = theOnly(template, 'AWS::Lambda::Function');
    expect(Properties).toMatchObject({ Runtime: 'nodejs22.x', Architectures: ['x86_64'] });
    const { SubnetIds, SecurityGroupIds } = Properties['VpcConfig'] as Record<string, unknown>;
    expect(listOf(SubnetIds).map(textOf)).toEqual([expect.stringContaining('VpcaloneSubnet1')]);
    expect(listOf(SecurityGroupIds).map(textOf)).toEqual(['Group.GroupId']);
    const allowed = allowList(permissions(template)['ordersRole'] ?? []);
    expect(allowed).toContain('ec2:CreateNetworkInterface on *');
    const others = allowed.filter((one) => !one.startsWith('ec2:') && !one.startsWith('Deny ec2:'));
    expect(others.filter((one) => one.includes(' on *'))).toEqual([]);
    // Lambda makes the interfaces; the code of the function may not.
    for (const action of allowed.filter((one) => one.startsWith('ec2:'))) {
      expect(allowed).toContain(`Deny ${action} if {"Null":{"lambda:SourceFunctionArn":"false"}}`);
    }
  });

  it('is granted to as any grantable, also by the CDK', () => {
    const stack = stackOf();
    const orders = functionOf(stack, 'orders', {});
    keyOf(stack).grantDecrypt(orders);
    expect(allowList(permissions(templateOf(stack))['ordersRole'] ?? [])).toContain(
      'kms:Decrypt on Key.Arn',
    );
  });
});

describe('grants', () => {
  it('are given to any role', () => {
    const stack = stackOf();
    const role = new Role(stack, 'Reader', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    const cluster = new DsqlCluster(stack, 'Cluster', { protect: false });
    cluster.grantConnect(role).assertSuccess();
    cluster.grantConnectAdmin(role).assertSuccess();
    const bus = new EventBus(stack, 'Bus', { source: 'shop', retentionDays: 1 });
    bus.grantPutEvents(role).assertSuccess();
    expect(allowList(permissions(templateOf(stack))['Reader'] ?? [])).toEqual([
      'dsql:DbConnect on Cluster.ResourceArn',
      'dsql:DbConnectAdmin on Cluster.ResourceArn',
      'events:PutEvents on Bus.Arn',
    ]);
  });
});

describe('a cluster', () => {
  const propertiesOf = (make: (stack: Stack) => void) => {
    const stack = stackOf();
    make(stack);
    return theOnly(templateOf(stack), 'AWS::DSQL::Cluster').Properties;
  };

  it('lives in one Region where it has no witness', () => {
    expect(propertiesOf((stack) => new DsqlCluster(stack, 'Cluster', { protect: true }))).toEqual({
      DeletionProtectionEnabled: true,
    });
  });

  it('is encrypted by the key that was asked for', () => {
    const { KmsEncryptionKey } = propertiesOf(
      (stack) => new DsqlCluster(stack, 'Cluster', { protect: true, encryptionKey: keyOf(stack) }),
    );
    expect(textOf(KmsEncryptionKey)).toBe('Key.Arn');
  });

  it('that exists is referred to by its identifier', () => {
    const stack = stackOf();
    const identifier = 'a1'.repeat(13);
    const cluster = DsqlCluster.fromClusterAttributes(stack, 'Cluster', { identifier });
    expect(cluster.identifier).toBe(identifier);
    expect(cluster.endpoint).toBe(`${identifier}.dsql.us-east-1.on.aws`);
    cluster.grantConnect(functionOf(stack, 'orders', {}));
    const template = templateOf(stack);
    expect(ofType(template, 'AWS::DSQL::Cluster')).toEqual([]);
    expect(allowList(permissions(template)['ordersRole'] ?? [])).toContain(
      `dsql:DbConnect on arn:AWS::Partition:dsql:us-east-1:AWS::AccountId:cluster/${identifier}`,
    );
  });

  it('that exists elsewhere is referred to by all that it has', () => {
    const attributes = { identifier: 'a1'.repeat(13), arn: 'arn:other', endpoint: 'other:5432' };
    const cluster = DsqlCluster.fromClusterAttributes(stackOf(), 'Cluster', attributes);
    expect(cluster).toMatchObject(attributes);
  });
});

describe('a wrong prop', () => {
  const bus = (stack: Stack) =>
    new EventBus(stack, 'Bus', { source: 'shop', retentionDays: 1 }).bus;
  const crossing = (stack: Stack, props: { peerRegion?: string; eventTypes?: string[] }) =>
    new CrossRegionRule(stack, 'Crossing', {
      ...{ eventBus: bus(stack), peerEventBusName: 'shop', source: 'shop' },
      ...{ peerRegion: 'us-west-2', eventTypes: ['Sold'], ...props },
    });
  const relay = (stack: Stack, rate: Duration) =>
    new OutboxRelay(stack, 'Outbox', { relay: functionOf(stack, 'relay'), rate, metrics });

  it.each<[string, (stack: Stack) => unknown]>([
    [
      'memoryMb of us-east-1/f is 64, use a whole number from 128 to 10240',
      (stack) => functionOf(stack, 'f', { memoryMb: 64 }),
    ],
    ['memoryMb of us-east-1/f is 128.5,', (stack) => functionOf(stack, 'f', { memoryMb: 128.5 })],
    [
      'timeout in seconds of us-east-1/f is 901, use a whole number from 1 to 900',
      (stack) => functionOf(stack, 'f', { timeout: Duration.seconds(901) }),
    ],
    [
      'timeout in seconds of us-east-1/f is 0.5,',
      (stack) => functionOf(stack, 'f', { timeout: Duration.millis(500) }),
    ],
    [
      'reservedConcurrency of us-east-1/f is -1,',
      (stack) => functionOf(stack, 'f', { reservedConcurrency: -1 }),
    ],
    [
      'asynchronous.retriesMax of us-east-1/f is 3, use a whole number from 0 to 2',
      (stack) => functionOf(stack, 'f', { asynchronous: { ...patient, retriesMax: 3 } }),
    ],
    [
      'asynchronous.eventAgeMax in seconds of us-east-1/f is 30, use a whole number from 60 to 21600',
      (stack) =>
        functionOf(stack, 'f', { asynchronous: { ...patient, eventAgeMax: Duration.seconds(30) } }),
    ],
    [
      'retentionDays of us-east-1/Bus is 0, use a whole number from 1 to 3650',
      (stack) => new EventBus(stack, 'Bus', { source: 'shop', retentionDays: 0 }),
    ],
    [
      'peerRegion of us-east-1/Crossing is its own Region us-east-1, use the other one',
      (stack) => crossing(stack, { peerRegion: 'us-east-1' }),
    ],
    [
      'eventTypes of us-east-1/Crossing is empty, name the events that cross',
      (stack) => crossing(stack, { eventTypes: [] }),
    ],
    [
      'rate of us-east-1/Outbox is 90 seconds, use whole minutes',
      (stack) => relay(stack, Duration.seconds(90)),
    ],
    [
      'rate of us-east-1/Outbox is 0 seconds, use whole minutes',
      (stack) => relay(stack, Duration.seconds(0)),
    ],
    [
      'peerArn of us-east-1/Cluster makes two Regions of it, give their witnessRegion too',
      (stack) => new DsqlCluster(stack, 'Cluster', { protect: true, peerArn: 'arn:peer' }),
    ],
    [
      'witnessRegion of us-east-1/Cluster is its own Region us-east-1, use a third one',
      (stack) => new DsqlCluster(stack, 'Cluster', { protect: true, witnessRegion: 'us-east-1' }),
    ],
    [
      'identifier of us-east-1/Cluster is "orders", use the 26 small letters and digits of the cluster',
      (stack) => DsqlCluster.fromClusterAttributes(stack, 'Cluster', { identifier: 'orders' }),
    ],
    [
      'witnessRegion of us-east-1/Peering is its own Region us-east-1, use a third one',
      (stack) => {
        const cluster = { arn: 'arn:one', identifier: 'one' };
        new PeerClusters(stack, 'Peering', {
          bundle,
          primary: cluster,
          secondary: cluster,
          secondaryRegion: 'us-west-2',
          witnessRegion: 'us-east-1',
        });
      },
    ],
  ])('is one line: %s', (line, make) => {
    const failure = (): string => {
      try {
        make(stackOf());
        return '';
      } catch (error) {
        if (error instanceof InvalidProp) return error.message;
        throw error;
      }
    };
    expect(failure()).toContain(line);
    expect(failure()).not.toContain('\n');
  });
});
