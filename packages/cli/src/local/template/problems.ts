/** What is wrong with an app or its template, one line each, for the person who wrote it. */
export class TemplateProblems extends Error {
  override readonly name = 'TemplateProblems';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}

/** @throws {TemplateProblems} unless the list is empty. */
export const refuseProblems = (problems: readonly string[]): void => {
  if (problems.length > 0) throw new TemplateProblems(problems);
};

/** The problems for which something is refused. */
export const problemsIn = (run: () => unknown): readonly string[] => {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof TemplateProblems) return error.problems;
    throw error;
  }
};

/** Runs something, and says of which place an error is. */
export const located = <T>(place: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateProblems) throw error;
    throw new TemplateProblems([`${place}: ${(error as Error).message}`], { cause: error });
  }
};
