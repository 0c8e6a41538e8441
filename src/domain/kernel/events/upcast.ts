import { InvariantViolation } from '../fault.ts';
import {
  abandon,
  type EventDeclaration,
  isThenable,
  quoted,
  type Upcast,
} from './event-declaration.ts';

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** Versions that the compiler counts. `declareEvents` checks the others when it runs. */
type Countable = Digit | `${Digit}${Digit}`;

type TupleOf<
  Length extends number,
  Counted extends readonly unknown[] = [],
> = Counted['length'] extends Length ? Counted : TupleOf<Length, [...Counted, unknown]>;

type ToNumber<Text> = Text extends `${infer Value extends number}` ? Value : never;

/** The whole numbers from 0 below a number, as a union. */
type Below<Limit extends number> = ToNumber<keyof TupleOf<Limit>>;

type Next<Version extends number> = [...TupleOf<Version>, unknown]['length'];

/** Each step returns the data that the next step takes; the last one those of the schema. */
type Step<Given, Version extends number, Newest extends number, Wire> =
  Next<Version> extends Newest
    ? (data: never) => Wire
    : Given extends { readonly [Later in Next<Version> & number]: (data: infer Data) => unknown }
      ? (data: never) => Data
      : Upcast;

type Chain<Given, Older extends number, Newest extends number, Wire> = [Older] extends [never]
  ? unknown
  : { readonly upcast: { readonly [Version in Older]: Step<Given, Version, Newest, Wire> } };

type OldestOf<Declared> = Declared extends { readonly oldestVersion: infer Oldest extends number }
  ? Oldest
  : 1;

/**
 * Requires an upcast from each version between the oldest that is read and the newest. The steps
 * must fit each other, and the last one must return data that the schema takes.
 */
export type RequiredUpcasts<
  Declared extends { readonly version: number; readonly upcast?: unknown },
  Wire,
> = [Declared] extends [never]
  ? unknown
  : `${Declared['version']}` extends Countable
    ? Chain<
        Declared['upcast'],
        Exclude<Below<Declared['version']>, 0 | Below<OldestOf<Declared>>>,
        Declared['version'],
        Wire
      >
    : unknown;

type ReadVersions = Pick<EventDeclaration, 'version' | 'oldestVersion' | 'upcast'>;

/** The oldest version that is read. */
export const oldestOf = ({ oldestVersion = 1 }: ReadVersions): number => oldestVersion;

const upcastsProblem = (declared: ReadVersions): string | undefined => {
  const { version, upcast = {} } = declared;
  const oldest = oldestOf(declared);
  if (!Number.isSafeInteger(oldest) || oldest < 1 || oldest > version) {
    return `has the oldestVersion ${oldest}: give a whole number from 1 to ${version}`;
  }
  for (let older = oldest; older < version; older += 1) {
    if (typeof upcast[older] === 'function') continue;
    const rest = `if no reader gets older events any more, set oldestVersion: ${older + 1}`;
    return `has no upcast from version ${older}: give upcast: { ${older}: … }, or, ${rest}`;
  }
  const needless = Object.keys(upcast).find((key) => {
    const from = Number(key);
    return !(from >= oldest && from < version);
  });
  if (needless === undefined) return undefined;
  return `has an upcast from ${needless}, and reads versions ${oldest} to ${version}: remove it`;
};

/**
 * Refuses a declaration that reads an older version without an upcast from it.
 *
 * @throws {InvariantViolation} that names the event, the version and the fix
 */
export const requireUpcasts = (events: Readonly<Record<string, EventDeclaration>>): void => {
  for (const [type, declared] of Object.entries(events)) {
    const problem = upcastsProblem(declared);
    if (problem !== undefined) throw new InvariantViolation(`Event ${quoted(type)} ${problem}`);
  }
};

/** An upcast has thrown, or has answered with a promise; `from` is its version. */
export class UpcastFailed extends Error {
  override readonly name = 'UpcastFailed';
  readonly from: number;

  constructor(from: number, options: { readonly cause: unknown }) {
    super(`The upcast from version ${from} has failed`, options);
    this.from = from;
  }
}

/**
 * Data in the newest version.
 *
 * @throws {UpcastFailed} when a step throws, or is asynchronous
 */
export const upcastData = (declared: ReadVersions, from: number, data: unknown): unknown => {
  // An upcast may change the object that it is given, and a dead letter has the event as it came.
  let current: unknown = JSON.parse(JSON.stringify(data));
  for (let version = from; version < declared.version; version += 1) {
    const step = declared.upcast?.[version] as ((given: unknown) => unknown) | undefined;
    try {
      current = step?.(current);
    } catch (error) {
      throw new UpcastFailed(version, { cause: error });
    }
    if (!isThenable(current)) continue;
    abandon(current);
    const cause = new TypeError('It returns a promise: make it synchronous');
    throw new UpcastFailed(version, { cause });
  }
  return current;
};
