import type { RuleFinding, SecurityRule } from './rule.ts';
import {
  carriedIn,
  grantedIn,
  includesAction,
  type Statement,
  statementsOf,
} from './statements.ts';
import { at, listOf, ofType, referenceOf, type Template, textOf } from './template.ts';

/** The custom resource by which the framework migrates, and grants the database role. */
const migrationType = 'Custom::AntipodeMigration';

/** The functions that run under a role. */
const functionsOf = (template: Template, role: string): readonly string[] =>
  ofType(template, 'AWS::Lambda::Function')
    .filter(({ properties }) => referenceOf(properties['Role']) === role)
    .map(({ id }) => id);

const linesOf = ({ actions, resources, negated }: Statement): readonly string[] =>
  actions.flatMap((action) =>
    resources.map((resource) => `${action} on ${negated ? 'all but ' : ''}${resource}`),
  );

/** Only the function that migrates connects as `admin`, who may read and drop everything. */
export const adminConnect: SecurityRule = {
  id: 'AdminConnect',
  info: 'A role other than that of migrations may connect to DSQL as admin.',
  remedy: 'Grant dsql:DbConnect, and give the role a database role with the rights that it needs.',
  check: (template) => {
    const migrating = ofType(template, migrationType).map(({ properties }) =>
      referenceOf(properties['ServiceToken']),
    );
    return grantedIn(template)
      .filter(({ statement }) => statement.allows)
      .filter(({ statement }) => includesAction(statement, 'dsql:DbConnectAdmin'))
      .filter(({ role }) => {
        const functions = functionsOf(template, role);
        return functions.length === 0 || functions.some((id) => !migrating.includes(id));
      })
      .map(({ by, role }) => ({ resource: by.id, detail: role }));
  },
};

/** A grant names what it allows on what. */
export const wildcardGrant: SecurityRule = {
  id: 'WildcardGrant',
  info: 'A role may act on more than the resources and actions that it names.',
  remedy: 'Name each action and the ARN of each resource. Give a reason where AWS takes `*` alone.',
  check: (template) =>
    grantedIn(template)
      .filter(({ statement }) => statement.allows)
      .flatMap(({ by, statement }) =>
        linesOf(statement)
          .filter((line) => line.includes('*') || statement.negated)
          .map((detail) => ({ resource: by.id, detail })),
      ),
};

/** A role connects under a database role of its own, which the migration grants to it. */
export const connectWithoutRole: SecurityRule = {
  id: 'ConnectWithoutRole',
  info: 'A role may connect to DSQL, but no migration grants a database role to it.',
  remedy: 'Add the function to the clients of the Migration, or remove dsql:DbConnect.',
  check: (template) => {
    const migrations = ofType(template, migrationType);
    const clients = migrations
      .filter(({ properties }) => properties['DatabaseRole'] !== undefined)
      .flatMap(({ properties }) => listOf(properties['ClientRoleArns']).map(referenceOf));
    const connecting = grantedIn(template)
      .filter(({ statement }) => statement.allows && statement.actions.includes('dsql:DbConnect'))
      .filter(({ role }) => !clients.includes(role))
      .map(({ by, role }) => ({ resource: by.id, detail: role }));
    const asAdmin = ofType(template, 'AWS::Lambda::Function')
      .filter(({ properties }) => clients.includes(referenceOf(properties['Role'])))
      .filter(
        ({ properties }) => at(properties, 'Environment', 'Variables', 'DSQL_USER') === 'admin',
      )
      .map(({ id }) => ({ resource: id, detail: 'DSQL_USER is admin' }));
    return [...connecting, ...asAdmin];
  },
};

/** Condition keys that tie a call of an AWS service to the resource or account it is made for. */
const pinningKeys = [
  /^aws:(?:Source|Principal)(?:Arn|Account|OrgID)$/i,
  /^aws:SourceVpce?$/i,
  // The resource that a service encrypts: keys name it in this way alone.
  /^kms:EncryptionContext:aws:/i,
];

const isPinned = ({ condition }: Statement): boolean => {
  const keys = listOf(condition).flatMap((one) =>
    Object.values(Object(one) as object).flatMap((values) => Object.keys(Object(values) as object)),
  );
  return keys.some((key) => pinningKeys.some((pattern) => pattern.test(key)));
};

const anyone = (principal: unknown): boolean =>
  principal === '*' || listOf(at(principal, 'AWS')).map(textOf).includes('*');

/**
 * These services offer no condition keys for the roles that they take: a person with
 * `iam:PassRole` gives a role to a function or to a backup plan (Lambda developer guide, execution
 * role; AWS Backup developer guide, service roles).
 */
const trustedByPassRole = ['backup.amazonaws.com', 'lambda.amazonaws.com'];

const services = (principal: unknown): readonly string[] =>
  listOf(at(principal, 'Service')).map(textOf);

const unpinned = (statement: Statement, passedTo: readonly string[] = []): readonly string[] => {
  if (!statement.allows || isPinned(statement)) return [];
  const principals = [
    ...(anyone(statement.principal) ? ['*'] : []),
    ...services(statement.principal).filter((service) => !passedTo.includes(service)),
  ];
  return principals.flatMap((principal) =>
    statement.actions.map((action) => `${principal} ${action}`),
  );
};

const unpinnedPermissions = (template: Template): readonly RuleFinding[] =>
  ofType(template, 'AWS::Lambda::Permission')
    .filter(({ properties }) => {
      const principal = textOf(properties['Principal']);
      const isOpen = principal === '*' && properties['FunctionUrlAuthType'] !== 'AWS_IAM';
      return isOpen || principal.endsWith('.amazonaws.com');
    })
    .filter(({ properties }) => !('SourceArn' in properties || 'SourceAccount' in properties))
    .map(({ id, properties }) => ({ resource: id, detail: textOf(properties['Principal']) }));

/**
 * A policy that lets in a service lets it in for this account's resources alone: otherwise any
 * account may send through it (IAM user guide, the confused deputy problem).
 */
export const unpinnedPrincipal: SecurityRule = {
  id: 'UnpinnedPrincipal',
  info: 'A policy lets in everyone, or an AWS service on behalf of any account.',
  remedy: 'Add a condition with aws:SourceArn or aws:SourceAccount, or name the principal.',
  check: (template) => [
    ...carriedIn(template).flatMap(({ on, statement }) =>
      unpinned(statement).map((detail) => ({ resource: on.id, detail })),
    ),
    ...ofType(template, 'AWS::IAM::Role').flatMap(({ id, properties }) =>
      statementsOf(properties['AssumeRolePolicyDocument'])
        .flatMap((statement) => unpinned(statement, trustedByPassRole))
        .map((detail) => ({ resource: id, detail })),
    ),
    ...unpinnedPermissions(template),
    ...ofType(template, 'AWS::Lambda::Url')
      .filter(({ properties }) => properties['AuthType'] !== 'AWS_IAM')
      .map(({ id }) => ({ resource: id, detail: 'AuthType' })),
  ],
};
