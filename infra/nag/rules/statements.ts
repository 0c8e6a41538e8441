import { at, listOf, type Named, ofType, referenceOf, type Template, textOf } from './template.ts';
import { covers } from './wildcard.ts';

/** A statement of an IAM policy. */
export type Statement = {
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `NotAction` or `NotResource`: everything but what the statement names. */
  readonly negated: boolean;
  readonly condition: unknown;
  readonly principal: unknown;
};

/** The statements of a policy document. */
export const statementsOf = (document: unknown): readonly Statement[] =>
  listOf(at(document, 'Statement')).map((statement) => ({
    allows: at(statement, 'Effect') === 'Allow',
    actions: listOf(at(statement, 'Action')).map(textOf),
    resources: listOf(at(statement, 'Resource')).map(textOf),
    negated: at(statement, 'NotAction') !== undefined || at(statement, 'NotResource') !== undefined,
    condition: at(statement, 'Condition'),
    principal: at(statement, 'Principal') ?? (at(statement, 'NotPrincipal') && { AWS: '*' }),
  }));

/** A statement that a role has, and the resource that gives it: the role itself or a policy. */
export type Granted = { readonly by: Named; readonly role: string; readonly statement: Statement };

/** All statements of the roles of a template, by inline policies and by policies of their own. */
export const grantedIn = (template: Template): readonly Granted[] => [
  ...ofType(template, 'AWS::IAM::Role').flatMap((by) =>
    listOf(by.properties['Policies']).flatMap((policy) =>
      statementsOf(at(policy, 'PolicyDocument')).map((statement) => ({
        ...{ by, statement },
        role: by.id,
      })),
    ),
  ),
  ...['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy']
    .flatMap((type) => ofType(template, type))
    .flatMap((by) =>
      statementsOf(by.properties['PolicyDocument']).flatMap((statement) =>
        [...listOf(by.properties['Roles']), ...listOf(by.properties['RoleName'])].map((role) => ({
          ...{ by, statement },
          role: referenceOf(role) ?? textOf(role),
        })),
      ),
    ),
];

/** Whether the actions of a statement include one; `?`, which is one character, counts as `*`. */
export const includesAction = ({ actions, negated }: Statement, action: string): boolean =>
  actions.some(
    (pattern) =>
      covers(pattern.replaceAll('?', '*').toLowerCase(), action.toLowerCase()) !== negated,
  );

/** Some types take a document as text. */
const parsed = (document: unknown): unknown => {
  if (typeof document !== 'string') return document;
  try {
    return JSON.parse(document) as unknown;
  } catch {
    return undefined;
  }
};

const documents = [
  ['AWS::SQS::QueuePolicy', 'PolicyDocument'],
  ['AWS::SNS::TopicPolicy', 'PolicyDocument'],
  ['AWS::KMS::Key', 'KeyPolicy'],
  ['AWS::DSQL::Cluster', 'PolicyDocument'],
  ['AWS::EC2::VPCEndpoint', 'PolicyDocument'],
  ['AWS::S3::BucketPolicy', 'PolicyDocument'],
  ['AWS::Events::EventBus', 'Policy'],
  ['AWS::EventsV2::ResourcePolicy', 'PolicyDocument'],
  ['AWS::Backup::BackupVault', 'AccessPolicy'],
  ['AWS::Logs::ResourcePolicy', 'PolicyDocument'],
] as const;

/** A statement that a resource has about its callers. */
export type Carried = { readonly on: Named; readonly statement: Statement };

/** The statements of the policies that resources carry, those of event buses included. */
export const carriedIn = (template: Template): readonly Carried[] => [
  ...documents.flatMap(([type, property]) =>
    ofType(template, type).flatMap((on) =>
      statementsOf(parsed(on.properties[property])).map((statement) => ({ on, statement })),
    ),
  ),
  ...ofType(template, 'AWS::Events::EventBusPolicy').flatMap((on) => {
    const { Action, Condition, Principal, Statement = {} } = on.properties;
    const statement = { Effect: 'Allow', Action, Condition, Principal, ...Object(Statement) };
    return statementsOf({ Statement: statement }).map((one) => ({ on, statement: one }));
  }),
];
