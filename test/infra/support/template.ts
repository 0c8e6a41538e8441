/** A synthesized template, as far as the rules look into it. */
export type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
};
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
};

type Branch = Readonly<Record<string, unknown>>;

export const isBranch = (value: unknown): value is Branch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A property below another, by name; `undefined` where there is none. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (found, step) =>
      typeof found === 'object' && found !== null ? (found as Branch)[step] : undefined,
    value,
  );

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : value === undefined ? [] : [value];

/** The logical id without the hash that the CDK appends. */
const short = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** A value with its intrinsic functions as one readable text, such as `EventsBus.Arn`. */
export const textOf = (value: unknown): string => {
  if (!isBranch(value)) return String(value);
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  switch (name) {
    case 'Ref':
      return short(String(argument));
    case 'Fn::GetAtt': {
      const [logicalId, attribute] = listOf(argument);
      return `${short(String(logicalId))}.${attribute}`;
    }
    case 'Fn::Join':
      return listOf(at(argument, 1)).map(textOf).join('');
    case 'Fn::ImportValue':
      return `import ${String(argument).replace(/ExportsOutputFnGetAtt(\w+?)[0-9A-F]{8}(\w+?)[0-9A-F]{8}$/, '$1.$2')}`;
    case 'Fn::GetStackOutput':
      return `${at(argument, 'Region')} ${String(at(argument, 'OutputName')).replace(/PublishOutputFnGetAtt(\w+?)[0-9A-F]{8}(\w+?)[0-9A-F]{8}$/, '$1.$2')}`;
    default:
      return JSON.stringify(value);
  }
};

export const ofType = (
  template: Template,
  type: string,
): readonly (readonly [string, Resource])[] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

/**
 * The names by which CloudFormation knows the resources, without their hashes; another name is
 * another resource.
 */
export const logicalIds = (template: Template): readonly string[] =>
  Object.keys(template.Resources).map(short).toSorted();

/** The one resource of a type. */
export const theOnly = (template: Template, type: string): Resource => {
  const [found, ...others] = ofType(template, type);
  if (!found || others.length > 0) throw new Error(`${others.length + 1} or no ${type}`);
  return found[1];
};

/** The one resource of a type whose property has a value. */
export const find = (template: Template, type: string, name: string, value: string): Resource => {
  const [found, ...others] = ofType(template, type).filter(
    ([, { Properties }]) => textOf(Properties[name]) === value,
  );
  if (!found || others.length > 0)
    throw new Error(`${found ? 'Several' : 'No'} ${type} with ${name} ${value}`);
  return found[1];
};

export type Statement = {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
  readonly principal: unknown;
};

const statements = (document: unknown): readonly Statement[] =>
  listOf(at(document, 'Statement')).map((statement) => ({
    effect: textOf(at(statement, 'Effect')),
    actions: listOf(at(statement, 'Action')).map(textOf),
    resources: listOf(at(statement, 'Resource')).map(textOf),
    condition: at(statement, 'Condition'),
    principal: at(statement, 'Principal'),
  }));

/** The permissions of each role, by the role's name without its hash. */
export const permissions = (template: Template): Readonly<Record<string, readonly Statement[]>> => {
  const roles: Record<string, Statement[]> = {};
  for (const [logicalId, { Properties }] of ofType(template, 'AWS::IAM::Role')) {
    const inline = listOf(Properties['Policies']).flatMap((policy) =>
      statements(at(policy, 'PolicyDocument')),
    );
    const managed = listOf(Properties['ManagedPolicyArns']).map((arn) => ({
      effect: 'Allow',
      actions: ['managed policy'],
      resources: [textOf(arn)],
      condition: undefined,
      principal: undefined,
    }));
    roles[short(logicalId)] = [...inline, ...managed];
  }
  for (const [, { Properties }] of ofType(template, 'AWS::IAM::Policy')) {
    for (const role of listOf(Properties['Roles'])) {
      roles[textOf(role)]?.push(...statements(Properties['PolicyDocument']));
    }
  }
  return roles;
};

/** One line per action and resource: `dsql:DbConnect on …`. */
export const allowList = (granted: readonly Statement[]): readonly string[] =>
  granted
    .flatMap(({ effect, actions, resources, condition }) =>
      actions.flatMap((action) =>
        resources.map(
          (resource) =>
            `${effect === 'Allow' ? '' : `${effect} `}${action} on ${resource}${condition ? ` if ${JSON.stringify(condition)}` : ''}`,
        ),
      ),
    )
    .toSorted();

/** The statements of the policies of one queue. */
export const queuePolicy = (template: Template, queue: string): readonly Statement[] =>
  ofType(template, 'AWS::SQS::QueuePolicy')
    .filter(([, { Properties }]) => listOf(Properties['Queues']).map(textOf).includes(queue))
    .flatMap(([, { Properties }]) => statements(Properties['PolicyDocument']));

/**
 * The services that may take a role, and on whose behalf: the trust of each role by its name
 * without its hash.
 */
export const trusts = (template: Template): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    ofType(template, 'AWS::IAM::Role').map(([logicalId, { Properties }]) => [
      short(logicalId),
      at(Properties, 'AssumeRolePolicyDocument', 'Statement'),
    ]),
  );
