import type { Route } from 'antipode-local-dsql/http';
import * as v from 'valibot';
import { AwsError, awsJsonRoute, operation } from '../aws-json.ts';
import type { CodeDeploy, DeploymentRecord } from './deployments.ts';

const describe = (record: DeploymentRecord) => ({
  applicationName: record.application,
  deploymentGroupName: record.group,
  deploymentConfigName: record.configuration,
  deploymentId: record.id,
  status: record.status,
  computePlatform: 'Lambda',
  // The service counts in seconds.
  createTime: record.createdAt / 1_000,
  ...(record.endedAt !== undefined && { completeTime: record.endedAt / 1_000 }),
  ...(record.error && { errorInformation: record.error }),
});

const statuses = ['Created', 'Queued', 'InProgress', 'Baking', 'Succeeded', 'Failed'] as const;

const idSchema = v.object({ deploymentId: v.string() });
const stopSchema = v.object({
  deploymentId: v.string(),
  autoRollbackEnabled: v.optional(v.boolean()),
});
const listSchema = v.object({
  applicationName: v.optional(v.string()),
  deploymentGroupName: v.optional(v.string()),
  includeOnlyStatuses: v.optional(v.array(v.picklist([...statuses, 'Stopped', 'Ready']))),
});
const hookSchema = v.object({
  deploymentId: v.string(),
  lifecycleEventHookExecutionId: v.string(),
  status: v.picklist(['Succeeded', 'Failed']),
});

const refuse = (code: string, message: string): never => {
  throw new AwsError(message, { code });
};

const missing = (id: string): never =>
  refuse('DeploymentDoesNotExistException', `The deployment ${id} could not be found`);

/**
 * Serves the part of CodeDeploy's API by which hooks answer, and people look at a deployment and
 * stop it.
 *
 * @see https://docs.aws.amazon.com/codedeploy/latest/APIReference/Welcome.html
 */
export const codeDeployRoute = (codeDeploy: Omit<CodeDeploy, 'deploy'>): Route => {
  const found = (id: string): DeploymentRecord =>
    codeDeploy.deployments().find((one) => one.id === id) ?? missing(id);
  return awsJsonRoute({
    target: 'CodeDeploy_20141006',
    version: '1.1',
    operations: {
      GetDeployment: operation(idSchema, ({ deploymentId }) => ({
        deploymentInfo: describe(found(deploymentId)),
      })),
      ListDeployments: operation(listSchema, (asked) => ({
        deployments: codeDeploy
          .deployments()
          .filter(
            ({ application, group, status }) =>
              [undefined, application].includes(asked.applicationName) &&
              [undefined, group].includes(asked.deploymentGroupName) &&
              (asked.includeOnlyStatuses?.includes(status) ?? true),
          )
          .map(({ id }) => id),
      })),
      StopDeployment: operation(stopSchema, ({ deploymentId, autoRollbackEnabled }) => {
        const { id } = found(deploymentId);
        if (codeDeploy.stop(id, autoRollbackEnabled === true)) return { status: 'Pending' };
        return refuse('DeploymentAlreadyCompletedException', `The deployment ${id} has ended`);
      }),
      PutLifecycleEventHookExecutionStatus: operation(hookSchema, (input) => {
        const { deploymentId, lifecycleEventHookExecutionId: execution, status } = input;
        const { id } = found(deploymentId);
        if (codeDeploy.answerHook(id, execution, status === 'Succeeded')) {
          return { lifecycleEventHookExecutionId: execution };
        }
        return refuse(
          'InvalidLifecycleEventHookExecutionIdException',
          `The deployment ${id} does not wait for the hook ${execution}`,
        );
      }),
    },
  });
};
