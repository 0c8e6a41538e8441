/** How many mutants go by between two lines of progress. */
const stride = 20;

type TestedMutant = {
  readonly fileName: string;
  readonly location: { readonly start: { readonly line: number } };
  readonly replacement?: string;
  readonly status: string;
};
type Plan = { readonly mutantPlans: readonly unknown[] };

/**
 * A reporter of StrykerJS: prints each survivor when it is found, so that a long run can be used
 * before its end.
 */
export class Progress {
  #mutants = 0;
  #tried = 0;
  #survivors = 0;
  #timedOut = 0;

  onMutationTestingPlanReady({ mutantPlans }: Plan): void {
    this.#mutants = mutantPlans.length;
  }

  onMutantTested({ fileName, location, replacement, status }: TestedMutant): void {
    this.#tried += 1;
    if (['Survived', 'NoCoverage'].includes(status)) {
      this.#survivors += 1;
      const short = `${replacement}`.replace(/\s+/g, ' ').slice(0, 100);
      console.log(`unnoticed  ${fileName}:${location.start.line}  ${short}`);
    }
    if (status === 'Timeout') {
      this.#timedOut += 1;
      console.log(`timed out  ${fileName}:${location.start.line}`);
    }
    if (this.#tried % stride === 0 || this.#tried === this.#mutants) {
      const counts = `${this.#survivors} unnoticed, ${this.#timedOut} timed out`;
      console.log(`${this.#tried} of ${this.#mutants} tried, ${counts}`);
    }
  }
}
