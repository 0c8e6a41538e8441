import { Arn, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { Bundle } from '../bundling/bundle.ts';
import { siblingModule } from '../bundling/sibling-module.ts';
import { InvalidProp } from '../constructs/props.ts';
import { type FunctionSurroundings, ServiceFunction } from '../constructs/service-function.ts';

/** Peering takes a minute or two; Lambda allows no more than 15 minutes. */
const timeout = Duration.minutes(10);

/** The SDK client's start-up is most of its work. */
const memoryMb = 512;

/** The entry to bundle for this construct. */
export const peerClustersEntry = siblingModule('peer-clusters.lambda', import.meta.url);

/** A cluster as `PeerClusters` needs to know it. */
export type PeerCluster = {
  readonly arn: string;
  readonly identifier: string;
};

export type PeerClustersProps = FunctionSurroundings & {
  /** CloudFormation names it unless given. */
  readonly functionName?: string;
  /** The bundle of `peerClustersEntry`. */
  readonly bundle: Bundle;
  /** The cluster that was created with a witness only. */
  readonly primary: PeerCluster;
  /** The cluster that names the primary one. */
  readonly secondary: PeerCluster;
  readonly witnessRegion: string;
};

/**
 * The last step of a multi-Region DSQL cluster: gives the first half the ARN of the second, and
 * waits until both are usable.
 *
 * CloudFormation does not see this change, so leave `MultiRegionProperties` of the first cluster as
 * they were created. Deleting the peering changes nothing: it ends with its clusters.
 *
 * @throws {InvalidProp} for a witness in the stack's own Region
 */
export class PeerClusters extends Construct {
  constructor(scope: Construct, id: string, props: PeerClustersProps) {
    super(scope, id);
    const { bundle, primary, secondary, witnessRegion, ...others } = props;
    if (witnessRegion === Stack.of(this).region) {
      throw new InvalidProp(
        `witnessRegion of ${this.node.path} is its own Region ${witnessRegion}, use a third one`,
      );
    }
    const peering = new ServiceFunction(this, 'Peering', {
      ...defined(others),
      description: 'Completes the peering of the two DSQL clusters',
      bundle,
      environment: { CUSTOM_RESOURCE_STACK_ID: Stack.of(this).stackId },
      memoryMb,
      timeout,
    });
    peering.allow(['dsql:GetCluster'], primary.arn, secondary.arn);
    peering.allow(['dsql:UpdateCluster', 'dsql:PutMultiRegionProperties'], primary.arn);
    peering.allow(['dsql:AddPeerCluster'], primary.arn, secondary.arn);
    this.#allowWitness(peering, primary, witnessRegion);
    this.#allowPeerRemoval(peering);
    new CustomResource(this, 'Resource', {
      resourceType: 'Custom::AntipodePeering',
      serviceToken: peering.function.functionArn,
      serviceTimeout: timeout,
      properties: {
        PrimaryClusterArn: primary.arn,
        SecondaryClusterArn: secondary.arn,
        WitnessRegion: witnessRegion,
      },
    });
  }

  /** DSQL checks this one in the cluster's Region and in the witness's. */
  #allowWitness(peering: ServiceFunction, primary: PeerCluster, witnessRegion: string): void {
    const inWitnessRegion = Stack.of(this).formatArn({
      service: 'dsql',
      region: witnessRegion,
      resource: 'cluster',
      resourceName: primary.identifier,
    });
    peering.role.addToPolicy(
      new PolicyStatement({
        actions: ['dsql:PutWitnessRegion'],
        resources: [primary.arn, inWitnessRegion],
        conditions: { StringEquals: { 'dsql:WitnessRegion': witnessRegion } },
      }),
    );
  }

  /**
   * `UpdateCluster` with peers is checked against this pattern even if no peer is removed (API
   * reference of `UpdateCluster`). It gives no power of its own: peers change through
   * `UpdateCluster`, allowed for one cluster.
   */
  #allowPeerRemoval(peering: ServiceFunction): void {
    const anyCluster = Arn.format(
      { service: 'dsql', region: '*', resource: 'cluster', resourceName: '*' },
      Stack.of(this),
    );
    peering.allow(['dsql:RemovePeerCluster'], anyCluster);
  }
}
