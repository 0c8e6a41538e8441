import { localAccount } from '../template/identities.ts';
import type {
  ChangeSetDescription,
  ChangeSetRequest,
  DeleteStackOptions,
  ExecuteOptions,
  OnStackFailure,
  RegionDeployments,
} from './deployments.ts';
import { refuse } from './errors.ts';
import type { Operations } from './operations/operations.ts';
import {
  planChangeSet,
  refuseBadName,
  refuseUnlessUpdatable,
  refuseWrongType,
} from './stacks/change-sets.ts';
import { describeResource, describeStack, type PlannedChangeSet } from './stacks/describe.ts';
import { exportsOf } from './stacks/exports.ts';
import type { ImportDeps } from './stacks/imports.ts';
import type { PlanningDeps } from './stacks/planning.ts';
import type { StackRecord } from './stacks/stack-record.ts';
import { isInProgress } from './statuses.ts';

/** Runs the operations of all stacks, one at a time for each stack. */
export interface Running {
  /** Begins an operation, once the one before has ended; the returned promise never fails. */
  readonly begin: (stackId: string, run: (signal: AbortSignal) => Promise<void>) => Promise<void>;
  /** Ends the operation of a stack at its next step. */
  readonly cancel: (stackId: string) => void;
  readonly settled: (stackId: string) => Promise<void>;
}

export type RegionDeploymentsDeps = PlanningDeps &
  ImportDeps & {
    readonly region: string;
    readonly operations: Operations;
    readonly running: Running;
    readonly now: () => number;
    readonly newId: () => string;
  };

type Stored = PlannedChangeSet & { readonly onFailure: OnStackFailure };

/** The change sets of a Region, which are not kept between starts. */
const createChangeSets = () => {
  const sets = new Map<string, Stored>();
  return {
    add: (set: Stored): void => void sets.set(set.description.id, set),
    find: (nameOrId: string, stackId: string | undefined): Stored | undefined =>
      sets.get(nameOrId) ??
      [...sets.values()].find(
        ({ description }) => description.name === nameOrId && description.stackId === stackId,
      ),
    of: (stackId: string): readonly Stored[] =>
      [...sets.values()].filter(({ description }) => description.stackId === stackId),
    change: (set: Stored, change: Partial<ChangeSetDescription>): void => {
      const description = { ...set.description, ...change };
      sets.set(description.id, { ...set, description });
    },
    remove: ({ description }: Stored): void => void sets.delete(description.id),
  };
};

/** An empty stack, which waits for its first change set. */
const newRecord = (
  { region, now, newId }: Pick<RegionDeploymentsDeps, 'region' | 'now' | 'newId'>,
  name: string,
): StackRecord => ({
  id: `arn:aws:cloudformation:${region}:${localAccount}:stack/${name}/${newId()}`,
  ...{ name, region, status: 'REVIEW_IN_PROGRESS', createdAt: now() },
  ...{ template: '', parameters: {}, tags: {}, capabilities: [] },
  ...{ resources: [], outputs: [], imports: [], events: [] },
  ...{ terminationProtection: false, disableRollback: false },
});

const createLookup = ({ region, store }: Pick<RegionDeploymentsDeps, 'region' | 'store'>) => {
  const found = (nameOrId: string): StackRecord | undefined => {
    if (!nameOrId.startsWith('arn:')) return store.byName(region, nameOrId);
    const byId = store.byId(nameOrId);
    return byId?.region === region ? byId : undefined;
  };
  return {
    found,
    existing: (nameOrId: string): StackRecord =>
      found(nameOrId) ?? refuse(`Stack with id ${nameOrId} does not exist`),
  };
};

type Lookup = ReturnType<typeof createLookup>;
type ChangeSets = ReturnType<typeof createChangeSets>;

/** The functions that plan and execute change sets. */
const changeSetFunctions = (
  deps: RegionDeploymentsDeps,
  { found, existing }: Lookup,
  sets: ChangeSets,
) => {
  const { store, operations, running } = deps;

  const changeSet = (nameOrId: string, stack: string | undefined): Stored => {
    const stackId = stack === undefined ? undefined : existing(stack).id;
    const set = sets.find(nameOrId, stackId);
    return set ?? refuse(`ChangeSet [${nameOrId}] does not exist`, 'ChangeSetNotFound');
  };

  const create = async (request: ChangeSetRequest): Promise<ChangeSetDescription> => {
    const { stackName, name } = request;
    refuseBadName('changeSetName', name);
    const before = found(stackName);
    if (!before) refuseBadName('stackName', stackName);
    refuseWrongType(request, before);
    if (before) refuseUnlessUpdatable(before);
    if (before && sets.find(name, before.id)) {
      refuse(`ChangeSet ${name} already exists`, 'AlreadyExistsException');
    }
    const record = before ?? newRecord(deps, stackName);
    const planned = planChangeSet(deps, request, record);
    if (!before) store.put(record);
    sets.add({ ...planned, onFailure: request.onStackFailure ?? 'ROLLBACK' });
    return planned.description;
  };

  const execute = (nameOrId: string, stack: string | undefined, options: ExecuteOptions): void => {
    const set = changeSet(nameOrId, stack);
    const { id: changeSetId, stackId, executionStatus } = set.description;
    if (executionStatus !== 'AVAILABLE') {
      refuse(
        `ChangeSet [${changeSetId}] cannot be executed in its current status of [${set.description.status}]`,
        'InvalidChangeSetStatus',
      );
    }
    refuseUnlessUpdatable(existing(stackId));
    for (const other of sets.of(stackId)) sets.change(other, { executionStatus: 'OBSOLETE' });
    sets.change(set, { executionStatus: 'EXECUTE_IN_PROGRESS' });
    const { disableRollback, clientRequestToken } = options;
    const onFailure = disableRollback === true ? 'DO_NOTHING' : set.onFailure;
    const { target, imports, description } = set;
    void running
      .begin(stackId, (signal) =>
        description.type === 'IMPORT'
          ? operations.adopt(stackId, target, { signal, clientRequestToken, changeSetId, imports })
          : operations.execute(stackId, target, {
              ...{ signal, clientRequestToken, onFailure, changeSetId },
            }),
      )
      .finally(() => {
        for (const other of sets.of(stackId)) sets.remove(other);
      });
  };

  return { changeSet, create, execute };
};

