/** Choices that depend on a seed alone. */
export interface Random {
  /** From 0 up to 1, without 1. */
  readonly fraction: () => number;
  /** A whole number from `min` to `max`. */
  readonly whole: (min: number, max: number) => number;
  readonly happens: (rate: number) => boolean;
  readonly pick: <T>(choices: readonly T[]) => T;
}

/** Mulberry32: 32 bits of state are enough for some thousand choices. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (min: number, max: number): number =>
    min + Math.floor(fraction() * (max - min + 1));
  return {
    fraction,
    whole,
    happens: (rate) => fraction() < rate,
    pick: (choices) => {
      const chosen = choices[whole(0, choices.length - 1)];
      if (chosen === undefined) throw new Error('There is nothing to choose from');
      return chosen;
    },
  };
};
