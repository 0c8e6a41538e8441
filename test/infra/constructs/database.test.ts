import { describe, expect, it } from 'vitest';
import { DeleteClusters, DsqlCluster, Migration, PeerClusters } from '../../../infra/index.ts';
import { peerClustersEntry } from '../../../infra/peering/peer-clusters.ts';
import { emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import {
  allowList,
  at,
  find,
  listOf,
  logicalIds,
  ofType,
  permissions,
  textOf,
  theOnly,
} from '../support/template.ts';

const bundle = emptyBundle();
const functionOf = functionMaker(bundle);

const clusterWith = (options: { readonly peerArn?: string; readonly protect: boolean }) => {
  const stack = stackOf();
  new DsqlCluster(stack, 'Cluster', {
    clusterName: 'shop',
    witnessRegion: 'us-east-2',
    ...options,
  });
  return theOnly(templateOf(stack), 'AWS::DSQL::Cluster');
};

describe('a cluster', () => {
  it('that is protected refuses deletion, and its data outlive the stack', () => {
    expect(clusterWith({ protect: true })).toEqual({
      Type: 'AWS::DSQL::Cluster',
      Properties: {
        DeletionProtectionEnabled: true,
        MultiRegionProperties: { WitnessRegion: 'us-east-2' },
        Tags: [{ Key: 'Name', Value: 'shop' }],
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('that is not protected goes with its stack', () => {
    expect(clusterWith({ protect: false })).toMatchObject({
      Properties: { DeletionProtectionEnabled: false },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  it('names its peer, where that exists', () => {
    const { Properties } = clusterWith({ protect: true, peerArn: 'arn:peer' });
    expect(Properties['MultiRegionProperties']).toEqual({
      WitnessRegion: 'us-east-2',
      Clusters: ['arn:peer'],
    });
  });
});

describe('a migration', () => {
  const stack = stackOf();
  const cluster = new DsqlCluster(stack, 'Cluster', {
    clusterName: 'shop',
    witnessRegion: 'us-east-2',
    protect: true,
  });
  new Migration(stack, 'Migration', {
    cluster,
    migrate: functionOf(stack, 'migrate', {}),
    revision: 'r1',
    databaseRole: 'shop_app',
    clients: [functionOf(stack, 'api', {}), functionOf(stack, 'reader', {})],
  });
  const template = templateOf(stack);
  const [[migrationId] = []] = ofType(template, 'Custom::AntipodeMigration');

  it('keeps the names of its resources, so that an update replaces none', () => {
    expect(logicalIds(template)).toEqual([
      'Cluster',
      'Migration',
      'apiFunction',
      'apiLogs',
      'apiRole',
      'apiRoleDefaultPolicy',
      'migrateFunction',
      'migrateLogs',
      'migrateRole',
      'migrateRoleDefaultPolicy',
      'readerFunction',
      'readerLogs',
      'readerRole',
      'readerRoleDefaultPolicy',
    ]);
  });

  it('is asked for with the cluster, the revision and the roles of its clients, and may take 15 minutes', () => {
    const { Properties } = theOnly(template, 'Custom::AntipodeMigration');
    const { ServiceToken, ClusterArn, ClientRoleArns, ...others } = Properties;
    expect(others).toEqual({ ServiceTimeout: '900', Revision: 'r1', DatabaseRole: 'shop_app' });
    expect([textOf(ServiceToken), textOf(ClusterArn)]).toEqual([
      'migrateFunction.Arn',
      'Cluster.ResourceArn',
    ]);
    expect(listOf(ClientRoleArns).map(textOf)).toEqual(['apiRole.Arn', 'readerRole.Arn']);
  });

  it('alone connects as admin; clients connect under the role that they are granted', () => {
    const connects = Object.entries(permissions(template)).map(([role, statements]) => [
      role,
      allowList(statements).filter((line) => line.startsWith('dsql:')),
    ]);
    expect(Object.fromEntries(connects)).toEqual({
      migrateRole: ['dsql:DbConnectAdmin on Cluster.ResourceArn'],
      apiRole: ['dsql:DbConnect on Cluster.ResourceArn'],
      readerRole: ['dsql:DbConnect on Cluster.ResourceArn'],
    });
  });

  it('takes requests of its own stack alone, for the roles of its clients alone', () => {
    const { Properties } = find(template, 'AWS::Lambda::Function', 'FunctionName', 'migrate');
    const variables = at(Properties, 'Environment', 'Variables') as Readonly<
      Record<string, unknown>
    >;
    const { CLIENT_ROLE_NAMES: names, ...others } = variables;
    expect(others).toEqual({ CUSTOM_RESOURCE_STACK_ID: { Ref: 'AWS::StackId' } });
    expect(at(names, 'Fn::Join', 0)).toBe(',');
    expect(listOf(at(names, 'Fn::Join', 1)).map(textOf)).toEqual(['apiRole', 'readerRole']);
  });

  it('comes before the code of its clients, whose roles it names', () => {
    for (const [logicalId, { DependsOn = [], Properties }] of [
      ...ofType(template, 'AWS::Lambda::Function'),
      ...ofType(template, 'AWS::IAM::Role'),
    ]) {
      const isClient = ['api', 'reader'].includes(String(Properties['FunctionName']));
      expect([logicalId, DependsOn.includes(migrationId ?? '')]).toEqual([logicalId, isClient]);
    }
  });
});

describe('the peering of clusters', () => {
  const stack = stackOf();
  new PeerClusters(stack, 'Peering', {
    functionName: 'peer',
    bundle,
    primary: { arn: 'arn:primary', identifier: 'first' },
    secondary: { arn: 'arn:secondary', identifier: 'second' },
    secondaryRegion: 'us-west-2',
    witnessRegion: 'us-east-2',
  });
  const template = templateOf(stack);

  it('keeps the names of its resources, so that an update replaces none', () => {
    expect(logicalIds(template)).toEqual([
      'Peering',
      'PeeringFunction',
      'PeeringLogs',
      'PeeringRole',
      'PeeringRoleDefaultPolicy',
    ]);
  });

  it('is asked for with both clusters and the witness, and may take 15 minutes', () => {
    const { ServiceToken, ...others } = theOnly(template, 'Custom::AntipodePeering').Properties;
    expect(textOf(ServiceToken)).toBe('PeeringFunction.Arn');
    expect(others).toEqual({
      ServiceTimeout: '900',
      PrimaryClusterArn: 'arn:primary',
      SecondaryClusterArn: 'arn:secondary',
      WitnessRegion: 'us-east-2',
    });
    expect(theOnly(template, 'AWS::Lambda::Function').Properties).toMatchObject({
      FunctionName: 'peer',
      Timeout: 15 * 60,
      MemorySize: 512,
      Environment: { Variables: { CUSTOM_RESOURCE_STACK_ID: { Ref: 'AWS::StackId' } } },
    });
  });

  it('may change the primary cluster alone, in the witness of this one and no other', () => {
    const witness = 'if {"StringEquals":{"dsql:WitnessRegion":"us-east-2"}}';
    const inWitnessRegion = 'arn:AWS::Partition:dsql:us-east-2:AWS::AccountId:cluster/first';
    const granted = allowList(permissions(template)['PeeringRole'] ?? []);
    expect(granted.filter((line) => line.startsWith('dsql:'))).toEqual([
      'dsql:AddPeerCluster on arn:primary',
      'dsql:AddPeerCluster on arn:secondary',
      'dsql:GetCluster on arn:AWS::Partition:dsql:us-west-2:AWS::AccountId:cluster/*',
      'dsql:GetCluster on arn:primary',
      'dsql:PutMultiRegionProperties on arn:primary',
      `dsql:PutWitnessRegion on ${inWitnessRegion} ${witness}`,
      `dsql:PutWitnessRegion on arn:primary ${witness}`,
      'dsql:RemovePeerCluster on arn:AWS::Partition:dsql:*:AWS::AccountId:cluster/*',
      'dsql:UpdateCluster on arn:primary',
    ]);
  });

  it('may update clusters in the stack that names the peer, and nothing else of it', () => {
    const naming = { stackId: 'arn:stack', parameter: 'Peer' };
    const named = stackOf();
    new PeerClusters(named, 'Peering', {
      bundle,
      primary: { arn: 'arn:primary', identifier: 'first' },
      secondary: { arn: 'arn:secondary', identifier: 'second' },
      secondaryRegion: 'us-west-2',
      witnessRegion: 'us-east-2',
      naming,
    });
    const withNaming = templateOf(named);
    const granted = allowList(permissions(withNaming)['PeeringRole'] ?? []);
    const clustersAlone =
      'if {"ForAllValues:StringEquals":{"cloudformation:ResourceTypes":["AWS::DSQL::Cluster"]},"Null":{"cloudformation:ResourceTypes":"false"}}';
    expect(granted.filter((line) => line.startsWith('cloudformation:'))).toEqual([
      'cloudformation:DescribeStacks on arn:stack',
      `cloudformation:UpdateStack on arn:stack ${clustersAlone}`,
    ]);
    expect(theOnly(withNaming, 'Custom::AntipodePeering').Properties).toMatchObject({
      NamingStackId: 'arn:stack',
      NamingParameter: 'Peer',
    });
  });

  it('has an entry that can be bundled', () => {
    expect(peerClustersEntry.pathname).toMatch(/\/infra\/peering\/peer-clusters\.lambda\.ts$/);
  });
});

describe('the deletion of clusters', () => {
  const stack = stackOf();
  new DeleteClusters(stack, 'Deletion', {
    functionName: 'delete',
    bundle,
    primary: { arn: 'arn:primary' },
    secondary: { arn: 'arn:secondary' },
  });
  const template = templateOf(stack);

  it('is asked for with both clusters, and may take 15 minutes', () => {
    const { ServiceToken, ...others } = theOnly(template, 'Custom::AntipodeDeletion').Properties;
    expect(textOf(ServiceToken)).toBe('DeletionFunction.Arn');
    expect(others).toEqual({
      ServiceTimeout: '900',
      PrimaryClusterArn: 'arn:primary',
      SecondaryClusterArn: 'arn:secondary',
    });
    expect(theOnly(template, 'AWS::Lambda::Function').Properties).toMatchObject({
      FunctionName: 'delete',
      Timeout: 15 * 60,
      Environment: { Variables: { CUSTOM_RESOURCE_STACK_ID: { Ref: 'AWS::StackId' } } },
    });
  });

  it('may delete these two clusters and read the status of its own stack', () => {
    const granted = allowList(permissions(template)['DeletionRole'] ?? []);
    expect(granted.filter((line) => !line.startsWith('logs:'))).toEqual([
      'cloudformation:DescribeStacks on AWS::StackId',
      'dsql:DeleteCluster on arn:primary',
      'dsql:DeleteCluster on arn:secondary',
      'dsql:GetCluster on arn:primary',
      'dsql:GetCluster on arn:secondary',
    ]);
  });
});
