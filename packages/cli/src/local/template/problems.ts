/** The problems of an app or its template, one line each, for the person who wrote it. */
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

/** The problems that a call throws; none when it succeeds. */
export const problemsIn = (run: () => unknown): readonly string[] => {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof TemplateProblems) return error.problems;
    throw error;
  }
};

/** Runs a function, and names the place in the error that it throws. */
export const located = <T>(place: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateProblems) throw error;
    throw new TemplateProblems([`${place}: ${(error as Error).message}`], { cause: error });
  }
};
