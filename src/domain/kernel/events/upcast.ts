import { InvalidInput, InvariantViolation } from '../fault.ts';
import type { EventEnvelope } from './event.ts';
import {
  abandon,
  asynchronous,
  type EventDeclaration,
  isThenable,
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

/**
 * The data of an event in its newest version.
 *
 * @throws {InvalidInput} when an upcast throws
 * @throws {InvariantViolation} when an upcast answers with a promise
 */
export const newestData = (
  { version, upcast }: Pick<EventDeclaration, 'version' | 'upcast'>,
  { type, schemaversion, data }: EventEnvelope,
): unknown => {
  if (schemaversion === version) return data;
  let from = schemaversion;
  let current: unknown;
  try {
    // An upcast may change the object that it is given, and a dead letter has the event as it came.
    current = JSON.parse(JSON.stringify(data));
    for (; from < version; from += 1) {
      current = upcast?.[from]?.(current as never);
      if (isThenable(current)) break;
    }
  } catch (cause) {
    // The error of an upcast may quote data, and the message ends up in a log.
    throw new InvalidInput(`The upcast of event ${type} from ${from} has failed`, { cause });
  }
  if (!isThenable(current)) return current;
  abandon(current);
  throw new InvariantViolation(`The upcast of event ${type} from ${from} ${asynchronous}`);
};
