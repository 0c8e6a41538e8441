import type { Resource } from '../../support/template.ts';
import { type Provider, ResourceFailure, type ResourceRequest } from './provider.ts';
import {
  accountId,
  brokenRule,
  type Made,
  type Parameters,
  parametersOf,
  type Stack,
  type Stacks,
  stackKey,
  valuesOf,
} from './stack.ts';
import { creationOrder, resolve, type Template } from './template.ts';

/** Statuses in which a stack rests. */
export type StackStatus =
  | 'CREATE_COMPLETE'
  | 'ROLLBACK_COMPLETE'
  | 'ROLLBACK_FAILED'
  | 'UPDATE_COMPLETE'
  | 'UPDATE_ROLLBACK_COMPLETE'
  | 'UPDATE_ROLLBACK_FAILED'
  | 'DELETE_COMPLETE'
  | 'DELETE_FAILED';

export type StackOutcome = {
  readonly status: StackStatus;
  readonly reason?: string;
  /** The request was refused before it changed anything. */
  readonly refused?: true;
};

export interface CloudFormation {
  /** A status at rest, or one that ends in `_IN_PROGRESS`; `undefined` where there is no stack. */
  readonly status: (keyOrId: string) => string | undefined;
  readonly create: (name: string, region: string, template: Template) => Promise<StackOutcome>;
  /** Parameters without a new value keep theirs. */
  readonly update: (
    keyOrId: string,
    template?: Template,
    parameters?: Parameters,
  ) => Promise<StackOutcome>;
  readonly remove: (key: string) => Promise<StackOutcome>;
  /** Goes on with the roll back of an update that has failed. */
  readonly continueRollback: (key: string) => Promise<StackOutcome>;
  readonly parameters: (keyOrId: string) => Parameters;
  /** An output of a stack; absent where it has none of that name. */
  readonly output: (key: string, output: string) => unknown;
  /** The physical id of a resource by its type; absent where the stack has none. */
  readonly physicalIds: (key: string, type: string) => readonly string[];
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const keptOnDelete = ({ DeletionPolicy }: Resource): boolean =>
  DeletionPolicy === 'Retain' || DeletionPolicy === 'RetainExceptOnCreate';

const keptOnRollback = ({ DeletionPolicy }: Resource): boolean => DeletionPolicy === 'Retain';

/**
 * Stacks as CloudFormation makes, changes and deletes them: one resource after the other, a failure
 * rolled back with the deletion policy of each resource.
 */
export const createCloudFormation = (provider: (type: string) => Provider): CloudFormation => {
  const stacks: Stacks = new Map();
  let count = 0;

  const find = (keyOrId: string): Stack | undefined =>
    stacks.get(keyOrId) ?? [...stacks.values()].find(({ id }) => id === keyOrId);

  const existing = (keyOrId: string): Stack => {
    const stack = find(keyOrId);
    if (stack) return stack;
    throw new Error(`Stack ${keyOrId} does not exist`);
  };

  const requestFor = (stack: Stack, logicalId: string, resource: Resource): ResourceRequest => ({
    stack,
    logicalId,
    type: resource.Type,
    properties: resolve(resource.Properties ?? {}, valuesOf(stack, stacks)) as Record<
      string,
      unknown
    >,
  });

  const make = async (stack: Stack, logicalId: string, resource: Resource): Promise<void> => {
    const request = requestFor(stack, logicalId, resource);
    try {
      const provided = await provider(resource.Type).create(request);
      stack.made.set(logicalId, { request, resource, ...provided });
    } catch (error) {
      const physicalId = error instanceof ResourceFailure ? error.physicalId : undefined;
      if (physicalId !== undefined) {
        stack.made.set(logicalId, { request, resource, physicalId, attributes: {} });
      }
      throw error;
    }
  };

  const unmake = async (stack: Stack, logicalId: string): Promise<void> => {
    const made = stack.made.get(logicalId);
    if (!made) return;
    await provider(made.resource.Type).remove({ ...made.request, physicalId: made.physicalId });
    stack.made.delete(logicalId);
  };

  /** Deletes resources, the last made first; the first that cannot be deleted ends it. */
  const unmakeAll = async (
    stack: Stack,
    logicalIds: readonly string[],
    isKept: (resource: Resource) => boolean,
  ): Promise<string | undefined> => {
    for (const logicalId of logicalIds.toReversed()) {
      const made = stack.made.get(logicalId);
      if (!made) continue;
      if (isKept(made.resource)) {
        stack.made.delete(logicalId);
        continue;
      }
      try {
        await unmake(stack, logicalId);
      } catch (error) {
        return `${logicalId}: ${messageOf(error)}`;
      }
    }
    return undefined;
  };

  const rest = (stack: Stack, status: StackStatus, reason?: string): StackOutcome => {
    stack.status = status;
    return { status, ...(reason === undefined ? {} : { reason }) };
  };

  /** Changes one resource where its properties have changed; says how to undo that. */
  const change = async (
    stack: Stack,
    logicalId: string,
    resource: Resource,
  ): Promise<Made | undefined> => {
    const former = stack.made.get(logicalId);
    if (!former) throw new Error(`${logicalId} does not exist`);
    const request = requestFor(stack, logicalId, resource);
    const oldProperties = former.request.properties;
    if (JSON.stringify(request.properties) === JSON.stringify(oldProperties)) {
      stack.made.set(logicalId, { ...former, resource });
      return undefined;
    }
    const { physicalId } = former;
    const update = { ...request, oldProperties, physicalId };
    // A change that fails may have been made: the roll back begins with it.
    const undo = { ...former, request: { ...former.request, oldProperties: request.properties } };
    try {
      const provided = await provider(resource.Type).update(update);
      stack.made.set(logicalId, { request, resource, ...provided });
    } catch (error) {
      throw Object.assign(new ResourceFailure(messageOf(error), physicalId), { undo });
    }
    return undo;
  };

  const undoChanges = async (stack: Stack, undos: Made[]): Promise<string | undefined> => {
    for (const former of undos.toReversed()) {
      const { request, physicalId, resource } = former;
      const { oldProperties: _, ...original } = request;
      try {
        const provided = await provider(resource.Type).update({ ...request, physicalId });
        stack.made.set(request.logicalId, { request: original, resource, ...provided });
        undos.pop();
      } catch (error) {
        return `${request.logicalId}: ${messageOf(error)}`;
      }
    }
    return undefined;
  };

  const updateResources = async (stack: Stack, undos: Made[], added: string[]): Promise<void> => {
    const { template } = stack;
    for (const logicalId of creationOrder(template)) {
      const resource = template.Resources[logicalId];
      if (!resource) continue;
      if (stack.made.has(logicalId)) {
        const undo = await change(stack, logicalId, resource).catch((error) => {
          if (error.undo) undos.push(error.undo as Made);
          throw error;
        });
        if (undo) undos.push(undo);
      } else {
        added.push(logicalId);
        await make(stack, logicalId, resource);
      }
    }
  };

  const rollBack = async (stack: Stack, reason: string): Promise<StackOutcome> => {
    const { undos, added } = stack.toUndo ?? { undos: [], added: [] };
    stack.status = 'UPDATE_ROLLBACK_IN_PROGRESS';
    const left =
      (await undoChanges(stack, undos)) ?? (await unmakeAll(stack, added, keptOnRollback));
    return left === undefined
      ? rest(stack, 'UPDATE_ROLLBACK_COMPLETE', reason)
      : rest(stack, 'UPDATE_ROLLBACK_FAILED', `${reason}; ${left}`);
  };

  return {
    continueRollback: (key) => rollBack(existing(key), 'The roll back went on'),
    status: (keyOrId) => find(keyOrId)?.status,
    physicalIds: (key, type) =>
      [...(stacks.get(key)?.made.values() ?? [])]
        .filter(({ resource }) => resource.Type === type)
        .map(({ physicalId }) => physicalId),
    create: async (name, region, template) => {
      count += 1;
      const id = `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${count}`;
      const made = new Map<string, Made>();
      const parameters = parametersOf(template);
      const status = 'CREATE_IN_PROGRESS';
      const stack: Stack = { id, name, region, status, template, parameters, made };
      stacks.set(stackKey(region, name), stack);
      for (const logicalId of creationOrder(template)) {
        const resource = template.Resources[logicalId];
        if (!resource) continue;
        try {
          await make(stack, logicalId, resource);
        } catch (error) {
          const reason = `${logicalId}: ${messageOf(error)}`;
          stack.status = 'ROLLBACK_IN_PROGRESS';
          const left = await unmakeAll(stack, [...made.keys()], keptOnRollback);
          return left === undefined
            ? rest(stack, 'ROLLBACK_COMPLETE', reason)
            : rest(stack, 'ROLLBACK_FAILED', `${reason}; ${left}`);
        }
      }
      return rest(stack, 'CREATE_COMPLETE');
    },
    parameters: (keyOrId) => find(keyOrId)?.parameters ?? {},
    output: (key, output) => {
      const stack = stacks.get(key);
      const value = stack?.template.Outputs?.[output]?.Value;
      return stack && value !== undefined ? resolve(value, valuesOf(stack, stacks)) : undefined;
    },
    update: async (keyOrId, template, parameters) => {
      const stack = existing(keyOrId);
      if (stack.status.endsWith('_IN_PROGRESS')) {
        throw new Error(`Stack ${stack.name} is in ${stack.status} state and can not be updated`);
      }
      const former = { template: stack.template, parameters: stack.parameters };
      const undos: Made[] = [];
      const added: string[] = [];
      const formerStatus = stack.status as StackStatus;
      stack.template = template ?? stack.template;
      stack.parameters = parametersOf(stack.template, former.parameters, parameters);
      const broken = brokenRule(stack, stacks);
      if (broken !== undefined) {
        Object.assign(stack, former);
        return { status: formerStatus, reason: broken, refused: true };
      }
      stack.status = 'UPDATE_IN_PROGRESS';
      try {
        await updateResources(stack, undos, added);
      } catch (error) {
        Object.assign(stack, former);
        stack.toUndo = { undos, added };
        return rollBack(stack, messageOf(error));
      }
      stack.status = 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';
      const removed = [...stack.made.keys()].filter((id) => !(id in stack.template.Resources));
      // A failure of the clean-up does not fail the update.
      await unmakeAll(stack, removed, keptOnDelete);
      return rest(stack, 'UPDATE_COMPLETE');
    },
    remove: async (key) => {
      const stack = existing(key);
      stack.status = 'DELETE_IN_PROGRESS';
      const left = await unmakeAll(stack, [...stack.made.keys()], keptOnDelete);
      if (left !== undefined) return rest(stack, 'DELETE_FAILED', left);
      stacks.delete(stackKey(stack.region, stack.name));
      return { status: 'DELETE_COMPLETE' };
    },
  };
};
