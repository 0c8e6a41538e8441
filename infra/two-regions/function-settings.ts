import type { Duration } from 'aws-cdk-lib';
import type { Bundle } from '../bundling/bundle.ts';
import type { AsyncPolicy } from '../constructs/service-function.ts';

/** The settings of one function, beside those that all functions of the service share. */
export type FunctionSettings = {
  /** At most 256 characters. */
  readonly description?: string;
  /** Instead of the memory of the deployment, 128 to 10,240. */
  readonly memoryMb?: number;
  /** Variables beside those of the framework. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** The settings that the framework gives to a function by its part in the service. */
export type FunctionPart = {
  readonly description: string;
  readonly timeout: Duration;
  readonly databaseUser?: string;
  readonly asynchronous?: AsyncPolicy;
  readonly aliasName?: string;
  readonly reservedConcurrency?: number;
  /** Whether it may put events on the bus of its Region, and knows which that is. */
  readonly publishes?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
};

/** A function of a service that does not follow from its declaration. */
export type AddedFunction = FunctionSettings & {
  /** Tells people the function's use; at most 256 characters. */
  readonly description: string;
  /** The code, from `bundle`. */
  readonly bundle: Bundle;
  /** For a function that a schedule or an event starts: failed runs then go to a queue. */
  readonly asynchronous?: AsyncPolicy;
  /** Whether it may put events on the bus of its Region. */
  readonly publishes?: boolean;
};

/** Characters of a function's description that Lambda takes. */
const descriptionLengthMax = 256;

/** The description of the function of a consumer, as Lambda takes it. */
export const describeConsumer = (eventTypes: readonly string[], ofOtherRegion: boolean): string => {
  const where = ofOtherRegion ? 'that originate in the other Region' : 'published in this Region';
  const description = `Handles events ${where}: ${eventTypes.join(', ')}`;
  return description.length <= descriptionLengthMax
    ? description
    : `${description.slice(0, descriptionLengthMax - 1)}…`;
};
