import { InvariantViolation } from '../fault.ts';
import { requireSound } from '../requirement.ts';
import type { Schema, SchemaResult } from '../standard-schema.ts';
import { isVersion, mustBeVersion } from './envelope-check.ts';

/** The Regions whose buses an event reaches. */
export type EventScope = 'origin-region' | 'all-regions';

/** A JSON Schema that is an object. */
export type JsonSchemaObject = { readonly [keyword: string]: unknown };

/**
 * Makes the data of one version into the data of the next one. It gets a copy of the data as they
 * were published, which nobody has checked.
 */
export type Upcast = (data: never) => unknown;

/**
 * The declaration of one type of event. `Wire` is its data as JSON; `Data` is the data that the
 * schema returns.
 */
export type EventDeclaration<Data = unknown, Wire = unknown> = {
  /** The newest version of `data`, which decisions emit and consumers get. */
  readonly version: number;
  /** It must be synchronous, since it checks an event before COMMIT, where nothing may wait. */
  readonly schema: Schema<Data, Wire>;
  /**
   * The upcast from each older version to the next one, by the older version. The archive, the
   * outbox and the dead letters may hold events that were committed before the version changed.
   */
  readonly upcast?: { readonly [version: number]: Upcast };
  /** The oldest version that readers still take; 1 unless given. */
  readonly oldestVersion?: number;
  /** For people who read the documents of the service: one or two sentences. */
  readonly description?: string;
  /**
   * The JSON Schema (draft 7) of the data as they are published, for the documents and the check of
   * changes. It is needed where `schema` is not Valibot's and has no `~standard.jsonSchema`. A
   * function may load it, so that no function of the service carries it.
   */
  readonly jsonSchema?: JsonSchemaObject | (() => JsonSchemaObject | Promise<JsonSchemaObject>);
  /**
   * The Regions that hear of the event. With `all-regions` it is copied to the bus of the other
   * Region too. Unless given, only the Region of origin hears of it.
   */
  readonly scope?: EventScope;
};

/** `Source` of PutEvents, in characters. */
const sourceLengthMax = 256;

/** `DetailType` of PutEvents, in characters. */
const typeLengthMax = 128;

/** A name as a message quotes it. A name that is too long for EventBridge is cut. */
export const quoted = (name: unknown): string => {
  const text = typeof name === 'string' ? name : `of type ${typeof name}`;
  return text.length > typeLengthMax ? `${text.slice(0, typeLengthMax)}…` : text;
};

const nameProblem = (name: unknown, lengthMax: number): string | undefined => {
  if (typeof name !== 'string') return 'must be a text';
  if (name === '') return 'is empty: give it a name';
  if (!name.isWellFormed()) return 'is not well-formed Unicode';
  if (name.length <= lengthMax) return undefined;
  return `has ${name.length} characters: EventBridge takes ${lengthMax}`;
};

/** Whether a value is a promise, or is awaited like one. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  'then' in value &&
  typeof value.then === 'function';

/** A promise that nobody awaits must not end the process when it fails. */
export const abandon = (promise: PromiseLike<unknown>): void => {
  promise.then(undefined, () => undefined);
};

/** The problem of a schema or an upcast that answers with a promise. */
export const asynchronous = 'is asynchronous: use a synchronous one';

/**
 * Most asynchronous schemas answer any input with a promise. The others are found at the first
 * event that they check so.
 */
const schemaProblem = (schema: Schema<unknown> | undefined): string | undefined => {
  const standard: Partial<Schema<unknown>['~standard']> | undefined = schema?.['~standard'];
  if (standard?.version !== 1 || typeof standard.validate !== 'function') {
    return 'is no Standard Schema 1: use Valibot, Zod or ArkType';
  }
  try {
    const answer = standard.validate(undefined);
    if (!isThenable(answer)) return undefined;
    abandon(answer);
    return asynchronous;
  } catch {
    return undefined; // Standard Schema lets no validator throw. `validated` tells of it at the first event.
  }
};

const sourceProblem = (source: string): string | undefined =>
  nameProblem(source, sourceLengthMax) ??
  (source.startsWith('aws.') ? 'begins with "aws.", which EventBridge keeps for AWS' : undefined);

/** @throws {InvariantViolation} when EventBridge would take no event of this source */
export const requireSource = (source: string): void =>
  requireSound(`Event source ${quoted(source)}`, sourceProblem(source));

/** @throws {InvariantViolation} when EventBridge would take no event of this type */
export const requireType = (type: string): void =>
  requireSound(`Event type ${quoted(type)}`, nameProblem(type, typeLengthMax));

/**
 * Refuses a declaration whose events no bus or no reader would take.
 *
 * @throws {InvariantViolation} that names the source, the type or the version, and the fix. An
 * older version without an upcast is refused too
 */
export const requireDeclarable = (
  source: string,
  events: Readonly<Record<string, EventDeclaration>>,
): void => {
  requireSource(source);
  for (const [type, { version, schema, oldestVersion = 1, upcast }] of Object.entries(events)) {
    requireType(type);
    const event = `event ${quoted(type)}`;
    requireSound(`Version of ${event}`, isVersion(version) ? undefined : mustBeVersion);
    requireSound(`Schema of ${event}`, schemaProblem(schema));
    // An `oldestVersion` that is no version, or newer than the newest, ends where no upcast is.
    for (let from = oldestVersion; from !== version; from += 1) {
      if (typeof upcast?.[from] === 'function') continue;
      const problem = `has no upcast to ${version}: give it, or set oldestVersion`;
      requireSound(`Version ${from} of ${event}`, problem);
    }
  }
};

/**
 * A schema's answer to data.
 *
 * @throws {InvariantViolation} when it answers with a promise, or throws
 */
export const validate = (
  type: string,
  schema: Schema<unknown>,
  data: unknown,
): SchemaResult<unknown> => {
  let answer: ReturnType<Schema<unknown>['~standard']['validate']>;
  try {
    answer = schema['~standard'].validate(data);
  } catch (error) {
    throw new InvariantViolation(`Schema of event ${type} has thrown an error`, { cause: error });
  }
  if (!isThenable(answer)) return answer;
  abandon(answer);
  throw new InvariantViolation(`Schema of event ${type} ${asynchronous}`);
};
