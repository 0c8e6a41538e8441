import { randomUUID } from 'node:crypto';
import { isCustomType } from '../../template/identities.ts';
import type { Resource } from '../../template/model.ts';
import type { CodeAssets } from '../deployments.ts';
import type { DeploymentFailures, DeploymentStep } from '../failures.ts';
import { type Deployed, madeResource } from '../stacks/stack-record.ts';
import type { StackStore } from '../stacks/store.ts';
import type { ResourceStatus } from '../statuses.ts';
import type { History } from './history.ts';
import { CreationFailed, type ResourceProvider, type StepContext } from './provider.ts';

/** The parts of a declaration that are no property of the resource. */
export type Declaration = Pick<Deployed, 'deletionPolicy' | 'updateReplacePolicy' | 'metadata'>;

/** A step that failed; its event has been written. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly logicalId: string;

  constructor(message: string, options: ErrorOptions & { readonly logicalId: string }) {
    super(message, options);
    this.logicalId = options.logicalId;
  }
}

export type StepsDeps = {
  readonly store: StackStore;
  readonly history: History;
  readonly provider: (type: string) => ResourceProvider;
  readonly assets: CodeAssets;
  readonly failures: Pick<DeploymentFailures, 'reasonFor'>;
  readonly now: () => number;
  readonly signal: AbortSignal;
};

type Names = { readonly kind: 'CREATE' | 'UPDATE'; readonly reason?: string };

/** A service's refusal as CloudFormation passes it on. */
const handlerMessage = (type: string, message: string): string =>
  isCustomType(type)
    ? message
    : `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: GeneralServiceException)`;

/** Replacement that would need the name of the resource which it replaces (user guide, naming). */
export const nameTaken = (name: string): string =>
  `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`;

const isSame = (one: Resource, other: Resource): boolean =>
  one.logicalId === other.logicalId && one.ref === other.ref;

/** The states of the resources of one stack, and the failures of their steps. */
const createEntries = ({ store, history, failures, now }: StepsDeps) => {
  const { id: stackId } = history.record();

  const put = (deployed: Deployed): Deployed => {
    const { resources } = history.record();
    const { logicalId } = deployed.resource;
    const at = resources.findIndex(({ resource }) => resource.logicalId === logicalId);
    store.change(stackId, {
      resources: at < 0 ? [...resources, deployed] : resources.with(at, deployed),
    });
    return deployed;
  };

  const forget = (deployed: Deployed): void => {
    const { resources } = history.record();
    store.change(stackId, {
      resources: resources.filter(({ resource }) => !isSame(resource, deployed.resource)),
    });
  };

  /** Whether it is the resource that the stack has now, and not one that was replaced. */
  const isCurrent = (deployed: Deployed): boolean =>
    history.record().resources.some(({ resource }) => isSame(resource, deployed.resource));

  const refuseInjected = (
    { region, stack, logicalId, type }: Resource,
    action: DeploymentStep['action'],
    isRollback: boolean,
  ): void => {
    const reason = failures.reasonFor({ region, stack, logicalId, type, action, isRollback });
    if (reason !== undefined) throw new Error(reason);
  };

  const fail = (failed: Deployed, status: ResourceStatus, cause: unknown): never => {
    const { resource } = failed;
    const reason = handlerMessage(resource.type, (cause as Error).message);
    const entry = { ...failed, status, statusReason: reason, updatedAt: now() };
    if (status !== 'DELETE_FAILED' || isCurrent(failed)) put(entry);
    history.resourceEvent(resource, status, reason);
    throw new StepFailed(reason, { logicalId: resource.logicalId, cause });
  };

  return { put, forget, isCurrent, refuseInjected, fail };
};

type Entries = ReturnType<typeof createEntries>;

const contextOf = ({ store, history, assets, signal }: StepsDeps): StepContext => ({
  ...{ stackId: history.record().id, resources: store.resources, assets, signal },
});

