import { objectOf, stringOf } from '../../template/json.ts';
import type { ChangeSetDescription, ChangeSetRequest } from '../deployments.ts';
import { refuse } from '../errors.ts';
import { isInProgress } from '../statuses.ts';
import { type PlannedChangeSet, planOutcome } from './describe.ts';
import { type ImportDeps, importChanges, importProblems } from './imports.ts';
import { parameterValues, shownParameters } from './parameters.ts';
import { type PlannedChanges, type PlanningDeps, planChanges } from './planning.ts';
import { refuseBrokenRules } from './rules.ts';
import { parseTemplate, type Target, targetOf } from './stack-model.ts';
import type { StackRecord } from './stack-record.ts';

/** Properties by which IAM resources have a name that the template chooses. */
const iamNames: Readonly<Record<string, string>> = {
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
};

/**
 * @see
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
 */
const refuseMissingCapabilities = ({ template, content }: Target): void => {
  const iam = [...template.resources.values()].filter(({ type }) => type.startsWith('AWS::IAM::'));
  if (iam.length === 0 || content.capabilities.includes('CAPABILITY_NAMED_IAM')) return;
  const isNamed = iam.some(
    ({ type, properties }) => properties[iamNames[type] ?? ''] !== undefined,
  );
  if (!isNamed && content.capabilities.includes('CAPABILITY_IAM')) return;
  const needed = isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
  refuse(`Requires capabilities : [${needed}]`, 'InsufficientCapabilitiesException');
};

/** States in which CloudFormation takes no update (UpdateStack, user guide). */
const isFinal = ({ status }: StackRecord): boolean =>
  isInProgress(status) ||
  ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED', 'UPDATE_ROLLBACK_FAILED'].includes(
    status,
  );

/** @throws {DeploymentError} unless a stack may be changed now. */
export const refuseUnlessUpdatable = (record: StackRecord): void => {
  // A deleted stack is found by its id: a change would make a second stack of its name.
  if (record.status === 'DELETE_COMPLETE') refuse(`Stack [${record.name}] does not exist`);
  if (isFinal(record)) {
    refuse(`Stack:${record.id} is in ${record.status} state and can not be updated.`);
  }
};

/** Names of stacks and of change sets (API reference of CreateChangeSet). */
const namePattern = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;

/** @throws {DeploymentError} for a name that CloudFormation does not take. */
export const refuseBadName = (member: 'changeSetName' | 'stackName', name: string): void => {
  if (namePattern.test(name)) return;
  refuse(
    `1 validation error detected: Value '${name.slice(0, 200)}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]{0,127}`,
  );
};

/** @throws {DeploymentError} when a change set of the type does not fit the stack. */
export const refuseWrongType = (
  { type, stackName, name, resourcesToImport }: ChangeSetRequest,
  record: StackRecord | undefined,
): void => {
  const exists = record !== undefined && record.status !== 'REVIEW_IN_PROGRESS';
  if (type === 'IMPORT' && (resourcesToImport ?? []).length === 0) {
    refuse('ResourcesToImport is required for a change set of type IMPORT');
  }
  if (type === 'UPDATE' && !exists) refuse(`Stack [${stackName}] does not exist`);
  if (type === 'CREATE' && exists) {
    refuse(
      `Stack [${stackName}] already exists and cannot be created again with the changeSet [${name}].`,
    );
  }
};

/**
 * The content that a request gives a stack.
 *
 * @throws {DeploymentError} for a template or a parameter that CloudFormation refuses.
 */
const requestedTarget = (request: ChangeSetRequest, record: StackRecord): Target => {
  const template =
    request.usePreviousTemplate === true
      ? record.template
      : (request.templateBody ?? refuse('Either Template URL or Template Body must be specified.'));
  const document = parseTemplate(template);
  const target = targetOf({
    template,
    parameters: parameterValues(
      objectOf(document['Parameters']),
      request.parameters ?? {},
      record.parameters,
    ),
    tags: request.tags ?? record.tags,
    capabilities: request.capabilities ?? [],
    description: stringOf(document['Description']),
    roleArn: request.roleArn ?? record.roleArn,
  });
  refuseBrokenRules(objectOf(document['Rules']), target.content.parameters);
  refuseMissingCapabilities(target);
  return target;
};

/** A plan with a problem for each resource whose type the request does not name. */
const permitted = (
  plan: PlannedChanges,
  { resourceTypes }: Pick<ChangeSetRequest, 'resourceTypes'>,
): PlannedChanges => {
  if (resourceTypes === undefined) return plan;
  const problems = plan.changes
    .filter(({ type }) => !resourceTypes.includes(type))
    .map(
      ({ logicalId, type }) =>
        `Resource type ${type} is not allowed by parameter ResourceTypes: ${logicalId}`,
    );
  return { ...plan, problems: [...plan.problems, ...problems] };
};

/** The plan of an import: its own changes, and the problems of all others. */
const imported = (
  deps: ImportDeps,
  record: StackRecord,
  target: Target,
  plan: PlannedChanges,
  { type, resourcesToImport: wanted = [] }: ChangeSetRequest,
): PlannedChanges => {
  if (type !== 'IMPORT') return plan;
  const { changes } = plan;
  const problems = importProblems(deps, record, target, { wanted, changes });
  return {
    ...plan,
    problems: [...problems, ...plan.problems],
    changes: importChanges(changes, wanted),
  };
};

/** Plans a change set of a stack, which is new or can be updated. */
export const planChangeSet = (
  deps: ImportDeps & PlanningDeps & { readonly now: () => number; readonly newId: () => string },
  request: ChangeSetRequest,
  record: StackRecord,
): PlannedChangeSet => {
  const { now, newId } = deps;
  const target = requestedTarget(request, record);
  const { id: stackId, name: stackName, region } = record;
  const { account } = accountIn(stackId);
  const { description } = request;
  const described: ChangeSetDescription = {
    id: `arn:aws:cloudformation:${region}:${account}:changeSet/${request.name}/${newId()}`,
    ...{ name: request.name, type: request.type, stackId, stackName, createdAt: now() },
    parameters: shownParameters(target.template.parameters, target.content.parameters),
    tags: target.content.tags,
    capabilities: target.content.capabilities,
    ...planOutcome(
      permitted(
        imported(deps, record, target, planChanges(deps, record, target), request),
        request,
      ),
    ),
    ...(description !== undefined && { description }),
  };
  const { resourcesToImport = [] } = request;
  return { description: described, target, imports: resourcesToImport };
};

const accountIn = (arn: string): { readonly account: string } => ({
  account: arn.split(':')[4] ?? '',
});
