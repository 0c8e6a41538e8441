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