const refuseProtected = ({ name, terminationProtection }: StackRecord): void => {
  if (!terminationProtection) return;
  refuse(`Stack [${name}] cannot be deleted while TerminationProtection is enabled`);
};

/** The functions that delete stacks, and undo what has failed. */
const undoFunctions = (
  { store, operations, running }: RegionDeploymentsDeps,
  { found, existing }: Lookup,
) => ({
  deleteStack: (nameOrId: string, options: DeleteStackOptions): void => {
    const record = found(nameOrId);
    if (!record || record.status === 'DELETE_COMPLETE') return;
    refuseProtected(record);
    const { id, status } = record;
    if (options.retain && status !== 'DELETE_FAILED') {
      refuse(
        `Invalid operation on stack [${id}]. RetainResources can be specified only for stacks in DELETE_FAILED state.`,
      );
    }
    if (status === 'REVIEW_IN_PROGRESS') {
      store.forget(id);
      return;
    }
    if (
      isInProgress(status) &&
      status !== 'CREATE_IN_PROGRESS' &&
      status !== 'DELETE_IN_PROGRESS'
    ) {
      refuse(`Stack [${id}] cannot be deleted while in status ${status}`);
    }
    if (status === 'DELETE_IN_PROGRESS') return;
    running.cancel(id);
    const { clientRequestToken, ...deletion } = options;
    void running.begin(id, async (signal) => {
      if (store.byId(id)?.status === 'DELETE_COMPLETE') return;
      await operations.remove(id, { ...deletion, signal, clientRequestToken });
    });
  },

  rollBack: (
    nameOrId: string,
    allowed: readonly string[],
    { skip = [], clientRequestToken }: { skip?: readonly string[]; clientRequestToken?: string },
  ): void => {
    const { id, status } = existing(nameOrId);
    if (!allowed.includes(status)) {
      refuse(`Stack:${id} is in ${status} state and can not be rolled back.`);
    }
    void running.begin(id, (signal) =>
      operations.rollBack(id, { signal, skip, clientRequestToken }),
    );
  },
});

/** The stacks of one Region. */
export const createRegionDeployments = (deps: RegionDeploymentsDeps): RegionDeployments => {
  const { region, store, running } = deps;
  const lookup = createLookup(deps);
  const { existing } = lookup;
  const sets = createChangeSets();
  const { changeSet, create, execute } = changeSetFunctions(deps, lookup, sets);
  const { deleteStack, rollBack } = undoFunctions(deps, lookup);
  return {
    region,
    stacks: () =>
      store
        .all()
        .filter((stack) => stack.region === region)
        .map(describeStack)
        .toReversed(),
    stack: (nameOrId) => describeStack(existing(nameOrId)),
    template: (nameOrId, set) =>
      set === undefined
        ? existing(nameOrId).template
        : changeSet(set, nameOrId).target.content.template,
    resources: (nameOrId) => existing(nameOrId).resources.map(describeResource),
    events: (nameOrId) => existing(nameOrId).events.toReversed(),
    createChangeSet: create,
    changeSet: (nameOrId, stack) => changeSet(nameOrId, stack).description,
    changeSets: (stack) =>
      sets
        .of(existing(stack).id)
        .map(({ description }) => description)
        .toReversed(),
    deleteChangeSet: (nameOrId, stack) => sets.remove(changeSet(nameOrId, stack)),
    executeChangeSet: (nameOrId, stack, options = {}) => execute(nameOrId, stack, options),
    deleteStack: (nameOrId, options = {}) => deleteStack(nameOrId, options),
    rollbackStack: (nameOrId, clientRequestToken) =>
      rollBack(nameOrId, ['CREATE_FAILED', 'UPDATE_FAILED'], {
        ...(clientRequestToken !== undefined && { clientRequestToken }),
      }),
    continueUpdateRollback: (nameOrId, options = {}) =>
      rollBack(nameOrId, ['UPDATE_ROLLBACK_FAILED'], options),
    setTerminationProtection: (nameOrId, enabled) => {
      store.change(existing(nameOrId).id, { terminationProtection: enabled });
    },
    exports: () => exportsOf(store, region),
    settled: async (nameOrId) => {
      const { id } = existing(nameOrId);
      await running.settled(id);
      return describeStack(existing(id));
    },
  };
};
