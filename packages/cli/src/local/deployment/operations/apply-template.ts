import { identifierOf, type RegionEndpoints } from '../../template/identities.ts';
import type { DeploymentStep, Resource } from '../../template/model.ts';
import { refuseProblems } from '../../template/problems.ts';
import { exportConflicts } from '../stacks/exports.ts';
import type { FoundResource } from '../stacks/imports.ts';
import { identified } from '../stacks/planning.ts';
import { createStackModel, type StackModel, type Target } from '../stacks/stack-model.ts';
import { answerOf, type Deployed, madeResource, type StackRecord } from '../stacks/stack-record.ts';
import type { StackStore } from '../stacks/store.ts';
import { decide } from './decide.ts';
import type { History } from './history.ts';
import { type Declaration, nameTaken, StepFailed, type Steps } from './steps.ts';

export type ApplyDeps = {
  readonly store: StackStore;
  readonly history: History;
  readonly steps: Steps;
  readonly endpoints: (region: string) => RegionEndpoints;
  readonly ignoredTypes: readonly string[];
  readonly now: () => number;
  readonly signal: AbortSignal;
};

const currentOf = ({ resources }: StackRecord, logicalId: string): Deployed | undefined =>
  resources.find(({ resource }) => resource.logicalId === logicalId);

const declarationOf = ({ template }: Target, logicalId: string): Declaration => {
  const { deletionPolicy, updateReplacePolicy, metadata } = template.resources.get(logicalId) ?? {};
  return { deletionPolicy, updateReplacePolicy, metadata };
};

const replacing =
  'Requested update requires the creation of a new physical resource; hence creating one.';

/** Takes one resource from its state to its template. */
const applyStep = async (deps: ApplyDeps, target: Target, step: DeploymentStep): Promise<void> => {
  const { store, history, steps, endpoints, now } = deps;
  const { name, region } = history.record();
  const { logicalId } = step;
  const known = currentOf(history.record(), logicalId);
  const declaration = declarationOf(target, logicalId);
  const isNew = !known?.exists;
  let resource: Resource;
  try {
    resource = step.resolve();
  } catch (error) {
    const unresolved = { stack: name, region, logicalId, type: step.type, properties: {} };
    const failed: Deployed = known ?? {
      ...{ resource: { ...unresolved, ref: '', attributes: {} }, made: {}, generation: 0 },
      ...{ status: 'CREATE_FAILED', updatedAt: now(), exists: false },
    };
    return steps.fail(failed, isNew ? 'CREATE_FAILED' : 'UPDATE_FAILED', error);
  }
  const decision = decide(known, resource);
  const renamed = (): Resource =>
    identifierOf(resource.type)
      ? identified(resource, endpoints(region), store.generation(region, name, logicalId))
      : resource;
  switch (decision.kind) {
    case 'keep':
      if (known) steps.put({ ...known, ...declaration });
      return;
    case 'create':
      await steps.make(renamed(), declaration);
      return;
    case 'update':
      if (known) await steps.update(known, resource, declaration);
      return;
    case 'replace': {
      const replacement = renamed();
      if (known && replacement.ref === known.resource.ref) {
        const attempted = { ...known, resource: { ...resource, ref: known.resource.ref } };
        return steps.fail(attempted, 'UPDATE_FAILED', new Error(nameTaken(replacement.ref)));
      }
      await steps.make(replacement, declaration, { kind: 'UPDATE', reason: replacing });
    }
  }
};

const modelOf = (deps: Omit<ApplyDeps, 'steps'>, target: Target): StackModel => {
  const { store, history, endpoints, ignoredTypes } = deps;
  const record = history.record();
  const { name, region } = record;
  const known = new Map(record.resources.map((one) => [one.resource.logicalId, one]));
  return createStackModel({
    ...{ store, record, target, endpoints, ignoredTypes },
    deployed: (logicalId) => {
      const current = currentOf(history.record(), logicalId);
      return current?.exists ? answerOf(current) : undefined;
    },
    generation: (logicalId) =>
      known.get(logicalId)?.generation ?? store.generation(region, name, logicalId),
    customResource: (logicalId) => {
      throw new Error(`${logicalId} has not answered yet`);
    },
  });
};

/** The logical ids of the resources that a stack has by its template. */
export const declaredIds = (deps: Omit<ApplyDeps, 'steps'>, target: Target): ReadonlySet<string> =>
  new Set(
    modelOf(deps, target)
      .model.deployment()
      .map(({ logicalId }) => logicalId),
  );

/**
 * Takes resources that exist into a stack. Nothing of them changes, even where the template has
 * other properties.
 *
 * @throws {StepFailed} for the first that has gone meanwhile, after its event has been written.
 */
export const importResources = (
  deps: ApplyDeps,
  target: Target,
  found: readonly (FoundResource | undefined)[],
): void => {
  const { store, history, steps, now } = deps;
  for (const step of modelOf(deps, target).model.deployment()) {
    const { logicalId } = step;
    const one = found.find((candidate) => candidate?.logicalId === logicalId);
    if (currentOf(history.record(), logicalId)) continue;
    const resource = step.resolve();
    const { name, region } = history.record();
    const whole = madeResource(resource, one?.made ?? {});
    const deployed: Deployed = {
      ...declarationOf(target, logicalId),
      ...{ resource: whole, made: one?.made ?? {}, status: 'IMPORT_COMPLETE', updatedAt: now() },
      ...{ exists: true, generation: store.generation(region, name, logicalId) },
    };
    history.resourceEvent(whole, 'IMPORT_IN_PROGRESS', 'Resource import started.');
    if (!one) {
      const gone = new Error(`${logicalId} does not exist any more`);
      steps.fail({ ...deployed, exists: false }, 'IMPORT_FAILED', gone);
      continue;
    }
    if (one.retained) store.release(one.retained);
    steps.put(deployed);
    history.resourceEvent(whole, 'IMPORT_COMPLETE', 'Resource import completed.');
  }
};

/**
 * Brings the resources of a stack to a template, in the order of their dependencies. Resources that
 * the template does not have stay for the clean-up.
 *
 * @throws {StepFailed} for the first that fails, after its event has been written.
 * @throws {TemplateProblems} for an output that cannot be.
 */
export const applyTemplate = async (deps: ApplyDeps, target: Target): Promise<void> => {
  const { store, history, signal } = deps;
  const { id, region } = history.record();
  const { model, outputs, imports } = modelOf(deps, target);
  const order = model.deployment();
  for (const step of order) {
    if (signal.aborted) throw new StepFailed('Resource creation cancelled', step);
    await applyStep(deps, target, step);
  }
  const places = new Map(order.map(({ logicalId }, index) => [logicalId, index]));
  const placeOf = ({ resource }: Deployed): number => places.get(resource.logicalId) ?? -1;
  const newOutputs = outputs();
  refuseProblems(exportConflicts(store, { id, region }, newOutputs));
  store.change(id, {
    resources: history.record().resources.toSorted((one, other) => placeOf(one) - placeOf(other)),
    outputs: newOutputs,
    imports: imports(),
  });
};
