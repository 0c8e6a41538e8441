import { parseArn } from '../arn.ts';
import { type JsonObject, listOf, objectOf, stringOf, stringsOf } from './json.ts';
import type { Resource } from './model.ts';
import { configuredFunction } from './named-function.ts';
import { createPolicies, type Policies } from './policies.ts';

type Context = { readonly policies: Policies; readonly resources: readonly Resource[] };
type Check = (resource: Resource, context: Context) => readonly string[];

const events = 'events.amazonaws.com';
const scheduler = 'scheduler.amazonaws.com';
const lambda = 'lambda.amazonaws.com';
const codeDeploy = 'codedeploy.amazonaws.com';

const serviceOf = (arn: string): string => parseArn(arn)?.service ?? '';

const arnOf = (resource: Resource): string => stringOf(resource.attributes['Arn']) ?? '';

/** The ARN in a property of the form `{ Arn }`, which several types have for a queue or a bus. */
const arnIn = (value: JsonObject, property: string): string | undefined =>
  stringOf(objectOf(value[property])['Arn']);

const queueProblem = (rule: Resource, queue: string, { policies }: Context): readonly string[] =>
  policies.queueAllows(queue, {
    action: 'sqs:SendMessage',
    resource: queue,
    service: events,
    sourceArn: arnOf(rule),
  })
    ? []
    : [`the policy of ${queue} does not let ${events} send to it for this rule`];

/** The sources in a rule's pattern that the bus takes from others only. */
const deniedSources = (
  { properties }: Resource,
  { arn, role }: { readonly arn: string; readonly role: string },
  { policies }: Context,
): readonly string[] =>
  stringsOf(objectOf(properties['EventPattern'])['source'])
    .filter((source) => policies.busDenies(arn, { principalArn: role, source }))
    .map((source) => `the policy of ${arn} does not take events of ${source} from ${role}`);

const ruleTarget = (rule: Resource, target: JsonObject, context: Context): readonly string[] => {
  const { policies } = context;
  const arn = stringOf(target['Arn']) ?? '';
  const role = stringOf(target['RoleArn']) ?? '';
  switch (serviceOf(arn)) {
    case 'lambda':
      return policies.functionAllows(arn, events, arnOf(rule))
        ? []
        : [`no AWS::Lambda::Permission lets ${events} invoke ${arn} for this rule`];
    case 'events':
      return policies.roleAllows(role, events, { action: 'events:PutEvents', resource: arn })
        ? deniedSources(rule, { arn, role }, context)
        : [
            `its target ${arn} needs a RoleArn that ${events} may assume and that allows events:PutEvents on it`,
          ];
    case 'sqs':
      return queueProblem(rule, arn, context);
    default:
      return [];
  }
};

const checkRule: Check = (rule, context) =>
  listOf(rule.properties['Targets'])
    .map(objectOf)
    .flatMap((target) => {
      const deadLetters = arnIn(target, 'DeadLetterConfig');
      return [
        ...ruleTarget(rule, target, context),
        ...(deadLetters === undefined ? [] : queueProblem(rule, deadLetters, context)),
      ];
    });

/** The actions that a schedule's role must allow, by the service of the target. */
const scheduledActions: Readonly<Record<string, string>> = {
  lambda: 'lambda:InvokeFunction',
  events: 'events:PutEvents',
  sqs: 'sqs:SendMessage',
};

const checkSchedule: Check = (schedule, { policies }) => {
  const target = objectOf(schedule.properties['Target']);
  const role = stringOf(target['RoleArn']) ?? '';
  const targets = [stringOf(target['Arn']) ?? '', ...stringsOf(arnIn(target, 'DeadLetterConfig'))];
  return targets.flatMap((resource) => {
    const action = scheduledActions[serviceOf(resource)];
    return action === undefined || policies.roleAllows(role, scheduler, { action, resource })
      ? []
      : [
          `its target needs a RoleArn that ${scheduler} may assume and that allows ${action} on ${resource}`,
        ];
  });
};

/** The permissions that a function needs for the clusters and buses that its environment names. */
const requiredAccess = (fn: Resource, variables: JsonObject, resources: readonly Resource[]) => {
  const values = Object.values(variables).flatMap(stringsOf);
  return resources.flatMap(({ type, attributes, ref, region }) => {
    if (type === 'AWS::DSQL::Cluster' && values.includes(String(attributes['Endpoint']))) {
      const action = variables['DSQL_USER'] === 'admin' ? 'dsql:DbConnectAdmin' : 'dsql:DbConnect';
      return [{ action, resource: String(attributes['ResourceArn']) }];
    }
    const arn = String(attributes['Arn']);
    // The client of a function reaches the buses of its own Region only, whatever their names.
    const isKnown = region === fn.region && (values.includes(ref) || values.includes(arn));
    return type === 'AWS::Events::EventBus' && isKnown
      ? [{ action: 'events:PutEvents', resource: arn }]
      : [];
  });
};

