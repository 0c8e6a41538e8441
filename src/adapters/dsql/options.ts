import { InvariantViolation } from '../../domain/kernel/index.ts';

/** What is wrong with a value, as the end of a sentence that begins with its name; nothing when it is right. */
export type OptionRule = (value: unknown) => string | undefined;

/** The rules of some options; those that are `required` must be given. */
export type OptionRules = Readonly<
  Record<string, { readonly rule: OptionRule; readonly required?: true }>
>;

/** A word of which more than half differs is another word. */
const editsShareMax = 0.5;

/** How many letters must be put in, taken out or changed to make one word of the other (Levenshtein). */
const edits = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** The known word that was probably meant. */
const nearest = (word: string, known: readonly string[]): string | undefined => {
  const [best] = known
    .map((candidate) => {
      const distance = edits(word.toLowerCase(), candidate.toLowerCase());
      return { candidate, share: distance / Math.max(word.length, candidate.length) };
    })
    .sort((a, b) => a.share - b.share);
  return best && best.share <= editsShareMax ? best.candidate : undefined;
};

/**
 * Refuses options that are unknown, missing or wrong, with one line that names the option. Values are not quoted:
 * one of them may be a secret.
 *
 * @throws {InvariantViolation} for the first of them
 */
export const checkOptions = (where: string, given: unknown, rules: OptionRules): void => {
  const refuse = (problem: string): never => {
    throw new InvariantViolation(`${where}: ${problem}`);
  };
  if (typeof given !== 'object' || given === null) refuse('give an object of options');
  const options = given as Readonly<Record<string, unknown>>;
  const known = Object.keys(rules);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    refuse(
      `unknown option "${name}"; ${meant ? `did you mean "${meant}"?` : `known are ${known.join(', ')}`}`,
    );
  }
  for (const [name, { rule, required }] of Object.entries(rules)) {
    const value = options[name];
    if (value === undefined && !required) continue;
    const problem = rule(value);
    if (problem !== undefined) refuse(`"${name}" ${problem}`);
  }
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
