import type { Json } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import type { CodeAssets } from '../deployments.ts';

/** The parts of a resource that are known only once it has been made. */
export type Made = {
  /** In place of the `Ref` that derives from the template. */
  readonly ref?: string;
  /** In place of, or besides, the attributes that derive from the template. */
  readonly attributes?: Readonly<Record<string, Json>>;
  /** Whether the attributes are hidden from people. */
  readonly noEcho?: boolean;
};

/** The surroundings of one step. */
export type StepContext = {
  readonly stackId: string;
  /** Every resource that exists, of all stacks; the one of the step is among them after a step. */
  readonly resources: () => readonly Resource[];
  readonly assets: CodeAssets;
  readonly signal: AbortSignal;
  /** Whether it brings the resource back to the state before an update that failed. */
  readonly isRollback?: boolean;
};

/** Makes, changes and removes the resources of a type in the services that run. */
export interface ResourceProvider {
  /** @throws {Error} with the reason when the service refuses. */
  readonly create: (resource: Resource, context: StepContext) => Promise<Made>;
  /**
   * Changes a resource in place. A result with another `ref` says that a new one has been made: the
   * previous one is removed at the end of the operation.
   */
  readonly update: (resource: Resource, previous: Resource, context: StepContext) => Promise<Made>;
  /** Removes a resource; one that is gone already is no failure. */
  readonly remove: (resource: Resource, context: StepContext) => Promise<void>;
  /** Brings a resource back that existed when the stack ended, from what was kept of it. */
  readonly restore: (resource: Resource, context: StepContext) => Promise<void>;
  /**
   * Finds a resource that exists, so that a stack can import it; absent for types whose resources
   * exist by being in a stack.
   */
  readonly find?: (region: string, id: string) => Made | undefined;
  /** Whether a creation that failed may have left something that `remove` takes away. */
  readonly leavesOnFailure?: boolean;
}

/** A creation that failed, and may have left a resource of this name. */
export class CreationFailed extends Error {
  override readonly name = 'CreationFailed';
  readonly physicalId: string;

  constructor(message: string, options: ErrorOptions & { readonly physicalId: string }) {
    super(message, options);
    this.physicalId = options.physicalId;
  }
}

/** Resources that are data alone: they exist by being in their stack. */
export const dataProvider: ResourceProvider = {
  create: async () => ({}),
  update: async () => ({}),
  remove: async () => {},
  restore: async () => {},
};
