import type { RegionEndpoints } from '../../template/identities.ts';
import { TemplateProblems } from '../../template/problems.ts';
import type {
  CodeAssets,
  DeleteStackOptions,
  OnStackFailure,
  ResourceToImport,
} from '../deployments.ts';
import type { DeploymentFailures } from '../failures.ts';
import { exportConflicts } from '../stacks/exports.ts';
import { findImported } from '../stacks/imports.ts';
import { type Target, targetOf } from '../stacks/stack-model.ts';
import type { PreviousState, StackContent, StackRecord } from '../stacks/stack-record.ts';
import type { StackStore } from '../stacks/store.ts';
import { applyTemplate, declaredIds, importResources } from './apply-template.ts';
import { cleanUp, obsoleteAfterUpdate, removeAll } from './clean-up.ts';
import { createHistory, secretsOf } from './history.ts';
import type { ResourceProvider } from './provider.ts';
import { rollBackCreation, rollBackUpdate } from './roll-back.ts';
import { createSteps, StepFailed } from './steps.ts';

export type OperationsDeps = {
  readonly store: StackStore;
  readonly provider: (type: string) => ResourceProvider;
  readonly assets: CodeAssets;
  readonly endpoints: (region: string) => RegionEndpoints;
  readonly ignoredTypes: readonly string[];
  readonly failures: DeploymentFailures;
  readonly now: () => number;
  /** Receives a line for each event. */
  readonly onEvent: (line: string) => void;
};

export type OperationOptions = {
  readonly signal: AbortSignal;
  readonly clientRequestToken: string | undefined;
};

type Deletion = Pick<DeleteStackOptions, 'force' | 'retain'>;

const contentOf = (record: StackRecord): StackContent => {
  const { template, parameters, tags, capabilities, description, roleArn } = record;
  return { template, parameters, tags, capabilities, description, roleArn };
};

const stateOf = (record: StackRecord): PreviousState => {
  const { resources, outputs, imports } = record;
  return { content: contentOf(record), resources, outputs, imports };
};

/** The parts of one operation on one stack. */
const begin = (deps: OperationsDeps, stackId: string, options: OperationOptions) => {
  const { store, provider, assets, failures, now, onEvent } = deps;
  const { signal, clientRequestToken } = options;
  const secrets = (): readonly string[] => {
    const record = store.byId(stackId);
    if (!record) return [];
    const hidden = record.resources
      .filter(({ made }) => made.noEcho)
      .flatMap(({ made }) => Object.values(made.attributes ?? {}))
      .filter((value) => typeof value === 'string' && value !== '') as string[];
    return [...secretsOf(record), ...hidden];
  };
  const history = createHistory({ store, stackId, now, clientRequestToken, secrets, onEvent });
  const steps = createSteps({ store, history, provider, assets, failures, now, signal });
  return { ...deps, history, steps, signal };
};

type Begun = ReturnType<typeof begin>;

const failureOf = (error: unknown, verb: 'create' | 'update' | 'import'): string => {
  if (error instanceof StepFailed) {
    return `The following resource(s) failed to ${verb}: [${error.logicalId}]. `;
  }
  // An output that cannot be resolved is no resource.
  if (error instanceof TemplateProblems) return error.message;
  throw error;
};

const undo = async (
  begun: Begun,
  failure: { readonly reason: string; readonly onFailure: OnStackFailure },
): Promise<void> => {
  const { history } = begun;
  const { previous } = history.record();
  const { reason, onFailure } = failure;
  if (onFailure === 'DO_NOTHING') {
    history.stackStatus(previous ? 'UPDATE_FAILED' : 'CREATE_FAILED', reason);
  } else if (previous) {
    await rollBackUpdate(begun, previous, { reason, skip: [] });
  } else if (onFailure === 'DELETE') {
    await deleteResources(begun, reason, { retain: [] });
  } else {
    await rollBackCreation(begun, `${reason}Rollback requested by user.`);
  }
};

