import { CfnOutput, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Bundle } from '../bundling/bundle.ts';
import { PeerClusters } from '../peering/peer-clusters.ts';
import type { TwoRegionConfig } from './config.ts';
import { type DataStack, peerParameter } from './data-stack.ts';
import type { ServiceNames } from './names.ts';
import { outsideOfVpc, type SurroundingsOf } from './service-stack.ts';

/** The two data stacks whose clusters become one database. */
export type PeeringStackProps = StackProps & {
  /** The Regions, and whether the clusters are protected. */
  readonly config: Pick<TwoRegionConfig, 'secondaryRegion' | 'witnessRegion' | 'protectData'>;
  /** The physical names of the service. */
  readonly names: Pick<ServiceNames, 'peerClusters'>;
  /** The stack of the primary cluster. The peering runs in its Region. */
  readonly primaryData: DataStack;
  /** The stack of the secondary cluster. */
  readonly secondaryData: DataStack;
  /** The bundle of `peerClustersEntry`. */
  readonly bundle: Bundle;
  /** The peering function stays out of its VPC: it calls both Regions. */
  readonly surroundings?: SurroundingsOf;
};

/**
 * Peers the two halves of a service's database, from the Region of the first. It is a stack of its
 * own, so that a peering that fails rolls back no cluster and a second deployment goes on with it.
 */
export class PeeringStack extends Stack {
  constructor(scope: Construct, id: string, props: PeeringStackProps) {
    super(scope, id, props);
    const { config, names, primaryData, secondaryData, bundle } = props;
    const { secondaryRegion, witnessRegion, protectData } = config;
    const ofOtherRegion = (value: string) => Stack.consumeReference(value, ReferenceStrength.WEAK);
    const peering = new PeerClusters(this, 'Peering', {
      ...outsideOfVpc(props.surroundings?.(this) ?? {}),
      functionName: names.peerClusters,
      bundle,
      primary: primaryData.cluster,
      secondary: {
        arn: ofOtherRegion(secondaryData.cluster.arn),
        identifier: ofOtherRegion(secondaryData.cluster.identifier),
      },
      secondaryRegion,
      witnessRegion,
      naming: { stackId: primaryData.stackId, parameter: peerParameter },
      revision: protectData ? 'protected' : 'not protected',
    });
    this.addStackDependency(secondaryData);
    new CfnOutput(this, 'NextStep', { value: peering.nextStep });
  }
}
