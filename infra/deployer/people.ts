import type { Need } from './policy.ts';
import { actionsIn } from './resource-call.ts';

const need = (on: string | readonly string[], actions: string): readonly Need[] =>
  actionsIn(actions).map((action) => ({ action, resources: [on].flat() }));

const role = 'arn:aws:iam::*:role/cdk-hnb659fds-*';
const bucket = 'arn:aws:s3:::cdk-hnb659fds-assets-*';

/** The stack that a bootstrap makes, by the name that the CDK CLI gives it. */
const toolkit = 'arn:aws:cloudformation:*:*:stack/CDKToolkit/*';

/** The change of a stack by a change set, and the look at it. */
const changes =
  'cloudformation:CreateChangeSet DeleteChangeSet DeleteStack DescribeChangeSet DescribeEvents DescribeStackEvents DescribeStacks ExecuteChangeSet GetTemplate ListStackResources';

/**
 * The calls of a person who bootstraps an account for the CDK, and of CloudFormation on behalf of
 * that person. They create, update and delete the resources of the bootstrap template of `aws-cdk`,
 * which has no key of its own for the bucket unless that is asked for.
 */
export const bootstrapNeeds: readonly Need[] = [
  ...need(toolkit, `${changes} UpdateTerminationProtection`),
  ...need('*', 'cloudformation:GetTemplateSummary'),
  // The policies below, which CloudFormation's role gets.
  ...need(
    'arn:aws:iam::*:policy/antipode-*',
    'iam:CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy ListPolicyVersions',
  ),
  ...need(
    role,
    'iam:AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription',
  ),
  ...need(
    bucket,
    's3:CreateBucket DeleteBucket DeleteBucketPolicy GetBucketLocation GetBucketPolicy GetBucketPublicAccessBlock GetBucketVersioning GetEncryptionConfiguration GetLifecycleConfiguration ListBucket ListBucketVersions PutBucketPolicy PutBucketPublicAccessBlock PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration',
  ),
  ...need(`${bucket}/*`, 's3:DeleteObject DeleteObjectVersion'),
  ...need(
    'arn:aws:ecr:*:*:repository/cdk-hnb659fds-*',
    'ecr:CreateRepository DeleteRepository DescribeRepositories GetLifecyclePolicy GetRepositoryPolicy ListTagsForResource PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource',
  ),
  ...need(
    'arn:aws:ssm:*:*:parameter/cdk-bootstrap/hnb659fds/version',
    'ssm:AddTagsToResource DeleteParameter GetParameter GetParameters ListTagsForResource PutParameter RemoveTagsFromResource',
  ),
];

/**
 * The calls of a person who deploys by the CDK CLI in an account that is bootstrapped: the person
 * takes the roles of the bootstrap for everything.
 */
export const cdkNeeds: readonly Need[] = need(
  ['deploy', 'file-publishing', 'lookup'].map(
    (name) => `arn:aws:iam::*:role/cdk-hnb659fds-${name}-role-*`,
  ),
  'sts:AssumeRole',
);

/** The buckets of the scripts, with code and long templates. */
const codeBucket = 'arn:aws:s3:::antipode-code-*';

/**
 * The calls of a person who deploys and destroys by the scripts of `infra/scripts`, which need no
 * bootstrap. CloudFormation works with the rights of that person, who needs those of its role too.
 */
export const scriptNeeds: readonly Need[] = [
  ...need(
    'arn:aws:cloudformation:*:*:stack/antipode-*/*',
    'cloudformation:ContinueUpdateRollback CreateChangeSet DeleteStack DescribeChangeSet DescribeStackEvents DescribeStacks ExecuteChangeSet ListStackResources',
  ),
  ...need(codeBucket, 's3:CreateBucket DeleteBucket ListBucket'),
  ...need(`${codeBucket}/*`, 's3:DeleteObject GetObject PutObject'),
  ...need('arn:aws:dsql:*:*:cluster/*', 'dsql:DeleteCluster GetCluster UpdateCluster'),
  ...need('*', 'dsql:ListClusters'),
];
