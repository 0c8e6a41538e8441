import { isDeepStrictEqual } from 'node:util';
import type { StackTemplate } from '../../template/assembly.ts';
import { identifierOf, isCustomType, type RegionEndpoints } from '../../template/identities.ts';
import type { Json } from '../../template/json.ts';
import type { DeploymentStep, Resource } from '../../template/model.ts';
import { problemsIn, TemplateProblems } from '../../template/problems.ts';
import type { Answer } from '../../template/scope.ts';
import type { ResourceChange } from '../deployments.ts';
import { refuse } from '../errors.ts';
import { type Decision, decide, declarationDiffers } from '../operations/decide.ts';
import { createPendingAnswers } from './pending-answers.ts';
import { createStackModel, type Target } from './stack-model.ts';
import {
  answerOf,
  type Deployed,
  keepsOnDeletion,
  keepsOnReplacement,
  madeResource,
  type StackRecord,
} from './stack-record.ts';
import type { StackStore } from './store.ts';

/** A stack as it will be, for checks before anything of it is made. */
export type PlannedStack = {
  readonly stack: StackTemplate;
  readonly resources: readonly Resource[];
  /** The resources of all other stacks. */
  readonly others: readonly Resource[];
  /** Whether `resources` has every resource of the stack. */
  readonly isComplete: boolean;
  readonly isPending: (value: Json | undefined) => boolean;
};

/** Finds the problems of a stack, one line for each. */
export type CheckStack = (planned: PlannedStack) => readonly string[];

export type PlanningDeps = {
  readonly store: StackStore;
  readonly endpoints: (region: string) => RegionEndpoints;
  readonly ignoredTypes: readonly string[];
  readonly check: CheckStack;
};

export type PlannedChanges = {
  readonly problems: readonly string[];
  readonly changes: readonly ResourceChange[];
  /** Whether anything changes, of resources, outputs or tags. */
  readonly differs: boolean;
};

/** A resource with the names of another generation. */
export const identified = (
  resource: Resource,
  endpoints: RegionEndpoints,
  generation: number,
): Resource => {
  const identity = identifierOf(resource.type)?.({ ...resource, endpoints, generation });
  return { ...resource, ...identity };
};

const changeOf = (
  decision: Decision,
  before: Deployed | undefined,
  { logicalId, type }: Pick<Resource, 'logicalId' | 'type'>,
): ResourceChange | undefined => {
  const named = { logicalId, type };
  if (!before || decision.kind === 'create') return { action: 'Add', ...named, details: [] };
  const physicalId = before.resource.ref;
  if (decision.kind === 'keep') return undefined;
  const isConditional = decision.properties.some(
    (one) => one.requiresRecreation === 'Conditionally',
  );
  const kept = keepsOnReplacement(before) ? 'ReplaceAndRetain' : 'ReplaceAndDelete';
  return {
    action: 'Modify',
    ...named,
    physicalId,
    replacement: decision.kind === 'replace' ? 'True' : isConditional ? 'Conditional' : 'False',
    details: decision.properties,
    ...(decision.kind === 'replace' && { policyAction: kept }),
  };
};

const removal = (before: Deployed): ResourceChange => ({
  action: 'Remove',
  logicalId: before.resource.logicalId,
  physicalId: before.resource.ref,
  type: before.resource.type,
  details: [],
  policyAction: keepsOnDeletion(before, false) ? 'Retain' : 'Delete',
});

/** CloudFormation refuses another type under the same logical id. */
const refuseOtherTypes = (
  before: ReadonlyMap<string, Deployed>,
  steps: readonly DeploymentStep[],
): void => {
  const changed = steps
    .filter(({ logicalId, type }) => (before.get(logicalId)?.resource.type ?? type) !== type)
    .map(({ logicalId }) => logicalId);
  if (changed.length === 0) return;
  refuse(
    `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${changed.join(', ')}]`,
  );
};

/** Walks over a template, as its execution will, with texts in place of unknown answers. */
const walk = (
  { store, endpoints, ignoredTypes }: PlanningDeps,
  record: StackRecord,
  target: Target,
) => {
  const { name, region } = record;
  const before = new Map(record.resources.map((one) => [one.resource.logicalId, one]));
  const pending = createPendingAnswers();
  const answers = new Map<string, Answer>();
  const next = (id: string) => store.generation(region, name, id);
  const stackModel = createStackModel({
    ...{ store, record, target, endpoints, ignoredTypes },
    deployed: (id) => answers.get(id),
    generation: (id) => before.get(id)?.generation ?? next(id),
    customResource: (id) => ({
      ref: pending.answer(`${name}/${id}`),
      attribute: (attribute) => pending.answer(`${name}/${id}.${attribute}`),
    }),
  });
  const steps = stackModel.model.deployment();
  refuseOtherTypes(before, steps);
  const problems: string[] = [];
  const resources: Resource[] = [];
  const changes: ResourceChange[] = [];
  const visit = (step: DeploymentStep): void => {
    const { logicalId } = step;
    const known = before.get(logicalId);
    const resolved = step.resolve();
    const decision = decide(known, resolved, pending.isPending);
    const isNew = decision.kind === 'replace' || (known && decision.kind === 'create');
    const resource = isNew ? identified(resolved, endpoints(region), next(logicalId)) : resolved;
    const made = decision.kind === 'update' ? known?.made : undefined;
    resources.push(resource);
    if (known && decision.kind === 'keep') answers.set(logicalId, answerOf(known));
    else if (!isCustomType(step.type)) {
      answers.set(logicalId, answerOf({ resource: madeResource(resource, made ?? {}) }));
    }
    const declared = target.template.resources.get(logicalId);
    const differs =
      known !== undefined && declared !== undefined && declarationDiffers(known, declared);
    const change = changeOf(decision, known, step);
    if (change) changes.push(change);
    else if (differs && known) {
      const { ref: physicalId } = known.resource;
      changes.push({
        action: 'Modify',
        logicalId,
        physicalId,
        type: step.type,
        replacement: 'False',
        details: [],
      });
    }
  };
  for (const step of steps) problems.push(...problemsIn(() => visit(step)));
  const kept = new Set(steps.map(({ logicalId }) => logicalId));
  const removed = record.resources.filter(({ resource }) => !kept.has(resource.logicalId));
  return {
    ...{ stackModel, resources, problems: [...new Set(problems)] },
    changes: [...changes, ...removed.map(removal)],
    isPending: pending.isPending,
  };
};

/**
 * Plans the change of a stack to a new content.
 *
 * @throws {DeploymentError} for a template that CloudFormation refuses as a whole.
 */
export const planChanges = (
  deps: PlanningDeps,
  record: StackRecord,
  target: Target,
): PlannedChanges => {
  try {
    const { stackModel, resources, problems, changes, isPending } = walk(deps, record, target);
    const isComplete = problems.length === 0;
    const others = deps.store
      .resources()
      .filter((one) => one.stack !== record.name || one.region !== record.region);
    const { stack } = stackModel;
    const found = [...problems, ...deps.check({ stack, resources, others, isComplete, isPending })];
    const outputs = problemsIn(stackModel.outputs);
    const all = [...found, ...(isComplete ? outputs : [])];
    const differs =
      changes.length > 0 ||
      !isDeepStrictEqual(record.tags, target.content.tags) ||
      (all.length === 0 && !isDeepStrictEqual(record.outputs, stackModel.outputs()));
    return { problems: all, changes, differs };
  } catch (error) {
    if (!(error instanceof TemplateProblems)) throw error;
    return { problems: error.problems, changes: [], differs: true };
  }
};
