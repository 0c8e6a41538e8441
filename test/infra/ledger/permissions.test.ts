import { describe, expect, it } from 'vitest';
import { allowList, at, permissions, type Template } from '../support/template.ts';
import { synthesizeLedger } from './synthesize.ts';

const { template, templates } = synthesizeLedger();

const granted = (of: Template) =>
  Object.fromEntries(
    Object.entries(permissions(of)).map(([role, statements]) => [role, allowList(statements)]),
  );

const writesLog = (name: string) => [
  `logs:CreateLogStream on ${name}Logs.Arn`,
  `logs:PutLogEvents on ${name}Logs.Arn`,
];

const connects = 'dsql:DbConnect on import antipode-ledger-data-primary:Cluster.ResourceArn';
const publishes = 'events:PutEvents on EventsBus.Arn';

const primaryCluster = 'us-east-1 Cluster.ResourceArn';
const inWitnessRegion =
  'arn:AWS::Partition:dsql:us-east-2:AWS::AccountId:cluster/us-east-1 Cluster.Identifier';
const asWitness = 'if {"StringEquals":{"dsql:WitnessRegion":"us-east-2"}}';

describe('the permissions of the ledger', () => {
  it('let each function of a Region do what it does and nothing else', () => {
    expect(granted(template('primary'))).toEqual({
      ApiRole: [connects, publishes, ...writesLog('Api')],
      ConsumersProjectTotalsRole: [
        connects,
        ...writesLog('ConsumersProjectTotals'),
        'sqs:SendMessage on ConsumersProjectTotalsFailuresQueue.Arn',
      ],
      ConsumersAuditReplicaRole: [
        connects,
        ...writesLog('ConsumersAuditReplica'),
        'sqs:SendMessage on ConsumersAuditReplicaFailuresQueue.Arn',
      ],
      RelayRole: [
        connects,
        publishes,
        'lambda:InvokeFunction on RelayFunction.Arn',
        ...writesLog('Relay'),
        'sqs:SendMessage on RelayFailuresQueue.Arn',
      ],
      MigrateRole: [
        'dsql:DbConnectAdmin on import antipode-ledger-data-primary:Cluster.ResourceArn',
        ...writesLog('Migrate'),
      ],
      OutboxRelayRole: [
        'lambda:InvokeFunction on RelayFunction.Arn',
        'sqs:SendMessage on OutboxRelayUndeliveredQueue.Arn',
      ],
      ReplicationRole: [
        'events:PutEvents on arn:AWS::Partition:events:us-west-2:AWS::AccountId:event-bus/antipode-ledger',
      ],
    });
  });

  it('are the same in both Regions, each with its own cluster and the other bus', () => {
    const mirrored = JSON.stringify(granted(template('primary')))
      .replaceAll('data-primary', 'data-secondary')
      .replaceAll('us-west-2', 'us-east-1');
    expect(granted(template('secondary'))).toEqual(JSON.parse(mirrored));
  });

  it('let the peering change the primary cluster and look at both', () => {
    expect(granted(template('data-secondary'))).toEqual({
      PeeringRole: [
        `dsql:AddPeerCluster on ${'Cluster.ResourceArn'}`,
        `dsql:AddPeerCluster on ${primaryCluster}`,
        `dsql:GetCluster on ${'Cluster.ResourceArn'}`,
        `dsql:GetCluster on ${primaryCluster}`,
        `dsql:PutMultiRegionProperties on ${primaryCluster}`,
        `dsql:PutWitnessRegion on ${inWitnessRegion} ${asWitness}`,
        `dsql:PutWitnessRegion on ${primaryCluster} ${asWitness}`,
        'dsql:RemovePeerCluster on arn:AWS::Partition:dsql:*:AWS::AccountId:cluster/*',
        `dsql:UpdateCluster on ${primaryCluster}`,
        ...writesLog('Peering'),
      ],
    });
    expect(granted(template('data-primary'))).toEqual({});
  });

  it('let a role be taken by the one service that needs it', () => {
    const trust = Object.values(templates)
      .flatMap(({ Resources }) => Object.entries(Resources))
      .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
      .map(([logicalId, { Properties }]) => [
        logicalId.replace(/Role[0-9A-F]{8}$/, ''),
        at(Properties, 'AssumeRolePolicyDocument', 'Statement', 0, 'Principal'),
      ]);
    const services = {
      OutboxRelay: 'scheduler.amazonaws.com',
      Replication: 'events.amazonaws.com',
    };
    for (const [name, principal] of trust) {
      const service = services[name as keyof typeof services] ?? 'lambda.amazonaws.com';
      expect([name, principal]).toEqual([name, { Service: service }]);
    }
  });

  it('open the Function URL to signed requests only', () => {
    const urls = Object.values(template('primary').Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Url',
    );
    expect(urls.map(({ Properties }) => Properties['AuthType'])).toEqual(['AWS_IAM']);
  });
});
