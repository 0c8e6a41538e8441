import { isDeepStrictEqual } from 'node:util';

/** One answer of AWS, and the question that the local stack is asked in its place. */
export type ConformanceCase<Subject> = {
  /** A sentence that states the rule. */
  readonly title: string;
  /**
   * Address of the page of AWS or of a standard that states it, or `recorded` for an answer that
   * AWS once gave.
   */
  readonly source: string;
  /** The part of AWS's answer that the source gives. */
  readonly expected: unknown;
  /** Asks the local stack; only the part of the answer that the source gives. */
  readonly ask: (subject: Subject) => unknown;
};

export type Difference = {
  readonly title: string;
  readonly source: string;
  readonly expected: unknown;
  readonly actual: unknown;
};

export type GroupResult = {
  /** Cases that were asked. */
  readonly cases: number;
  /** The cases whose answers differ, in order. */
  readonly differences: readonly Difference[];
};

/** Cases about one service. */
export interface ConformanceGroup {
  readonly name: string;
  /** Starts the service, asks every case in order, and ends the service. */
  readonly run: () => Promise<GroupResult>;
}

const answerOf = async <Subject>(
  { ask }: ConformanceCase<Subject>,
  subject: Subject,
): Promise<unknown> => {
  try {
    return await ask(subject);
  } catch (error) {
    return `thrown: ${error}`;
  }
};

/**
 * A group of cases that ask one subject, such as a bus behind a port.
 *
 * @param definition `start` gives the subject that all cases share; `stop` of the subject ends it.
 * @throws {Error} for a group without a case, or two cases with one title.
 */
export const conformanceGroup = <Subject extends { readonly stop: () => Promise<void> }>(
  definition: Readonly<{
    name: string;
    start: () => Promise<Subject>;
    cases: readonly ConformanceCase<Subject>[];
  }>,
): ConformanceGroup => {
  const { name, start, cases } = definition;
  const titles = new Set(cases.map(({ title }) => title));
  if (cases.length === 0) throw new Error(`the group ${name} has no case`);
  if (titles.size < cases.length) throw new Error(`the group ${name} has two cases of one title`);
  return {
    name,
    run: async () => {
      const subject = await start();
      try {
        const differences: Difference[] = [];
        for (const one of cases) {
          const actual = await answerOf(one, subject);
          const { title, source, expected } = one;
          if (!isDeepStrictEqual(actual, expected)) {
            differences.push({ title, source, expected, actual });
          }
        }
        return { cases: cases.length, differences };
      } finally {
        await subject.stop();
      }
    },
  };
};
