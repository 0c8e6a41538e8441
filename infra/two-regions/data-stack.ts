import {
  CfnCondition,
  CfnOutput,
  CfnParameter,
  CfnRule,
  Fn,
  ReferenceStrength,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import {
  AnyPrincipal,
  CfnRole,
  Effect,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { Bundle } from '../bundling/bundle.ts';
import {
  DsqlCluster,
  type DsqlClusterBase,
  type DsqlClusterProps,
} from '../constructs/dsql-cluster.ts';
import { DeleteClusters } from '../peering/delete-clusters.ts';
import type { TwoRegionConfig } from './config.ts';
import { addBackups, addDataOperations } from './data-operations.ts';
import { type Half, otherHalf, type ServiceNames } from './names.ts';
import { outsideOfVpc, type SurroundingsOf } from './service-stack.ts';

/** One half of the database, and the other half that it names. */
export type DataStackProps = StackProps & {
  /** The settings of the deployment. */
  readonly config: TwoRegionConfig;
  /** The physical names of the service. */
  readonly names: Pick<
    ServiceNames,
    'cluster' | 'deleteClusters' | 'alarmTopic' | 'backupVault' | 'serviceStack' | 'oneHalf'
  >;
  /** Whether it is the primary or the secondary half. */
  readonly half: Half;
  /** Its key encrypts the cluster. The deleting function stays out of its VPC. */
  readonly surroundings?: SurroundingsOf;
  /**
   * Given to the second stack of the two: it names the first stack's cluster, and deletes both
   * clusters when it goes, unless they are protected.
   */
  readonly peer?: { readonly cluster: DsqlCluster; readonly bundle: Bundle };
};

/** The parameter of the first stack that gets the second cluster's identifier after the peering. */
export const peerParameter = 'PeerClusterIdentifier';

/**
 * The value of that parameter before the peering. It has the form of an identifier, since checks of
 * templates hold defaults against the pattern of the property that they end in.
 */
const noPeerYet = '0'.repeat(26);

/**
 * In other Regions, a new service needs names of its own for everything: the stacks, the buses and
 * the roles of the first one stay.
 */
const emptyService =
  'another CLUSTER_NAME_PREFIX, LAMBDA_FUNCTION_PREFIX and EVENTBRIDGE_BUS_PREFIX for a new, empty service';

/** One Region's half of a service's database. */
export class DataStack extends Stack {
  /** The cluster of this stack. */
  readonly cluster: DsqlCluster;
  /** The cluster that serves: the own one, or the one that was restored in its place. */
  readonly serving: DsqlClusterBase;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { config, names, half, peer } = props;
    const { witnessRegion, protectData: protect, importClusters: imports } = config;
    const surroundings = props.surroundings?.(this) ?? {};
    const { encryptionKey } = surroundings;
    // Weak: the other Region's value is read when this stack is deployed, without machinery of its
    // own there.
    const primaryArn =
      peer && !imports
        ? Stack.consumeReference(peer.cluster.arn, ReferenceStrength.WEAK)
        : undefined;
    this.cluster = new DsqlCluster(this, 'Cluster', {
      clusterName: names.cluster(config[`${half}Region`]),
      ...{ witnessRegion, protect, vpcOnly: config.privateNetwork },
      ...(peer || imports ? defined({ peerArn: primaryArn }) : this.#peer(config.secondaryRegion)),
      ...defined({ encryptionKey }),
    });
    this.serving = this.#serving(config.restoredClusters, half);
    if (imports) {
      // The vault has outlived its stack too, and its name is taken.
      const { cluster } = this;
      if (protect) addBackups(this, { config, names, surroundings, cluster, isPrimary: false });
      return;
    }
    this.#fixRegions(config, otherHalf(half));
    this.#fixOwnRegion(names.oneHalf(half), half);
    if (peer && primaryArn !== undefined && !protect) {
      new DeleteClusters(this, 'Deletion', {
        ...outsideOfVpc(surroundings),
        functionName: names.deleteClusters,
        bundle: peer.bundle,
        primary: { arn: primaryArn },
        secondary: this.cluster,
      });
    }
    addDataOperations(this, {
      ...{ config, names, surroundings, cluster: this.cluster, isPrimary: peer === undefined },
    });
    this.#outputs(protect);
  }

  #serving(restored: TwoRegionConfig['restoredClusters'], half: Half): DsqlClusterBase {
    const identifier = restored?.[half === 'primary' ? 0 : 1];
    if (identifier === undefined) return this.cluster;
    // The service stacks stop to import these with this deployment, which comes after this stack.
    for (const value of [this.cluster.arn, this.cluster.identifier, this.cluster.endpoint]) {
      this.exportValue(value);
    }
    return DsqlCluster.fromClusterAttributes(this, 'RestoredCluster', { identifier });
  }

  #outputs(protect: boolean): void {
    new CfnOutput(this, 'ClusterIdentifier', { value: this.cluster.identifier });
    new CfnOutput(this, 'ClusterArn', { value: this.cluster.arn });
    new CfnOutput(this, 'ClusterEndpoint', { value: this.cluster.endpoint });
    new CfnOutput(this, 'AfterDestroy', {
      value: protect
        ? `The cluster is kept. Bring it back by: IMPORT_CLUSTERS=on npx cdk import ${this.stackName}`
        : 'The cluster is deleted with all its data',
    });
  }

  /** The second cluster does not exist when the first is created, so a parameter names it later. */
  #peer(region: string): Pick<DsqlClusterProps, 'peerArn' | 'peeredWhere'> {
    const parameter = new CfnParameter(this, peerParameter, {
      default: noPeerYet,
      allowedPattern: '[a-z0-9]{26}',
      description: 'The cluster that this one is peered with; zeros before the peering',
    });
    const peeredWhere = new CfnCondition(this, 'IsPeered', {
      expression: Fn.conditionNot(Fn.conditionEquals(parameter.valueAsString, noPeerYet)),
    });
    const resourceName = parameter.valueAsString;
    const peerArn = this.formatArn({ service: 'dsql', region, resource: 'cluster', resourceName });
    return { peerArn, peeredWhere };
  }

  /**
   * Another Region for this half makes a second stack there, which knows nothing of the first. All
   * Regions share the names of roles, so a role without any right fails the creation of that stack
   * before it has a cluster.
   */
  #fixOwnRegion(roleName: string, half: Half): void {
    const nobody = new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['sts:AssumeRole'],
    });
    const only = new CfnRole(this, 'OnlyOne', {
      roleName,
      description: `Nobody takes this role. ${half.toUpperCase()}_REGION stays ${this.region} while it exists`,
      assumeRolePolicyDocument: new PolicyDocument({ statements: [nobody] }),
    });
    this.cluster.node.addDependency(only);
  }

  #fixRegions(config: DataStackProps['config'], other: Half): void {
    const { witnessRegion } = config;
    const emptyDatabase = 'another CLUSTER_NAME_PREFIX for a new, empty database';
    this.#fix('WITNESS_REGION', 'FirstWitnessRegion', witnessRegion, emptyDatabase);
    const otherRegion = `${other.toUpperCase()}_REGION`;
    this.#fix(otherRegion, 'FirstPeerRegion', config[`${other}Region`], emptyService);
  }

  /**
   * Refuses an update with another value, before it changes anything. Deployments keep the first
   * value of a parameter, and its default is the value of today.
   */
  #fix(variable: string, parameterName: string, value: string, otherwise: string): void {
    const first = new CfnParameter(this, parameterName, {
      default: value,
      description: `${variable} of the first deployment; leave it`,
    });
    new CfnRule(this, `${parameterName}Stays`, {
      assertions: [
        {
          assert: Fn.conditionEquals(first.valueAsString, value),
          assertDescription: `${variable} cannot change, since the cluster holds data: set it back, or set ${otherwise}`,
        },
      ],
    });
  }
}
