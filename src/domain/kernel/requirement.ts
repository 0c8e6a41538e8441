import { InvariantViolation } from './fault.ts';

/**
 * Refuses a declaration that has a problem.
 *
 * @param what names the part of the declaration; the problem is the end of the sentence
 * @throws {InvariantViolation} that says both
 */
export const requireSound = (what: string, problem: string | false | undefined): void => {
  if (problem) throw new InvariantViolation(`${what} ${problem}`);
};
