import { isDeepStrictEqual } from 'node:util';
import { type Json, type JsonObject, ownOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import type { Answer } from '../../template/scope.ts';
import type { StackEvent, StackOutput } from '../deployments.ts';
import type { Made } from '../operations/provider.ts';
import type { ResourceStatus, StackStatus } from '../statuses.ts';

/** A resource of a stack, with everything that an update, a roll back or a restart needs. */
export type Deployed = {
  readonly resource: Resource;
  readonly made: Made;
  /** How many resources of the logical id came before. */
  readonly generation: number;
  readonly deletionPolicy?: string | undefined;
  readonly updateReplacePolicy?: string | undefined;
  readonly metadata?: Json | undefined;
  readonly status: ResourceStatus;
  readonly statusReason?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  /** False for a resource whose creation failed without a trace. */
  readonly exists: boolean;
};

/** The parts of a stack that an update replaces, and its roll back brings back. */
export type StackContent = {
  /** The text, as it was given. */
  readonly template: string;
  /** The value of each parameter of the template. */
  readonly parameters: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly description?: string | undefined;
  readonly roleArn?: string | undefined;
};

/** A stack: plain data, so that it can be kept as JSON. */
export type StackRecord = StackContent & {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly status: StackStatus;
  readonly statusReason?: string | undefined;
  readonly createdAt: number;
  readonly updatedAt?: number | undefined;
  readonly deletedAt?: number | undefined;
  readonly terminationProtection: boolean;
  readonly disableRollback: boolean;
  readonly changeSetId?: string | undefined;
  /** In the order of their deployment. */
  readonly resources: readonly Deployed[];
  readonly outputs: readonly StackOutput[];
  /** Names of the exports that the stack imports. */
  readonly imports: readonly string[];
  /** The first first. */
  readonly events: readonly StackEvent[];
  /** The last good state, while a failed operation has not been rolled back. */
  readonly previous?: PreviousState | undefined;
};

/** The state to which a roll back returns. */
export type PreviousState = {
  readonly content: StackContent;
  readonly resources: readonly Deployed[];
  readonly outputs: readonly StackOutput[];
  readonly imports: readonly string[];
};

/** The `Ref` and the attributes of a resource as it was made. */
export const madeResource = (resource: Resource, made: Made): Resource => ({
  ...resource,
  ref: made.ref ?? resource.ref,
  attributes: { ...resource.attributes, ...made.attributes },
});

/** The values by which other resources know one. */
export const answerOf = ({ resource }: Pick<Deployed, 'resource'>): Answer => ({
  ref: resource.ref,
  attribute: (name) => ownOf(resource.attributes, name),
});

/** The names of the properties in which two versions of a resource differ. */
export const changedProperties = (
  before: Pick<Resource, 'properties'>,
  after: Pick<Resource, 'properties'>,
): readonly string[] =>
  [...new Set([...Object.keys(before.properties), ...Object.keys(after.properties)])].filter(
    (name) => !isDeepStrictEqual(before.properties[name], after.properties[name]),
  );

/** Whether the resource stays when its stack lets go of it. */
export const keepsOnDeletion = ({ deletionPolicy }: Deployed, isCreationRollback: boolean) =>
  deletionPolicy === 'Retain' || (deletionPolicy === 'RetainExceptOnCreate' && !isCreationRollback);

/** Whether it stays when another one takes its place. */
export const keepsOnReplacement = ({ updateReplacePolicy }: Deployed): boolean =>
  updateReplacePolicy === 'Retain';
