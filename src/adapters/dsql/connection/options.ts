import { InvariantViolation } from '../../../domain/kernel/index.ts';
import { nearestName } from '../../../domain/kernel/nearest-name.ts';

/** What is wrong with a value, as the end of a sentence that begins with its name; nothing when it is right. */
export type OptionRule = (value: unknown) => string | undefined;

/** The rules of some options; those that are `required` must be given. */
export type OptionRules = Readonly<
  Record<string, { readonly rule: OptionRule; readonly required?: true }>
>;

/** A word of which more than half differs is another word. */
const editsShareMax = 0.5;

/** What to say of an option that nobody knows. */
const unknown = (name: string, known: readonly string[]): string => {
  const meant = nearestName(name, known, editsShareMax);
  return `unknown option "${name}"; ${meant ? `did you mean "${meant}"?` : `known are ${known.join(', ')}`}`;
};

/** What is wrong with the first option that is; allocates nothing while all are right. */
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
 * Refuses options that are unknown, missing or wrong, with one line that names the option. Values are not quoted:
 * one of them may be a secret. It is cheap enough for options of a single call.
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

/** A text of a form, or any text that is not empty. */
export const textLike =
  (example: string, pattern = /./): OptionRule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `must be ${example}`;

/** A value of one of some types, as `typeof` names them. */
export const ofType =
  (what: string, ...types: readonly string[]): OptionRule =>
  (value) =>
    value !== null && types.includes(typeof value) ? undefined : `must be ${what}`;

/** An object with some methods, whoever has made it. */
export const withMethods =
  (what: string, ...names: readonly string[]): OptionRule =>
  (value) => {
    const object = (value ?? {}) as Readonly<Record<string, unknown>>;
    for (const name of names) if (typeof object[name] !== 'function') return `must be ${what}`;
    return undefined;
  };

/** A time; one that never comes is one, too. */
export const instant: OptionRule = (value) =>
  typeof value === 'number' && !Number.isNaN(value)
    ? undefined
    : 'must be milliseconds since the epoch';
