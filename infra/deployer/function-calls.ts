import { passedTo, type ResourceCalls, throughServices } from './resource-call.ts';

const functions = 'arn:aws:lambda:*:*:function:{FunctionName}';
const mappings = 'arn:aws:lambda:*:*:event-source-mapping:*';
const keys = 'arn:aws:kms:*:*:key/*';
const functionReads =
  'lambda:GetFunction GetFunctionCodeSigningConfig GetFunctionRecursionConfig GetFunctionScalingConfig GetRuntimeManagementConfig';

/** The calls for functions. */
export const functionCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::Lambda::Function': [
    {
      on: functions,
      create: `${functionReads} CreateFunction TagResource`,
      update: `${functionReads} TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration`,
      delete: 'lambda:DeleteFunction GetFunction',
    },
    {
      on: functions,
      with: 'ReservedConcurrentExecutions',
      create: 'lambda:PutFunctionConcurrency',
      update: 'lambda:DeleteFunctionConcurrency PutFunctionConcurrency',
    },
    {
      on: 'arn:aws:iam::*:role/{Role}',
      create: 'iam:PassRole',
      update: 'iam:PassRole',
      when: passedTo('lambda.amazonaws.com'),
    },
    // The bucket of the bootstrap; its name ends in the account and the Region.
    {
      on: 'arn:aws:s3:::cdk-hnb659fds-assets-*/*',
      create: 's3:GetObject',
      update: 's3:GetObject',
    },
    {
      on: '*',
      with: 'VpcConfig',
      create: 'ec2:DescribeSecurityGroups DescribeSubnets DescribeVpcs',
      update: 'ec2:DescribeSecurityGroups DescribeSubnets DescribeVpcs',
      delete: 'ec2:DescribeNetworkInterfaces',
    },
    {
      on: keys,
      with: 'KmsKeyArn',
      create: 'kms:CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey',
      update: 'kms:CreateGrant Decrypt DescribeKey GenerateDataKey',
      when: throughServices,
    },
  ],
  'AWS::Lambda::Permission': [
    {
      on: functions,
      create: 'lambda:AddPermission GetPolicy',
      delete: 'lambda:RemovePermission',
    },
  ],
  'AWS::Lambda::Url': [
    {
      on: 'arn:aws:lambda:*:*:function:{TargetFunctionArn}',
      create: 'lambda:CreateFunctionUrlConfig GetFunctionUrlConfig',
      update: 'lambda:GetFunctionUrlConfig UpdateFunctionUrlConfig',
      delete: 'lambda:DeleteFunctionUrlConfig',
    },
  ],
  'AWS::Lambda::EventInvokeConfig': [
    {
      on: functions,
      create: 'lambda:GetFunctionEventInvokeConfig PutFunctionEventInvokeConfig',
      update: 'lambda:GetFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig',
      delete: 'lambda:DeleteFunctionEventInvokeConfig',
    },
  ],
  'AWS::Lambda::EventSourceMapping': [
    // Lambda takes no resource for it (service authorization reference of Lambda).
    { on: '*', create: 'lambda:CreateEventSourceMapping' },
    {
      on: mappings,
      create: 'lambda:GetEventSourceMapping ListTags TagResource',
      update:
        'lambda:GetEventSourceMapping ListTags TagResource UntagResource UpdateEventSourceMapping',
      delete: 'lambda:DeleteEventSourceMapping GetEventSourceMapping',
    },
  ],
};