/** Removes the resources that an update leaves behind, and ends the update. */
const finishUpdate = async (begun: Begun, target: Target): Promise<void> => {
  const { store, history, steps } = begun;
  history.stackStatus('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  const declared = declaredIds(begun, target);
  await cleanUp(steps, obsoleteAfterUpdate(history.record(), declared), false);
  store.change(history.record().id, { previous: undefined });
  history.stackStatus('UPDATE_COMPLETE');
};

const deleteResources = async (
  { store, history, steps }: Begun,
  reason: string | undefined,
  { retain = [], force = false }: Deletion,
): Promise<void> => {
  history.stackStatus('DELETE_IN_PROGRESS', reason);
  const conflicts = exportConflicts(store, history.record(), []);
  if (conflicts.length > 0) {
    history.stackStatus('DELETE_FAILED', conflicts.join(' '));
    return;
  }
  const failed = await removeAll(history, steps, { isCreationRollback: false, retain });
  if (failed.length > 0 && !force) {
    const which = `The following resource(s) failed to delete: [${failed.join(', ')}]. `;
    history.stackStatus('DELETE_FAILED', which);
    return;
  }
  history.stackStatus('DELETE_COMPLETE');
};

/** The operations on stacks; each resolves when it has ended, also when it has failed. */
export const createOperations = (deps: OperationsDeps) => {
  /** Creates a stack that has no resources yet, or updates one. */
  const execute = async (
    stackId: string,
    target: Target,
    options: OperationOptions & {
      readonly onFailure: OnStackFailure;
      readonly changeSetId: string;
    },
  ): Promise<void> => {
    const { store } = deps;
    const begun = begin(deps, stackId, options);
    const { history } = begun;
    const record = history.record();
    const isCreation = record.status === 'REVIEW_IN_PROGRESS';
    const hasFailed = record.status === 'CREATE_FAILED' || record.status === 'UPDATE_FAILED';
    const previous = isCreation || hasFailed ? record.previous : stateOf(record);
    const { onFailure, changeSetId } = options;
    const disableRollback = onFailure === 'DO_NOTHING';
    store.change(stackId, { ...target.content, previous, disableRollback, changeSetId });
    history.stackStatus(isCreation ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS', 'User Initiated');
    try {
      await applyTemplate(begun, target);
    } catch (error) {
      const reason = failureOf(error, isCreation ? 'create' : 'update');
      await undo(begun, { reason, onFailure });
      return;
    }
    if (isCreation) history.stackStatus('CREATE_COMPLETE');
    else await finishUpdate(begun, target);
  };

  const remove = (
    stackId: string,
    options: OperationOptions & Pick<DeleteStackOptions, 'force' | 'retain'>,
  ): Promise<void> => deleteResources(begin(deps, stackId, options), 'User Initiated', options);

  /** Undoes a failed operation that was left as it was, or whose own roll back failed. */
  const rollBack = async (
    stackId: string,
    options: OperationOptions & { readonly skip: readonly string[] },
  ): Promise<void> => {
    const begun = begin(deps, stackId, options);
    const { previous } = begun.history.record();
    const reason = 'User Initiated';
    if (previous) await rollBackUpdate(begun, previous, { reason, skip: options.skip });
    else await rollBackCreation(begun, reason);
  };

  /** Takes resources that exist into a stack, which may be new. */
  const adopt = async (
    stackId: string,
    target: Target,
    options: OperationOptions & {
      readonly changeSetId: string;
      readonly imports: readonly ResourceToImport[];
    },
  ): Promise<void> => {
    const { store } = deps;
    const begun = begin(deps, stackId, options);
    const { history } = begun;
    const before = history.record();
    const { changeSetId, imports } = options;
    store.change(stackId, { ...target.content, changeSetId });
    history.stackStatus('IMPORT_IN_PROGRESS', 'User Initiated');
    const found = imports.map((one) => findImported(deps, before.region, one));
    try {
      importResources(begun, target, found);
      history.stackStatus('IMPORT_COMPLETE');
    } catch (error) {
      const reason = failureOf(error, 'import');
      history.stackStatus('IMPORT_ROLLBACK_IN_PROGRESS', reason);
      for (const one of found) if (one?.retained) store.retain(one.retained);
      store.change(stackId, { ...contentOf(before), resources: before.resources });
      history.stackStatus('IMPORT_ROLLBACK_COMPLETE', reason);
    }
  };

  /** Ends a clean-up that the end of the local stack has cut off. */
  const resumeCleanUp = async (stackId: string, options: OperationOptions): Promise<void> => {
    const begun = begin(deps, stackId, options);
    await finishUpdate(begun, targetOf(contentOf(begun.history.record())));
  };

  return { execute, adopt, remove, rollBack, resumeCleanUp };
};

export type Operations = ReturnType<typeof createOperations>;
