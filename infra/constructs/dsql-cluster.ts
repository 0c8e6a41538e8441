import { RemovalPolicy, Tags } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-dsql';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

export type DsqlClusterProps = {
  /** The `Name` tag; DSQL itself knows clusters by identifier only. */
  readonly clusterName: string;
  readonly witnessRegion: string;
  /** The cluster in the other Region. The first cluster of a pair has none yet: see `PeerClusters`. */
  readonly peerArn?: string;
  /** Refuses deletion, and keeps the data when the stack goes. */
  readonly protect: boolean;
};

/**
 * One half of a multi-Region Aurora DSQL cluster.
 *
 * The two halves name each other, which no order of creation allows. So the first is created with a witness only
 * and waits in `PENDING_SETUP`, the second names the first, and `PeerClusters` then completes the first.
 *
 * Whoever deploys it needs, for the cluster's ARN in its Region, `dsql:CreateCluster`, `dsql:GetCluster`,
 * `dsql:UpdateCluster`, `dsql:TagResource`, `dsql:PutMultiRegionProperties`, `dsql:AddPeerCluster` (for the peer's ARN
 * too), `dsql:PutWitnessRegion` (in the witness Region too) and, once per account, `iam:CreateServiceLinkedRole`.
 */
export class DsqlCluster extends Construct {
  readonly arn: string;
  readonly identifier: string;
  /** The host that clients of this Region connect to. */
  readonly endpoint: string;

  constructor(scope: Construct, id: string, props: DsqlClusterProps) {
    super(scope, id);
    const cluster = new CfnCluster(this, 'Resource', {
      deletionProtectionEnabled: props.protect,
      multiRegionProperties: {
        witnessRegion: props.witnessRegion,
        ...(props.peerArn === undefined ? {} : { clusters: [props.peerArn] }),
      },
    });
    cluster.applyRemovalPolicy(props.protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
    Tags.of(cluster).add('Name', props.clusterName);
    this.arn = cluster.attrResourceArn;
    this.identifier = cluster.attrIdentifier;
    this.endpoint = cluster.attrEndpoint;
  }

  /** Lets a function connect under a database role that was granted to its IAM role. */
  grantConnect(connecting: ServiceFunction): void {
    connecting.allow(['dsql:DbConnect'], this.arn);
  }

  /** Lets a function connect as `admin`, which may do everything: for migrations only. */
  grantConnectAdmin(connecting: ServiceFunction): void {
    connecting.allow(['dsql:DbConnectAdmin'], this.arn);
  }
}
