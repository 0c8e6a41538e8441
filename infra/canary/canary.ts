import { Aws, Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnApplication, CfnDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnAlias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import { InvalidProp } from '../constructs/props.ts';
import {
  type AliasedFunction,
  hasAlias,
  type ServiceFunction,
} from '../constructs/service-function.ts';
import type { ReportedMetrics } from '../operations/metrics.ts';
import { addCanaryAlarms } from './canary-alarms.ts';

/**
 * The times of CodeDeploy's own canaries of a tenth (CodeDeploy user guide, deployment
 * configurations on Lambda). Minutes.
 */
export const canaryMinutes = [5, 10, 15, 30] as const;

/**
 * The minutes for which a new version may take a tenth of the requests: CodeDeploy has a
 * configuration for each of them.
 */
export type CanaryMinutes = (typeof canaryMinutes)[number];

/** CodeDeploy leads the requests back in each of these cases. */
const rollBackEvents = [
  'DEPLOYMENT_FAILURE',
  'DEPLOYMENT_STOP_ON_ALARM',
  'DEPLOYMENT_STOP_ON_REQUEST',
];

/** The API whose new versions are tried first, and the signs by which one is taken back. */
export type CanaryProps = {
  /** Names the application and the group in CodeDeploy; CloudFormation's unless given. */
  readonly name?: string;
  /** A function with an alias. */
  readonly api: ServiceFunction;
  /** How long a new version takes a tenth of the requests. */
  readonly minutes: CanaryMinutes;
  /** The namespace and the name under which the API reports its failures. */
  readonly metrics: ReportedMetrics;
  /** The time that nine of ten requests to a new version may take. Milliseconds. */
  readonly latencyMsMax: number;
  /** Are told of a version that fails. */
  readonly alarmActions?: readonly IAlarmAction[];
};

/**
 * Gives a new version of a function a tenth of the requests first. When it fails or is slow, its
 * alarms lead all requests back to the version before, and the deployment of the stack fails and is
 * rolled back. A first deployment has no version before, and no canary.
 *
 * @throws {InvalidProp} for a function without an alias
 * @example
 * const api = new ServiceFunction(stack, 'Api', { …, aliasName: 'live' });
 * new Canary(stack, 'Canary', { api, minutes: 5, metrics, latencyMsMax: 3_000 });
 */
export class Canary extends Construct {
  constructor(scope: Construct, id: string, props: CanaryProps) {
    super(scope, id);
    const { name, api, minutes } = props;
    if (!hasAlias(api)) {
      throw new InvalidProp(`${api.node.path} has no alias: give it an aliasName`);
    }
    const application = new CfnApplication(this, 'Application', {
      computePlatform: 'Lambda',
      ...defined({ applicationName: name }),
    });
    const alarms = addCanaryAlarms(this, { ...props, api });
    const group = new CfnDeploymentGroup(this, 'Group', {
      applicationName: application.ref,
      ...defined({ deploymentGroupName: name }),
      serviceRoleArn: this.#role(api, application).roleArn,
      deploymentConfigName: `CodeDeployDefault.LambdaCanary10Percent${minutes}Minutes`,
      deploymentStyle: {
        deploymentType: 'BLUE_GREEN',
        deploymentOption: 'WITH_TRAFFIC_CONTROL',
      },
      alarmConfiguration: {
        enabled: true,
        alarms: alarms.map(({ alarmName }) => ({ name: alarmName })),
        // A version that nobody can watch does not go on.
        ignorePollAlarmFailure: false,
      },
      autoRollbackConfiguration: { enabled: true, events: rollBackEvents },
    });
    const alias = api.alias.node.defaultChild as CfnAlias;
    alias.cfnOptions.updatePolicy = {
      codeDeployLambdaAliasUpdate: {
        applicationName: application.ref,
        deploymentGroupName: group.ref,
      },
    };
    // An update policy is no property: no page of AWS says that its references order resources.
    alias.addResourceDependency(group);
  }

  /** The role of CodeDeploy, for this function and the deployments of this application. */
  #role(api: AliasedFunction, { ref: applicationName }: CfnApplication): Role {
    const stack = Stack.of(this);
    const { functionArn } = api.function;
    const groups = stack.formatArn({
      service: 'codedeploy',
      resource: `deploymentgroup:${applicationName}/*`,
    });
    // The alarms depend on the version, and the names of those that are to come are not known.
    const alarms = stack.formatArn({ service: 'cloudwatch', resource: 'alarm:*' });
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com', {
        // CodeDeploy user guide, cross-service confused deputy prevention.
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': groups },
        },
      }),
      // In the role itself, so that no deployment begins before it may do its work.
      inlinePolicies: {
        ShiftTraffic: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: [
                'lambda:GetAlias',
                'lambda:GetProvisionedConcurrencyConfig',
                'lambda:UpdateAlias',
              ],
              resources: [functionArn, `${functionArn}:${api.alias.aliasName}`],
            }),
            new PolicyStatement({
              actions: ['cloudwatch:DescribeAlarms'],
              resources: [alarms],
            }),
          ],
        }),
      },
    });
  }
}
