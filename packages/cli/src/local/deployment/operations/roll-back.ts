import type { Deployed, PreviousState, StackRecord } from '../stacks/stack-record.ts';
import { changedProperties } from '../stacks/stack-record.ts';
import type { StackStore } from '../stacks/store.ts';
import { cleanUp, removeAll } from './clean-up.ts';
import type { History } from './history.ts';
import { StepFailed, type Steps } from './steps.ts';

type RollBackDeps = {
  readonly store: StackStore;
  readonly history: History;
  readonly steps: Steps;
};

/** Undoes a creation: nothing stays of the stack but its history and what its policies keep. */
export const rollBackCreation = async (
  { history, steps }: RollBackDeps,
  reason: string,
): Promise<void> => {
  history.stackStatus('ROLLBACK_IN_PROGRESS', reason);
  const failed = await removeAll(history, steps, { isCreationRollback: true, retain: [] });
  if (failed.length === 0) history.stackStatus('ROLLBACK_COMPLETE');
  else {
    const which = `The following resource(s) failed to delete: [${failed.join(', ')}]. `;
    history.stackStatus('ROLLBACK_FAILED', which);
  }
};

const currentOf = ({ resources }: StackRecord, { resource }: Deployed): Deployed | undefined =>
  resources.find((one) => one.resource.logicalId === resource.logicalId);

/** Whether the resource is still the one of before, and has been changed since. */
const needsUpdate = (before: Deployed, current: Deployed): boolean =>
  current.generation === before.generation &&
  (current.status === 'UPDATE_FAILED' ||
    current.resource.ref !== before.resource.ref ||
    changedProperties(before.resource, current.resource).length > 0);

/** Brings the resources back; returns those that the failed update had made. */
const restoreResources = async (
  { history, steps }: RollBackDeps,
  previous: PreviousState,
  skip: readonly string[],
): Promise<{ readonly surplus: readonly Deployed[]; readonly failed: readonly string[] }> => {
  const surplus: Deployed[] = [];
  const failed: string[] = [];
  for (const before of previous.resources) {
    const { logicalId } = before.resource;
    const current = currentOf(history.record(), before);
    if (!current || !before.exists) continue;
    if (skip.includes(logicalId)) {
      steps.put(before);
    } else if (needsUpdate(before, current)) {
      try {
        const restored = await steps.update(current, before.resource, before, true);
        if (restored.resource.ref !== current.resource.ref) surplus.push(current);
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        failed.push(logicalId);
      }
    } else if (current.generation !== before.generation) {
      // The one that was replaced has not been removed: a clean-up comes last.
      surplus.push(current);
      steps.put(before);
    } else {
      steps.put(before);
    }
  }
  const known = new Set(previous.resources.map(({ resource }) => resource.logicalId));
  const added = history.record().resources.filter(({ resource }) => !known.has(resource.logicalId));
  return { surplus: [...surplus, ...added], failed };
};

/** Undoes an update that failed: first the resources that it changed, then those that it made. */
export const rollBackUpdate = async (
  deps: RollBackDeps,
  previous: PreviousState,
  { reason, skip }: { readonly reason: string; readonly skip: readonly string[] },
): Promise<void> => {
  const { store, history, steps } = deps;
  history.stackStatus('UPDATE_ROLLBACK_IN_PROGRESS', reason);
  const { surplus, failed } = await restoreResources(deps, previous, skip);
  if (failed.length > 0) {
    const which = `The following resource(s) failed to update: [${failed.join(', ')}]. `;
    history.stackStatus('UPDATE_ROLLBACK_FAILED', which);
    return;
  }
  const { content, outputs, imports } = previous;
  const { id } = store.change(history.record().id, { ...content, outputs, imports });
  history.stackStatus('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  const obsolete = surplus.toReversed().map((deployed) => ({ deployed, keeps: false }));
  await cleanUp(steps, obsolete, true);
  store.change(id, { previous: undefined });
  history.stackStatus('UPDATE_ROLLBACK_COMPLETE');
};
