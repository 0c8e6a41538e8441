import { passedTo, type ResourceCalls, throughServices } from './resource-call.ts';

const clusters = 'arn:aws:dsql:*:*:cluster/*';
const keys = 'arn:aws:kms:*:*:key/*';
const plans = 'arn:aws:backup:*:*:backup-plan:*';
const roleReads = 'iam:GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies';
const clusterReads =
  'dsql:GetCluster GetClusterPolicy GetVpcEndpointServiceName ListTagsForResource';

/** The calls for roles. */
export const roleCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::IAM::Role': [
    {
      on: 'arn:aws:iam::*:role/{RoleName}',
      create: `${roleReads} CreateRole TagRole`,
      update: `${roleReads} TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription`,
      delete: `${roleReads} DeleteRole`,
    },
    {
      on: 'arn:aws:iam::*:role/{RoleName}',
      with: 'Policies',
      create: 'iam:PutRolePolicy',
      update: 'iam:DeleteRolePolicy PutRolePolicy',
      delete: 'iam:DeleteRolePolicy',
    },
    {
      on: 'arn:aws:iam::*:role/{RoleName}',
      with: 'ManagedPolicyArns',
      create: 'iam:AttachRolePolicy',
      update: 'iam:AttachRolePolicy DetachRolePolicy',
      delete: 'iam:DetachRolePolicy',
      when: {
        ArnLike: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/service-role/AWSBackupServiceRole*' },
      },
    },
  ],
  'AWS::IAM::Policy': [
    {
      on: 'arn:aws:iam::*:role/{Roles}',
      create: 'iam:GetRolePolicy PutRolePolicy',
      update: 'iam:DeleteRolePolicy GetRolePolicy PutRolePolicy',
      delete: 'iam:DeleteRolePolicy GetRolePolicy',
    },
  ],
};

/** The calls for clusters and for what keeps and pays for them. */
export const dataCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::DSQL::Cluster': [
    {
      on: clusters,
      create: `${clusterReads} CreateCluster TagResource`,
      update: `${clusterReads} TagResource UntagResource UpdateCluster`,
      delete: 'dsql:DeleteCluster GetCluster ListTagsForResource',
    },
    {
      on: 'arn:aws:iam::*:role/aws-service-role/dsql.amazonaws.com/*',
      create: 'iam:CreateServiceLinkedRole',
      when: { StringEquals: { 'iam:AWSServiceName': 'dsql.amazonaws.com' } },
    },
    // The witness is asked for in its own Region too, and an update that names peers needs the
    // right to remove one, whatever it does (DSQL API reference, UpdateCluster).
    {
      on: clusters,
      with: 'MultiRegionProperties',
      create: 'dsql:AddPeerCluster PutMultiRegionProperties PutWitnessRegion UpdateCluster',
      update: 'dsql:AddPeerCluster PutMultiRegionProperties PutWitnessRegion RemovePeerCluster',
    },
    {
      on: clusters,
      with: 'PolicyDocument',
      create: 'dsql:PutClusterPolicy',
      update: 'dsql:DeleteClusterPolicy PutClusterPolicy',
    },
    {
      on: keys,
      with: 'KmsEncryptionKey',
      create: 'kms:Decrypt DescribeKey Encrypt GenerateDataKey',
      update: 'kms:Decrypt DescribeKey Encrypt GenerateDataKey',
      when: throughServices,
    },
  ],
  'AWS::KMS::Key': [
    // A key has no name before it exists.
    { on: '*', create: 'kms:CreateKey' },
    {
      on: keys,
      create:
        'kms:DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy TagResource',
      update:
        'kms:DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy TagResource UntagResource UpdateKeyDescription',
      delete: 'kms:DescribeKey ScheduleKeyDeletion',
    },
  ],
  'AWS::Backup::BackupVault': [
    {
      on: 'arn:aws:backup:*:*:backup-vault:{BackupVaultName}',
      create:
        'backup:CreateBackupVault DescribeBackupVault GetBackupVaultAccessPolicy GetBackupVaultNotifications ListTags TagResource',
      update:
        'backup:DescribeBackupVault GetBackupVaultAccessPolicy GetBackupVaultNotifications ListTags TagResource UntagResource',
      delete: 'backup:DeleteBackupVault DescribeBackupVault',
    },
    // A lock is taken away where its property is, so that an update is asked for it in both ways.
    {
      on: 'arn:aws:backup:*:*:backup-vault:{BackupVaultName}',
      with: 'LockConfiguration',
      create: 'backup:PutBackupVaultLockConfiguration',
      update: 'backup:DeleteBackupVaultLockConfiguration PutBackupVaultLockConfiguration',
    },
    { on: '*', create: 'backup-storage:MountCapsule' },
    // A vault is encrypted with a key of AWS Backup where it has none of its own.
    {
      on: keys,
      create: 'kms:CreateGrant Decrypt DescribeKey GenerateDataKey RetireGrant',
      when: throughServices,
    },
  ],
  'AWS::Backup::BackupPlan': [
    {
      on: plans,
      create: 'backup:CreateBackupPlan GetBackupPlan ListTags TagResource',
      update: 'backup:GetBackupPlan ListTags TagResource UntagResource UpdateBackupPlan',
      delete: 'backup:DeleteBackupPlan GetBackupPlan',
    },
  ],
  'AWS::Backup::BackupSelection': [
    {
      on: plans,
      create: 'backup:CreateBackupSelection GetBackupSelection',
      delete: 'backup:DeleteBackupSelection GetBackupSelection',
    },
    {
      on: 'arn:aws:iam::*:role/{BackupSelection.IamRoleArn}',
      create: 'iam:PassRole',
      when: passedTo('backup.amazonaws.com'),
    },
    {
      on: 'arn:aws:iam::*:role/{BackupSelection.IamRoleArn}',
      create: 'iam:GetRole',
    },
    {
      on: 'arn:aws:iam::*:role/aws-service-role/backup.amazonaws.com/*',
      create: 'iam:CreateServiceLinkedRole',
      when: { StringEquals: { 'iam:AWSServiceName': 'backup.amazonaws.com' } },
    },
  ],
  'AWS::Budgets::Budget': [
    // CloudFormation makes up the name of a budget.
    {
      on: 'arn:aws:budgets::*:budget/*',
      create: 'budgets:ListTagsForResource ModifyBudget TagResource ViewBudget',
      update: 'budgets:ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget',
      delete: 'budgets:ModifyBudget ViewBudget',
    },
  ],
};
