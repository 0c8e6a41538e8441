import { passedTo, type ResourceCalls } from './resource-call.ts';

const functions = 'arn:aws:lambda:*:*:function:{FunctionName}';
const applications = 'arn:aws:codedeploy:*:*:application:{ApplicationName}';
const groups = 'arn:aws:codedeploy:*:*:deploymentgroup:{ApplicationName}/{DeploymentGroupName}';

/** The calls for a version that is tried before all callers get it. */
export const canaryCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::Lambda::Version': [
    {
      on: functions,
      create:
        'lambda:GetFunctionConfiguration GetFunctionScalingConfig GetProvisionedConcurrencyConfig GetRuntimeManagementConfig ListVersionsByFunction PublishVersion',
      delete: 'lambda:DeleteFunction GetFunctionConfiguration',
    },
  ],
  'AWS::Lambda::Alias': [
    {
      on: functions,
      create: 'lambda:CreateAlias GetAlias GetProvisionedConcurrencyConfig',
      update: 'lambda:GetAlias GetProvisionedConcurrencyConfig UpdateAlias',
      delete: 'lambda:DeleteAlias GetAlias',
    },
    // The update policy of the alias names both, and is no property of it.
    {
      on: groups,
      update: 'codedeploy:CreateDeployment GetDeployment GetDeploymentGroup',
    },
    {
      on: 'arn:aws:codedeploy:*:*:deploymentconfig:CodeDeployDefault.*',
      update: 'codedeploy:GetDeploymentConfig',
    },
    {
      on: applications,
      update: 'codedeploy:GetApplicationRevision RegisterApplicationRevision',
    },
    // CodeDeploy takes no resource for it (its service authorization reference).
    { on: '*', update: 'codedeploy:StopDeployment' },
  ],
  'AWS::CodeDeploy::Application': [
    {
      on: applications,
      create: 'codedeploy:CreateApplication GetApplication ListTagsForResource TagResource',
      update: 'codedeploy:GetApplication ListTagsForResource TagResource UntagResource',
      delete: 'codedeploy:DeleteApplication GetApplication',
    },
  ],
  'AWS::CodeDeploy::DeploymentGroup': [
    {
      on: groups,
      create: 'codedeploy:CreateDeploymentGroup GetDeploymentGroup ListTagsForResource TagResource',
      update:
        'codedeploy:GetDeploymentGroup ListTagsForResource TagResource UntagResource UpdateDeploymentGroup',
      delete: 'codedeploy:DeleteDeploymentGroup GetDeploymentGroup',
    },
    {
      on: 'arn:aws:iam::*:role/{ServiceRoleArn}',
      create: 'iam:PassRole',
      update: 'iam:PassRole',
      when: passedTo('codedeploy.amazonaws.com'),
    },
  ],
};
