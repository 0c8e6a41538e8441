import { InvariantViolation } from '../../../domain/kernel/index.ts';
import { nearestName } from '../../../domain/kernel/nearest-name.ts';

/**
 * Checks a value: returns the end of a sentence that begins with its name, or undefined if it is
 * right.
 */
export type OptionRule = (value: unknown) => string | undefined;

/** The rules of some options; those that are `required` must be given. */
export type OptionRules = Readonly<
  Record<string, { readonly rule: OptionRule; readonly required?: true }>
>;

/** The share of letters in which two names may differ for one to be a misspelling. */
const editsShareMax = 0.5;

/** The message about an unknown option. */
const unknown = (name: string, known: readonly string[]): string => {
  const meant = nearestName(name, known, editsShareMax);
  return `unknown option "${name}"; ${meant ? `did you mean "${meant}"?` : `known are ${known.join(', ')}`}`;
};

/** The problem of the first wrong option. Allocates nothing where all are right. */
const problemOf = (
  options: Readonly<Record<string, unknown>>,
  rules: OptionRules,
): string | undefined => {
  for (const name in options) {
    if (!Object.hasOwn(rules, name)) return unknown(name, Object.keys(rules));
  }
  for (const name in rules) {
    const { rule, required } = rules[name] as OptionRules[string];
    const value = options[name];
    const problem = value === undefined && !required ? undefined : rule(value);
    if (problem !== undefined) return `"${name}" ${problem}`;
  }
  return undefined;
};

/**
 * Refuses options that are unknown, missing or wrong by a message that names the option. The
 * message quotes no value, since it may be a secret. The check is cheap enough for the options of a
 * single call.
 *
 * @throws {InvariantViolation} for the first of them
 */
export const checkOptions = (where: string, given: unknown, rules: OptionRules): void => {
  const problem =
    typeof given === 'object' && given !== null
      ? problemOf(given as Readonly<Record<string, unknown>>, rules)
      : 'give an object of options';
  if (problem !== undefined) throw new InvariantViolation(`${where}: ${problem}`);
};

/** A whole number within bounds, both included. */
export const wholeNumber =
  (min: number, max: number, unit: string): OptionRule =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `must be a whole number of ${unit} from ${min} to ${max}`;

/** A text that matches a pattern; without one, any text that is not empty. */
export const textLike =
  (example: string, pattern = /./): OptionRule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `must be ${example}`;

/** A value of one of the types, which are named as by `typeof`. */
export const ofType =
  (what: string, ...types: readonly string[]): OptionRule =>
  (value) =>
    value !== null && types.includes(typeof value) ? undefined : `must be ${what}`;

/** An object that has these methods. */
export const withMethods =
  (what: string, ...names: readonly string[]): OptionRule =>
  (value) => {
    const object = (value ?? {}) as Readonly<Record<string, unknown>>;
    for (const name of names) if (typeof object[name] !== 'function') return `must be ${what}`;
    return undefined;
  };

/** A time in milliseconds since the epoch; `Infinity` is allowed. */
export const instant: OptionRule = (value) =>
  typeof value === 'number' && !Number.isNaN(value)
    ? undefined
    : 'must be milliseconds since the epoch';
