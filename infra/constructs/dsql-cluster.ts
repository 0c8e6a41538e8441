import { Aws, type CfnCondition, Fn, RemovalPolicy, Stack, Tags, Token } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-dsql';
import {
  AnyPrincipal,
  Effect,
  Grant,
  type IGrantable,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import { InvalidProp } from './props.ts';

/** The peers, the protection, the key and the network of one cluster. */
export type DsqlClusterProps = {
  /** The `Name` tag; DSQL itself knows clusters by identifier only. */
  readonly clusterName?: string;
  /**
   * The witness Region, which holds the log as the third vote of two Regions. A cluster without one
   * lives in one Region.
   */
  readonly witnessRegion?: string;
  /**
   * The cluster in the other Region. The first cluster of a pair has none yet: see `PeerClusters`.
   */
  readonly peerArn?: string;
  /** Where it does not hold, the peer does not exist yet. */
  readonly peeredWhere?: CfnCondition;
  /** Refuses deletion, and keeps the data when the stack goes. */
  readonly protect: boolean;
  /**
   * Encrypts the data; DSQL's own key unless given. Each Region has a key of its own, whose policy
   * lets the deployer use it through DSQL.
   */
  readonly encryptionKey?: IKey;
  /**
   * Takes connections out of a VPC only: its policy denies all others, and `endpoint` is the host
   * behind an interface endpoint of `vpcEndpointServiceName`. Tools on the internet cannot connect.
   */
  readonly vpcOnly?: boolean;
};

/**
 * Identifies a cluster that exists. An attribute that is left out is taken from the stack's Region
 * and account.
 */
export type DsqlClusterAttributes = {
  /** 26 small letters and digits. */
  readonly identifier: string;
  /** Made of the stack's account and Region unless given. */
  readonly arn?: string;
  /**
   * The host that clients connect to; made of the identifier and the stack's Region unless given.
   */
  readonly endpoint?: string;
};

/** An Aurora DSQL cluster that this app creates or refers to. */
export abstract class DsqlClusterBase extends Construct {
  /** The ARN that permissions name. */
  abstract readonly arn: string;
  /** 26 small letters and digits. */
  abstract readonly identifier: string;
  /** The host that clients of this Region connect to. */
  abstract readonly endpoint: string;

  /** Lets a function connect under a database role that was granted to its IAM role. */
  grantConnect(connecting: IGrantable): Grant {
    return this.#grant(connecting, 'dsql:DbConnect');
  }

  /** Lets a function connect as `admin`, which may do everything: for migrations only. */
  grantConnectAdmin(connecting: IGrantable): Grant {
    return this.#grant(connecting, 'dsql:DbConnectAdmin');
  }

  #grant(grantee: IGrantable, action: string): Grant {
    return Grant.addToPrincipal({ grantee, actions: [action], resourceArns: [this.arn] });
  }
}

/**
 * The policy of a cluster that is connected to out of a VPC only (user guide of Aurora DSQL,
 * "Common resource-based policy examples").
 */
const fromVpcsOnly = new PolicyDocument({
  statements: [
    new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['dsql:DbConnect', 'dsql:DbConnectAdmin'],
      resources: ['*'],
      conditions: { Null: { 'aws:SourceVpc': 'true' } },
    }),
  ],
});

const identifierPattern = /^[a-z0-9]{26}$/;

class ImportedCluster extends DsqlClusterBase {
  readonly arn: string;
  readonly identifier: string;
  readonly endpoint: string;

  constructor(scope: Construct, id: string, attributes: DsqlClusterAttributes) {
    super(scope, id);
    const stack = Stack.of(this);
    const { identifier } = attributes;
    if (!Token.isUnresolved(identifier) && !identifierPattern.test(identifier)) {
      throw new InvalidProp(
        `identifier of ${this.node.path} is ${JSON.stringify(identifier)}, use the 26 small letters and digits of the cluster`,
      );
    }
    this.identifier = identifier;
    this.arn =
      attributes.arn ??
      stack.formatArn({ service: 'dsql', resource: 'cluster', resourceName: identifier });
    this.endpoint = attributes.endpoint ?? `${identifier}.dsql.${stack.region}.on.aws`;
  }
}