const checkFunction: Check = (fn, { policies, resources }) => {
  const variables = objectOf(objectOf(fn.properties['Environment'])['Variables']);
  const role = stringOf(fn.properties['Role']) ?? '';
  const deadLetters = stringsOf(objectOf(fn.properties['DeadLetterConfig'])['TargetArn']);
  const needs = [
    ...requiredAccess(fn, variables, resources),
    ...deadLetters.map((resource) => ({ action: 'sqs:SendMessage', resource })),
  ];
  return needs.flatMap(({ action, resource }) =>
    policies.roleAllows(role, lambda, { action, resource })
      ? []
      : [`its role does not allow ${action} on ${resource}`],
  );
};

/** Checks that the function's role may send to the destinations of asynchronous invocations. */
const checkDestinations: Check = (config, { policies, resources }) => {
  const fn = configuredFunction(config, resources);
  const role = stringOf(fn?.properties['Role']) ?? '';
  const destinations = objectOf(config.properties['DestinationConfig']);
  return ['OnFailure', 'OnSuccess'].flatMap((outcome) => {
    const resource = stringOf(objectOf(destinations[outcome])['Destination']) ?? '';
    const action = scheduledActions[serviceOf(resource)];
    return action === undefined || policies.roleAllows(role, lambda, { action, resource })
      ? []
      : [
          `the function's role does not allow ${action} on ${resource}, where its ${outcome} records go`,
        ];
  });
};

/** The actions by which Lambda reads a queue, in the name of the function's role. */
const readingActions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** Checks that the function's role may read the queue of a mapping. */
const checkMapping: Check = (mapping, { policies, resources }) => {
  const fn = configuredFunction(mapping, resources);
  const role = stringOf(fn?.properties['Role']) ?? '';
  const resource = stringOf(mapping.properties['EventSourceArn']) ?? '';
  const isThere = resources.some((one) => one.attributes['Arn'] === resource);
  if (serviceOf(resource) !== 'sqs' || !isThere || !fn) return [];
  return readingActions
    .filter((action) => !policies.roleAllows(role, lambda, { action, resource }))
    .map((action) => `the function's role does not allow ${action} on ${resource}`);
};

/** Checks that CodeDeploy may lead an alias to other versions, and read the group's alarms. */
const checkAlias: Check = ({ ref, region, updatePolicy }, { policies, resources }) => {
  const policy = objectOf(objectOf(updatePolicy)['CodeDeployLambdaAliasUpdate']);
  const group = resources.find(
    (one) =>
      one.type === 'AWS::CodeDeploy::DeploymentGroup' &&
      one.region === region &&
      one.ref === policy['DeploymentGroupName'],
  );
  if (!group) return [];
  const role = stringOf(group.properties['ServiceRoleArn']) ?? '';
  const alarms = listOf(objectOf(group.properties['AlarmConfiguration'])['Alarms']).flatMap((one) =>
    stringsOf(objectOf(one)['Name']),
  );
  const watched = resources.filter(
    (one) =>
      one.type === 'AWS::CloudWatch::Alarm' && one.region === region && alarms.includes(one.ref),
  );
  const needs = [
    ...['lambda:GetAlias', 'lambda:UpdateAlias'].map((action) => ({ action, resource: ref })),
    ...watched.map((one) => ({ action: 'cloudwatch:DescribeAlarms', resource: arnOf(one) })),
  ];
  return needs.flatMap(({ action, resource }) =>
    policies.roleAllows(role, codeDeploy, { action, resource })
      ? []
      : [
          `its deployment group needs a role that ${codeDeploy} may assume and that allows ${action} on ${resource}`,
        ],
  );
};

const checks: Readonly<Record<string, Check>> = {
  'AWS::Events::Rule': checkRule,
  'AWS::Lambda::Alias': checkAlias,
  'AWS::Lambda::EventInvokeConfig': checkDestinations,
  'AWS::Lambda::EventSourceMapping': checkMapping,
  'AWS::Lambda::Function': checkFunction,
  'AWS::Scheduler::Schedule': checkSchedule,
};

/**
 * Finds the requests that IAM will refuse in AWS, one line for each. They work here, where IAM is
 * not evaluated.
 *
 * It reads the template alone. A grant counts when its actions and resources match and nothing
 * denies them. Of the conditions, only `aws:SourceArn` is evaluated, and of those of a bus
 * `aws:PrincipalArn` and `events:source`.
 *
 * @param judged those whose requests are looked at; all unless given
 */
export const permissionProblems = (
  resources: readonly Resource[],
  judged: readonly Resource[] = resources,
): readonly string[] => {
  const context = { resources, policies: createPolicies(resources) };
  return judged.flatMap((resource) =>
    (checks[resource.type]?.(resource, context) ?? []).map(
      (problem) => `will fail in AWS: ${resource.stack}/${resource.logicalId}: ${problem}`,
    ),
  );
};
