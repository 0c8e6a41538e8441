import { describe, it } from 'vitest';
import type { Suite } from '../../src/testing/index.ts';

export type { Suite } from '../../src/testing/index.ts';

type Body = () => unknown;

/** Takes the cases of a suite while its function runs. */
export type Cases = {
  readonly describe: (name: string, body: () => void) => void;
  readonly beforeEach: (prepare: Body) => void;
  readonly it: (name: string, run: Body) => void;
};

/** The cases of a suite that share their preparations. */
export const collectCases = (register: (cases: Cases) => void): Suite => {
  const cases: Suite[number][] = [];
  let preparations: readonly Body[] = [];
  register({
    describe: (_, body) => {
      const outer = preparations;
      body();
      preparations = outer;
    },
    beforeEach: (prepare) => {
      preparations = [...preparations, prepare];
    },
    it: (name, body) => {
      const before = preparations;
      const run = async (): Promise<void> => {
        for (const prepare of before) await prepare();
        await body();
      };
      cases.push({ name, run });
    },
  });
  return cases;
};

/** Has Vitest run the cases of a suite. */
export const describeSuite = (title: string, suite: Suite): void => {
  describe(title, () => {
    for (const { name, run } of suite) it(name, run);
  });
};

/**
 * The named cases of a suite, which `npm test` runs over one more variant of an implementation; a
 * proof runs all of them over it.
 *
 * @throws {Error} for a name that the suite has not
 */
export const casesNamed = (suite: Suite, names: readonly string[]): Suite =>
  names.map((name) => {
    const found = suite.find((one) => one.name === name);
    if (!found) throw new Error(`the suite has no case "${name}"`);
    return found;
  });

/** An implementation of a port that a contract suite must refuse. */
export type Wrong<Subject> = {
  /** The fault, such as "purges rows that a replay still needs". */
  readonly fault: string;
  /** The case of the suite that notices it. */
  readonly caughtBy: string;
  /** The subject with the fault, made of a right one. */
  readonly apply: (right: Subject) => Subject;
};

/**
 * Registers a test for each wrong implementation: the named case of the suite has to fail over it.
 *
 * @param contract the suite over a subject
 * @param createSubject makes a right subject
 */
export const refusesWrong = <Subject>(
  name: string,
  wrongs: readonly Wrong<Subject>[],
  contract: (createSubject: () => Promise<Subject>) => Suite,
  createSubject: () => Promise<Subject>,
): void => {
  describe(`the contract refuses what ${name}`, () => {
    for (const { fault, caughtBy, apply } of wrongs) {
      it(fault, async ({ expect }) => {
        // Not in the case: a right subject that cannot be made is no fault that was noticed.
        const right = await createSubject();
        const suite = contract(async () => apply(right));
        const named = suite.filter((one) => one.name === caughtBy);
        expect(named.map((one) => one.name)).toEqual([caughtBy]);
        const failure = await named[0]?.run().catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(Error);
        // The fault has to be noticed; a fault that is itself broken is not one.
        expect(failure).not.toBeInstanceOf(TypeError);
        expect(failure).not.toBeInstanceOf(ReferenceError);
      });
    }
  });
};
