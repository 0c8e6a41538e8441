/** A mutant that no test can notice, because the program does the same with it. */
export type Equivalent = {
  readonly file: string;
  /** The mutated part of the source, without surrounding white space. */
  readonly original: string;
  readonly replacement: string;
  readonly reason: string;
};

export const equivalents: readonly Equivalent[] = [];
