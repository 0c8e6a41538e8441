import type { Json } from '../json.ts';
import type { Resource } from '../model.ts';

/** What a check may look at besides the resource. */
export type CheckContext = {
  /** Every resource of the app that could be resolved. */
  readonly resources: readonly Resource[];
  /** Whether these are all: where some are not known, nothing counts as missing. */
  readonly isComplete: boolean;
  /** Whether a value is known only when the app is deployed. */
  readonly isPending: (value: Json | undefined) => boolean;
};

/** Finds what is wrong with a resource of one type: one line for each, without the resource's name. */
export type ResourceCheck = (resource: Resource, context: CheckContext) => readonly string[];

/** Whether a resource of a type and of the given resource's Region has a name or an ARN. */
export const isThere = (
  { resources, isComplete, isPending }: CheckContext,
  { region }: Resource,
  type: string,
  nameOrArn: string | undefined,
): boolean =>
  !isComplete ||
  isPending(nameOrArn) ||
  resources.some(
    (other) =>
      other.type === type &&
      other.region === region &&
      (other.ref === nameOrArn || other.attributes['Arn'] === nameOrArn),
  );

/** Whether a text is JSON. */
export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** The name in what may be a function's name or its ARN, either with a version behind it. */
export const functionNameIn = (nameOrArn: string): string => {
  const parts = nameOrArn.split(':');
  return parts[parts.indexOf('function') + 1] ?? nameOrArn;
};
