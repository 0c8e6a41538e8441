import {
  type Deployed,
  keepsOnDeletion,
  keepsOnReplacement,
  type StackRecord,
} from '../stacks/stack-record.ts';
import type { History } from './history.ts';
import { StepFailed, type Steps } from './steps.ts';

type Obsolete = { readonly deployed: Deployed; readonly keeps: boolean };

const sameOne = (one: Deployed, other: Deployed): boolean =>
  one.resource.logicalId === other.resource.logicalId && one.resource.ref === other.resource.ref;

/**
 * The resources that the stack has no longer, the last deployed first: those that its template has
 * lost, and those that another one has replaced.
 */
export const obsoleteAfterUpdate = (
  { previous, resources }: StackRecord,
  declared: ReadonlySet<string>,
): readonly Obsolete[] => {
  const lost = resources.filter(({ resource }) => !declared.has(resource.logicalId));
  const replaced = (previous?.resources ?? []).filter(
    (before) =>
      before.exists &&
      declared.has(before.resource.logicalId) &&
      !resources.some((one) => sameOne(one, before)),
  );
  return [
    ...lost.map((deployed) => ({ deployed, keeps: keepsOnDeletion(deployed, false) })),
    ...replaced.map((deployed) => ({ deployed, keeps: keepsOnReplacement(deployed) })),
  ].toReversed();
};

/**
 * Removes resources. One that cannot be removed is left, as CloudFormation leaves it: the clean-up
 * does not fail a stack.
 */
export const cleanUp = async (
  steps: Steps,
  obsolete: readonly Obsolete[],
  isRollback: boolean,
): Promise<void> => {
  for (const { deployed, keeps } of obsolete) {
    try {
      await steps.remove(deployed, { keeps, isRollback });
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      steps.forget(deployed);
    }
  }
};

/**
 * Removes the resources of a stack, the last deployed first, and goes on after a failure.
 *
 * @returns the logical ids of those that could not be removed.
 */
export const removeAll = async (
  history: History,
  steps: Steps,
  options: { readonly isCreationRollback: boolean; readonly retain: readonly string[] },
): Promise<readonly string[]> => {
  const { isCreationRollback, retain } = options;
  const failed: string[] = [];
  for (const deployed of history.record().resources.toReversed()) {
    const { logicalId } = deployed.resource;
    const keeps = keepsOnDeletion(deployed, isCreationRollback) || retain.includes(logicalId);
    try {
      await steps.remove(deployed, { keeps, isRollback: isCreationRollback });
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      failed.push(logicalId);
    }
  }
  return failed;
};
