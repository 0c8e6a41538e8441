import { arnOf } from '../identities.ts';
import { type Json, stringOf } from '../json.ts';
import type { Resource } from '../model.ts';
import { namedFunction } from '../named-function.ts';

/** The rest of the app, which a check may look at besides the resource. */
export type CheckedApp = {
  /** Every resource of the app that could be resolved. */
  readonly resources: readonly Resource[];
  /** Whether `resources` has every resource. Otherwise no resource counts as missing. */
  readonly isComplete: boolean;
  /** Whether a value is known only when the app is deployed. */
  readonly isPending: (value: Json | undefined) => boolean;
};

/**
 * Finds what is wrong with a resource of one type: one line for each, without the resource's name.
 */
export type ResourceCheck = (resource: Resource, context: CheckedApp) => readonly string[];

/** Whether a resource of a type and of the given resource's Region has a name or an ARN. */
export const isThere = (
  { resources, isComplete, isPending }: CheckedApp,
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

/** A bus of the app, or the one that every Region has without a resource. */
export const isBusThere = (context: CheckedApp, resource: Resource, nameOrArn: string): boolean =>
  nameOrArn === 'default' ||
  nameOrArn === arnOf('events', resource.region, 'event-bus/default') ||
  isThere(context, resource, 'AWS::Events::EventBus', nameOrArn);

export const isFunctionThere = (
  { resources, isComplete, isPending }: CheckedApp,
  { region }: Resource,
  nameOrArn: string,
): boolean =>
  !isComplete || isPending(nameOrArn) || namedFunction(nameOrArn, region, resources) !== undefined;

/** Checks a property that has to name a function of the app. */
export const checkFunctionName =
  (property: string): ResourceCheck =>
  (resource, context) => {
    const name = stringOf(resource.properties[property]);
    return name === undefined || isFunctionThere(context, resource, name)
      ? []
      : [`${property}: there is no function ${name} in this Region of the app`];
  };

/** Whether a text is JSON. */
export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
