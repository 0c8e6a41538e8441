/** Wall clock time and waiting. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, and never rejects. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Uniform randomness: a number from 0 (inclusive) to 1 (exclusive). */
export interface Random {
  /** The next number. */
  readonly next: () => number;
}

/** Names that nobody has used before. */
export interface Ids {
  /** A random UUID (version 4): time-ordered ones would make a hot key range on DSQL. */
  readonly uuid: () => string;
}
