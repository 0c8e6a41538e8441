import { Arn, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { Bundle } from '../bundling/bundle.ts';
import { siblingModule } from '../bundling/sibling-module.ts';
import { InvalidProp } from '../constructs/props.ts';
import { type FunctionSurroundings, ServiceFunction } from '../constructs/service-function.ts';
import { peeringType } from './resource-types.ts';

/**
 * Peering takes a minute or two. The rest is for a permission that spreads slowly and for
 * throttles: Lambda allows no more.
 */
const timeout = Duration.minutes(15);

/** The SDK client's start-up is most of its work. */
const memoryMb = 512;

/** The entry to bundle for this construct, and for `DeleteClusters`. */
export const peerClustersEntry = siblingModule('peer-clusters.lambda', import.meta.url);

/** A cluster as `PeerClusters` needs to know it. */
export type PeerCluster = {
  /** The ARN, by which its peer names it. */
  readonly arn: string;
  /** 26 small letters and digits. */
  readonly identifier: string;
};

/** A stack that knows by a parameter which peer its cluster has. */
export type NamingStack = {
  /** The ARN of the stack. */
  readonly stackId: string;
  /** The name of the parameter that takes the identifier of the peer. */
  readonly parameter: string;
};

/** The two clusters that become one database, and the Region of the witness. */
export type PeerClustersProps = FunctionSurroundings & {
  /** CloudFormation names it unless given. */
  readonly functionName?: string;
  /** The bundle of `peerClustersEntry`. */
  readonly bundle: Bundle;
  /** The cluster that was created with a witness only. */
  readonly primary: PeerCluster;
  /** The cluster that names the primary one. */
  readonly secondary: PeerCluster;
  /** The Region of the secondary cluster. The primary may name one there that was left over. */
  readonly secondaryRegion: string;
  /** Holds DSQL's log as the third vote; the same for both clusters. */
  readonly witnessRegion: string;
  /**
   * The stack of the primary cluster, in the Region of this one. It gets the identifier
   * of the secondary as its parameter after the peering, so that no later update of it takes the
   * peer away.
   */
  readonly naming?: NamingStack;
  /** Runs the peering again when it changes, such as after a change of the clusters' settings. */
  readonly revision?: string;
};

/**
 * The last step of a multi-Region DSQL cluster: gives the first half the ARN of the second, and
 * waits until both are usable.
 *
 * Put it into a stack of its own: a peering that fails then rolls back no cluster. Deleting the
 * peering changes nothing: it ends with its clusters.
 *
 * @throws {InvalidProp} for a witness in the stack's own Region
 */
export class PeerClusters extends Construct {
  /** A command that a person has to run, or `none`. */
  readonly nextStep: string;

  constructor(scope: Construct, id: string, props: PeerClustersProps) {
    super(scope, id);
    const { bundle, primary, secondary, witnessRegion, ...rest } = props;
    const { secondaryRegion, naming, revision, ...others } = rest;
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
    peering.allow(['dsql:GetCluster'], primary.arn, this.#anyCluster(secondaryRegion));
    peering.allow(['dsql:UpdateCluster', 'dsql:PutMultiRegionProperties'], primary.arn);
    peering.allow(['dsql:AddPeerCluster'], primary.arn, secondary.arn);
    this.#allowWitness(peering, primary, witnessRegion);
    this.#allowPeerRemoval(peering);
    if (naming) this.#allowNaming(peering, naming);
    const resource = new CustomResource(this, 'Resource', {
      resourceType: peeringType,
      serviceToken: peering.function.functionArn,
      serviceTimeout: timeout,
      properties: {
        PrimaryClusterArn: primary.arn,
        SecondaryClusterArn: secondary.arn,
        WitnessRegion: witnessRegion,
        ...(naming && { NamingStackId: naming.stackId, NamingParameter: naming.parameter }),
        ...(revision !== undefined && { Revision: revision }),
      },
    });
    this.nextStep = resource.getAttString('NextStep');
  }

  #anyCluster(region: string): string {
    const any = { service: 'dsql', region, resource: 'cluster', resourceName: '*' };
    return Arn.format(any, Stack.of(this));
  }

  /** The update of that stack may touch clusters alone. */
  #allowNaming(peering: ServiceFunction, { stackId }: NamingStack): void {
    peering.allow(['cloudformation:DescribeStacks'], stackId);
    peering.role.addToPolicy(
      new PolicyStatement({
        actions: ['cloudformation:UpdateStack'],
        resources: [stackId],
        conditions: {
          'ForAllValues:StringEquals': { 'cloudformation:ResourceTypes': ['AWS::DSQL::Cluster'] },
          Null: { 'cloudformation:ResourceTypes': 'false' },
        },
      }),
    );
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
    peering.allow(['dsql:RemovePeerCluster'], this.#anyCluster('*'));
  }
}
