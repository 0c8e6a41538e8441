import { Duration, Stack, Tags } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DsqlClusterBase } from '../constructs/dsql-cluster.ts';
import { requireWithin } from '../constructs/props.ts';

/** The action of the experiment, by which its role is restricted too. */
const actionId = 'aws:dsql:cluster-connection-failure';

/** Half of the calls: a retry reaches the cluster, and a service without one shows it. */
const percentageDefault = 50;

/** The alarms on users look at two of three periods of five minutes. */
const minutesDefault = 15;

/** The cluster whose calls fail, how many of them, and for how long. */
export type FaultExperimentProps = {
  /** The `Name` tag of the template, by which a person finds it. */
  readonly experimentName: string;
  /** The cluster that refuses connections. */
  readonly cluster: DsqlClusterBase;
  /** Ends the experiment when it comes. It must not be there at the start. */
  readonly stopAlarm: IAlarm;
  /** The share of the calls that fail. Percent, 1 to 100; 50 unless given. */
  readonly percentage?: number;
  /** How long it lasts. Minutes, 1 to 720; 15 unless given. */
  readonly minutes?: number;
};

/**
 * The template of an experiment of AWS Fault Injection Service in which a cluster refuses
 * connections. Nothing happens until a person starts it.
 *
 * @throws {InvalidProp} for a share or a time that the action does not take
 * @see https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
 */
export class FaultExperiment extends Construct {
  /** The template, which `aws fis start-experiment` takes. */
  readonly template: CfnExperimentTemplate;

  constructor(scope: Construct, id: string, props: FaultExperimentProps) {
    super(scope, id);
    const { experimentName, cluster, stopAlarm } = props;
    const { percentage = percentageDefault, minutes = minutesDefault } = props;
    requireWithin(this, 'percentage', percentage, [1, 100]);
    requireWithin(this, 'minutes', minutes, [1, 720]);
    const duration = Duration.minutes(minutes).toIsoString();
    this.template = new CfnExperimentTemplate(this, 'Template', {
      description: `The cluster of this Region refuses ${percentage} % of its connections for ${minutes} minutes`,
      roleArn: this.#role(cluster.arn).roleArn,
      stopConditions: [{ source: 'aws:cloudwatch:alarm', value: stopAlarm.alarmArn }],
      targets: {
        Cluster: {
          resourceType: 'aws:dsql:cluster',
          resourceArns: [cluster.arn],
          selectionMode: 'ALL',
        },
      },
      actions: {
        Connections: {
          actionId,
          parameters: { duration, percentage: `${percentage}` },
          targets: { Clusters: 'Cluster' },
        },
      },
      tags: { Name: experimentName },
    });
    Tags.of(this).add('Name', experimentName);
  }

  /**
   * The permissions that the action needs. `dsql:InjectError` is restricted by its condition keys:
   * the guide of DSQL does so, and names no resource (its part on condition keys).
   */
  #role(clusterArn: string): Role {
    const stack = Stack.of(this);
    const experiments = stack.formatArn({ service: 'fis', resource: 'experiment/*' });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('fis.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': experiments },
        },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['dsql:GetCluster'], resources: [clusterArn] }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['dsql:InjectError'],
        resources: ['*'],
        conditions: {
          StringEquals: { 'dsql:FisActionId': actionId },
          'ForAllValues:ArnEquals': { 'dsql:FisTargetArns': clusterArn },
        },
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['tag:GetResources'], resources: ['*'] }));
    return role;
  }
}
