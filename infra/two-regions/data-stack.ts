import { CfnOutput, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { Bundle } from '../bundling/bundle.ts';
import { DsqlCluster } from '../constructs/dsql-cluster.ts';
import type { FunctionSurroundings } from '../constructs/service-function.ts';
import { PeerClusters } from '../peering/peer-clusters.ts';
import type { TwoRegionConfig } from './config.ts';
import { addDataOperations } from './data-operations.ts';
import type { ServiceNames } from './names.ts';
import type { OperationsConfig } from './operations-config.ts';
import type { SurroundingsOf } from './service-stack.ts';

export type DataStackProps = StackProps & {
  readonly config: Pick<TwoRegionConfig, 'witnessRegion' | 'protectData' | keyof OperationsConfig>;
  readonly names: Pick<ServiceNames, 'cluster' | 'peerClusters' | 'alarmTopic'>;
  readonly region: string;
  /**
   * Its key encrypts the cluster. The peering function stays out of its VPC: it calls both Regions.
   */
  readonly surroundings?: SurroundingsOf;
  /**
   * Given to the second stack of the two: it names the first stack's cluster and completes the
   * peering.
   */
  readonly peer?: { readonly cluster: DsqlCluster; readonly bundle: Bundle };
};

const outsideOfVpc = ({
  vpc,
  vpcSubnets,
  securityGroups,
  ...others
}: FunctionSurroundings): FunctionSurroundings => others;

/** One Region's half of a service's database. */
export class DataStack extends Stack {
  readonly cluster: DsqlCluster;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { config, names, region, peer } = props;
    const { witnessRegion } = config;
    const surroundings = props.surroundings?.(this) ?? {};
    const { encryptionKey } = surroundings;
    // Weak: the other Region's value is read when this stack is deployed, without machinery of its
    // own there.
    const primary = peer && {
      arn: Stack.consumeReference(peer.cluster.arn, ReferenceStrength.WEAK),
      identifier: Stack.consumeReference(peer.cluster.identifier, ReferenceStrength.WEAK),
    };
    this.cluster = new DsqlCluster(this, 'Cluster', {
      clusterName: names.cluster(region),
      witnessRegion,
      protect: config.protectData,
      ...defined({ peerArn: primary?.arn, encryptionKey }),
    });
    if (peer && primary) {
      new PeerClusters(this, 'Peering', {
        ...outsideOfVpc(surroundings),
        functionName: names.peerClusters,
        bundle: peer.bundle,
        primary,
        secondary: this.cluster,
        witnessRegion,
      });
    }
    addDataOperations(this, { ...{ config, names, surroundings }, cluster: this.cluster });
    new CfnOutput(this, 'ClusterIdentifier', { value: this.cluster.identifier });
    new CfnOutput(this, 'ClusterArn', { value: this.cluster.arn });
    new CfnOutput(this, 'ClusterEndpoint', { value: this.cluster.endpoint });
  }
}
