import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { Bundle } from '../bundling/bundle.ts';
import { type FunctionSurroundings, ServiceFunction } from '../constructs/service-function.ts';
import type { PeerCluster } from './peer-clusters.ts';
import { deletionType } from './resource-types.ts';

/** DSQL takes minutes to delete two clusters; Lambda allows no more. */
const timeout = Duration.minutes(15);

/** The SDK client's start-up is most of its work. */
const memoryMb = 512;

/** The two clusters that one function deletes together, since a peered cluster cannot go alone. */
export type DeleteClustersProps = FunctionSurroundings & {
  /** CloudFormation names it unless given. */
  readonly functionName?: string;
  /** The bundle of `peerClustersEntry`. */
  readonly bundle: Bundle;
  /** The cluster that was created with a witness only. */
  readonly primary: Pick<PeerCluster, 'arn'>;
  /** The cluster that names the primary one. */
  readonly secondary: Pick<PeerCluster, 'arn'>;
};

/**
 * Deletes both clusters of a service when its own stack is deleted, so that one command destroys
 * the stacks of both one after the other: a cluster stays in `PENDING_DELETE` until its peer is
 * deleted too. CloudFormation then finds that they are gone.
 *
 * Put it into the stack that is deleted first, the one of the secondary cluster, and only where the
 * clusters are not protected. It deletes nothing when it leaves its template or a creation fails.
 */
export class DeleteClusters extends Construct {
  constructor(scope: Construct, id: string, props: DeleteClustersProps) {
    super(scope, id);
    const { bundle, primary, secondary, ...others } = props;
    const { stackId } = Stack.of(this);
    const deletion = new ServiceFunction(this, 'Deletion', {
      ...defined(others),
      description: 'Deletes both DSQL clusters with their stack',
      bundle,
      environment: { CUSTOM_RESOURCE_STACK_ID: stackId },
      memoryMb,
      timeout,
    });
    deletion.allow(['dsql:GetCluster', 'dsql:DeleteCluster'], primary.arn, secondary.arn);
    deletion.allow(['cloudformation:DescribeStacks'], stackId);
    new CustomResource(this, 'Resource', {
      resourceType: deletionType,
      serviceToken: deletion.function.functionArn,
      serviceTimeout: timeout,
      properties: { PrimaryClusterArn: primary.arn, SecondaryClusterArn: secondary.arn },
    });
  }
}
