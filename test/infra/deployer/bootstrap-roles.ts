import type { Policy, PolicyStatement } from '../../../infra/deployer/policy.ts';
import { at, listOf } from '../support/template.ts';

/** The texts by which the bootstrap names itself, for the account of the local stack. */
const values: Readonly<Record<string, string>> = {
  Qualifier: 'hnb659fds',
  CdkBootstrapVersion: '/cdk-bootstrap/hnb659fds/version',
  'AWS::AccountId': '000000000000',
  'AWS::Partition': 'aws',
  'AWS::Region': '*',
  'StagingBucket.Arn': 'arn:aws:s3:::cdk-hnb659fds-assets-000000000000-*',
  'CloudFormationExecutionRole.Arn':
    'arn:aws:iam::000000000000:role/cdk-hnb659fds-cfn-exec-role-000000000000-*',
};

/** A value of the template with the names of this account, and a star for each Region. */
const resolved = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const text = at(value, 'Fn::Sub') ?? `\${${String(at(value, 'Ref'))}}`;
  return String(text).replaceAll(/\$\{([\w:.]+)\}/g, (_, name: string) => values[name] ?? '');
};

const statementOf = (statement: unknown): readonly PolicyStatement[] => {
  const condition = at(statement, 'Condition');
  // Statements with conditions are for other accounts, but for the bucket of this one.
  const isOwn = at(condition, 'StringEquals', 'aws:ResourceAccount') !== undefined;
  if (condition !== undefined && !isOwn) return [];
  return [
    {
      Sid: 'Bootstrap',
      Effect: 'Allow',
      Action: listOf(at(statement, 'Action')).map(String),
      Resource: listOf(at(statement, 'Resource')).map(resolved),
    },
  ];
};

/** The rights in AWS's policies that the bootstrap attaches (their pages in the reference). */
const managed: Readonly<Record<string, readonly string[]>> = {
  AWSCloudFormationReadOnlyAccess: [
    'cloudformation:Describe*',
    'cloudformation:Get*',
    'cloudformation:List*',
    'cloudformation:ValidateTemplate',
  ],
  ReadOnlyAccess: [
    'cloudformation:Describe*',
    'cloudformation:Get*',
    'cloudformation:List*',
    'ssm:Get*',
  ],
};

const managedStatements = (arns: unknown): readonly PolicyStatement[] =>
  listOf(arns).map((arn) => ({
    Sid: 'Managed',
    Effect: 'Allow',
    Action: managed[resolved(arn).split('/').at(-1) ?? ''] ?? [],
    Resource: ['*'],
  }));

/** The rights of a role that the template of the bootstrap makes, by the logical id of the role. */
export const bootstrapRole = (template: unknown, logicalId: string): Policy => {
  const resources = at(template, 'Resources') as Readonly<Record<string, unknown>>;
  const own = at(resources[logicalId], 'Properties');
  const inline = listOf(at(own, 'Policies')).map((one) => at(one, 'PolicyDocument'));
  const attached = Object.values(resources)
    .filter((one) => at(one, 'Type') === 'AWS::IAM::Policy')
    .filter((one) => at(one, 'Properties', 'Roles', 0, 'Ref') === logicalId)
    .map((one) => at(one, 'Properties', 'PolicyDocument'));
  const statements = [...inline, ...attached].flatMap((one) => listOf(at(one, 'Statement')));
  return {
    Version: '2012-10-17',
    Statement: [
      ...statements.flatMap(statementOf),
      ...managedStatements(at(own, 'ManagedPolicyArns')),
    ],
  };
};