/** Makes a resource, for the first time or in place of another one. */
const createMake =
  (deps: StepsDeps, { put, refuseInjected, fail }: Entries) =>
  async (
    resource: Resource,
    declaration: Declaration,
    { kind, reason }: Names = { kind: 'CREATE' },
  ): Promise<Deployed> => {
    const { store, history, provider, now } = deps;
    const { region, stack, logicalId, type } = resource;
    const { deletionPolicy, updateReplacePolicy, metadata } = declaration;
    const begun: Deployed = {
      ...{ resource, made: {}, generation: store.generation(region, stack, logicalId) },
      ...{ deletionPolicy, updateReplacePolicy, metadata },
      status: kind === 'CREATE' ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS',
      updatedAt: now(),
      exists: false,
    };
    put(begun);
    history.resourceEvent({ ...resource, ref: '' }, begun.status, reason);
    const { create, leavesOnFailure = false } = provider(type);
    try {
      refuseInjected(resource, 'Create', false);
      store.countGeneration(region, stack, logicalId);
      const made = await create(resource, contextOf(deps));
      const whole = madeResource(resource, made);
      history.resourceEvent(whole, begun.status, 'Resource creation Initiated');
      const status = kind === 'CREATE' ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE';
      const done = put({ ...begun, resource: whole, made, status, updatedAt: now(), exists: true });
      history.resourceEvent(whole, status);
      return done;
    } catch (error) {
      const ref = error instanceof CreationFailed ? error.physicalId : '';
      const exists = leavesOnFailure && ref !== '';
      const failed = { ...begun, resource: { ...resource, ref }, exists };
      return fail(failed, kind === 'CREATE' ? 'CREATE_FAILED' : 'UPDATE_FAILED', error);
    }
  };

/** Changes a resource in place. */
const createUpdate =
  (deps: StepsDeps, { put, refuseInjected, fail }: Entries) =>
  async (
    before: Deployed,
    resource: Resource,
    declaration: Declaration,
    isRollback = false,
  ): Promise<Deployed> => {
    const { history, provider, now } = deps;
    const { deletionPolicy, updateReplacePolicy, metadata } = declaration;
    const attempted = madeResource(resource, before.made);
    history.resourceEvent(before.resource, 'UPDATE_IN_PROGRESS');
    put({ ...before, status: 'UPDATE_IN_PROGRESS', updatedAt: now() });
    try {
      refuseInjected(resource, 'Update', isRollback);
      const { update } = provider(resource.type);
      const context = { ...contextOf(deps), isRollback };
      const changed = await update(attempted, before.resource, context);
      const made = { ...before.made, ...changed };
      const whole = madeResource(resource, made);
      const done = put({
        ...before,
        ...{ deletionPolicy, updateReplacePolicy, metadata },
        ...{ resource: whole, made, statusReason: undefined, updatedAt: now() },
        status: 'UPDATE_COMPLETE',
      });
      history.resourceEvent(whole, 'UPDATE_COMPLETE');
      return done;
    } catch (error) {
      return fail({ ...before, resource: attempted }, 'UPDATE_FAILED', error);
    }
  };

/** Removes a resource, or lets go of one that its policy keeps. */
const createRemove =
  (deps: StepsDeps, { forget, isCurrent, refuseInjected, fail }: Entries) =>
  async (
    deployed: Deployed,
    { keeps, isRollback }: { readonly keeps: boolean; readonly isRollback: boolean },
  ): Promise<void> => {
    const { store, history, provider } = deps;
    const { resource, exists } = deployed;
    if (keeps && exists) {
      history.resourceEvent(resource, 'DELETE_SKIPPED');
      store.retain(deployed);
      if (isCurrent(deployed)) forget(deployed);
      return;
    }
    try {
      if (exists) {
        history.resourceEvent(resource, 'DELETE_IN_PROGRESS');
        refuseInjected(resource, 'Delete', isRollback);
        await provider(resource.type).remove(resource, contextOf(deps));
      }
      history.resourceEvent(resource, 'DELETE_COMPLETE');
      if (isCurrent(deployed)) forget(deployed);
    } catch (error) {
      fail(deployed, 'DELETE_FAILED', error);
    }
  };

/** The steps of one operation; each writes its events and the state of its resource. */
export interface Steps extends Pick<Entries, 'put' | 'forget' | 'fail'> {
  readonly make: ReturnType<typeof createMake>;
  readonly update: ReturnType<typeof createUpdate>;
  readonly remove: ReturnType<typeof createRemove>;
}

export const createSteps = (deps: StepsDeps): Steps => {
  const entries = createEntries(deps);
  const { put, forget, fail } = entries;
  return {
    ...{ put, forget, fail },
    make: createMake(deps, entries),
    update: createUpdate(deps, entries),
    remove: createRemove(deps, entries),
  };
};
