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

const inWitnessRegion =
  'arn:AWS::Partition:dsql:us-east-2:AWS::AccountId:cluster/import antipode-ledger-data-primary:Cluster.Identifier';
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

  it('let the peering change the primary cluster, look at both, and name the peer', () => {
    const [primary, secondary] = [
      'import antipode-ledger-data-primary:Cluster.ResourceArn',
      'us-west-2 Cluster.ResourceArn',
    ];
    const clustersAlone =
      'if {"ForAllValues:StringEquals":{"cloudformation:ResourceTypes":["AWS::DSQL::Cluster"]},"Null":{"cloudformation:ResourceTypes":"false"}}';
    const ofPrimary = 'import antipode-ledger-data-primary:ExportsOutputRefAWSStackIdB2DD5BAA';
    const anyIn = (region: string) => `arn:AWS::Partition:dsql:${region}:AWS::AccountId:cluster/*`;
    const ofPeering = granted(template('data-peering'))['PeeringRole'];
    expect(ofPeering?.toSorted()).toEqual(
      [
        `cloudformation:DescribeStacks on ${ofPrimary}`,
        `cloudformation:UpdateStack on ${ofPrimary} ${clustersAlone}`,
        `dsql:AddPeerCluster on ${primary}`,
        `dsql:AddPeerCluster on ${secondary}`,
        `dsql:GetCluster on ${anyIn('us-west-2')}`,
        `dsql:GetCluster on ${primary}`,
        `dsql:PutMultiRegionProperties on ${primary}`,
        `dsql:PutWitnessRegion on ${inWitnessRegion} ${asWitness}`,
        `dsql:PutWitnessRegion on ${primary} ${asWitness}`,
        `dsql:RemovePeerCluster on ${anyIn('*')}`,
        `dsql:UpdateCluster on ${primary}`,
        ...writesLog('Peering'),
      ].toSorted(),
    );
  });

  it('let nothing delete a cluster, unless the data are not protected', () => {
    expect(granted(template('data-primary'))).toEqual({ OnlyOne: [] });
    expect(granted(template('data-secondary'))).toEqual({ OnlyOne: [] });
    const unprotected = synthesizeLedger({ PROTECT_DATA: 'off' });
    expect(granted(unprotected.template('data-primary'))).toEqual({ OnlyOne: [] });
    expect(granted(unprotected.template('data-secondary'))).toEqual({
      OnlyOne: [],
      DeletionRole: [
        'cloudformation:DescribeStacks on AWS::StackId',
        'dsql:DeleteCluster on Cluster.ResourceArn',
        'dsql:DeleteCluster on us-east-1 Cluster.ResourceArn',
        'dsql:GetCluster on Cluster.ResourceArn',
        'dsql:GetCluster on us-east-1 Cluster.ResourceArn',
        ...writesLog('Deletion'),
      ],
    });
  });

  it('let a role be taken by the one service that needs it', () => {
    const trust = Object.values(templates)
      .flatMap(({ Resources }) => Object.entries(Resources))
      .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
      // It is there for its name, and its policy denies it to everyone.
      .filter(
        ([logicalId, { Properties }]) =>
          logicalId !== 'OnlyOne' ||
          at(Properties, 'AssumeRolePolicyDocument', 'Statement', 0, 'Effect') !== 'Deny',
      )
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