/**
 * An Aurora DSQL cluster of one Region, or one half of a multi-Region one.
 *
 * Two halves name each other, which no order of creation allows. So the first is created with a
 * witness only and waits in `PENDING_SETUP`, the second names the first, and `PeerClusters` then
 * completes the first.
 *
 * The deployer needs, for the cluster's ARN in its Region, `dsql:CreateCluster`, `dsql:GetCluster`,
 * `dsql:UpdateCluster`, `dsql:TagResource` and, once per account, `iam:CreateServiceLinkedRole`. A
 * half of two Regions also needs `dsql:PutMultiRegionProperties`, `dsql:AddPeerCluster` (for the
 * peer's ARN too) and `dsql:PutWitnessRegion` (in the witness Region too).
 *
 * @throws {InvalidProp} for a peer without a witness, and for a witness in the cluster's own Region
 * @example
 * new DsqlCluster(stack, 'Cluster', { protect: true }); // One Region.
 */
export class DsqlCluster extends DsqlClusterBase {
  readonly arn: string;
  readonly identifier: string;
  readonly endpoint: string;
  /** The service of an interface endpoint in a VPC, which belongs to this cluster alone. */
  readonly vpcEndpointServiceName: string;

  /**
   * Refers to a cluster that was made elsewhere.
   *
   * @throws {InvalidProp} for a text that is no identifier
   * @example
   * const identifier = 'foo0bar1baz2quux3quuux4abc';
   * DsqlCluster.fromClusterAttributes(stack, 'Cluster', { identifier }).grantConnect(reader);
   */
  static fromClusterAttributes(
    scope: Construct,
    id: string,
    attributes: DsqlClusterAttributes,
  ): DsqlClusterBase {
    return new ImportedCluster(scope, id, attributes);
  }

  constructor(scope: Construct, id: string, props: DsqlClusterProps) {
    super(scope, id);
    const { clusterName, protect, encryptionKey, vpcOnly = false } = props;
    const cluster = new CfnCluster(this, 'Resource', {
      deletionProtectionEnabled: protect,
      ...defined({
        kmsEncryptionKey: encryptionKey?.keyArn,
        multiRegionProperties: this.#multiRegion(props),
        policyDocument: vpcOnly ? JSON.stringify(fromVpcsOnly.toJSON()) : undefined,
      }),
    });
    // A creation that fails is deleted: nobody needs an empty cluster, and it costs money.
    const kept = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    cluster.applyRemovalPolicy(protect ? kept : RemovalPolicy.DESTROY);
    if (clusterName !== undefined) Tags.of(cluster).add('Name', clusterName);
    this.arn = cluster.attrResourceArn;
    this.identifier = cluster.attrIdentifier;
    this.endpoint = vpcOnly ? cluster.attrVpcEndpoint : cluster.attrEndpoint;
    this.vpcEndpointServiceName = cluster.attrVpcEndpointServiceName;
  }

  #multiRegion({ witnessRegion, peerArn, peeredWhere }: DsqlClusterProps) {
    const { region } = Stack.of(this);
    if (peerArn !== undefined && witnessRegion === undefined) {
      throw new InvalidProp(
        `peerArn of ${this.node.path} makes two Regions of it, give their witnessRegion too`,
      );
    }
    if (witnessRegion !== undefined && witnessRegion === region) {
      throw new InvalidProp(
        `witnessRegion of ${this.node.path} is its own Region ${region}, use a third one`,
      );
    }
    if (witnessRegion === undefined) return undefined;
    if (peerArn === undefined) return { witnessRegion };
    const clusters = peeredWhere
      ? Token.asList(Fn.conditionIf(peeredWhere.logicalId, [peerArn], Aws.NO_VALUE))
      : [peerArn];
    return { witnessRegion, clusters };
  }
}
