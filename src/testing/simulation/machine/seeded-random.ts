/** Randomness that a seed fixes: the same seed gives the same numbers on every machine. */
export interface SeededRandom {
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly next: () => number;
  /** From `from` (inclusive) to `to` (exclusive). */
  readonly between: (from: number, to: number) => number;
  /** From the first number (inclusive) to the second (exclusive). */
  readonly within: (range: readonly [from: number, to: number]) => number;
  /** A whole number from 0, less than `limit`. */
  readonly below: (limit: number) => number;
  /** True with this probability, 0 to 1. */
  readonly chance: (probability: number) => boolean;
  /** @throws {RangeError} for an empty list */
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** In the form of a UUID of version 4. */
  readonly uuid: () => string;
}

/** The two hexadecimal digits of each byte. */
const digitsOf: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** Four hexadecimal digits: the lower 16 bits. */
const hexOfHalf = (value: number): string =>
  `${digitsOf[(value >>> 8) & 0xff]}${digitsOf[value & 0xff]}`;

/** Eight hexadecimal digits. */
const hex = (value: number): string => hexOfHalf(value >>> 16) + hexOfHalf(value);

/** FNV-1a, 32 bits: spreads short names well. */
export const hashText = (text: string, from = 0x811c9dc5): number => {
  let hash = from;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
};

/** Rounds after which the state of the generator depends on every bit of the seed. */
const warmUpRounds = 12;

/**
 * One stream of a seed. Each concern has a stream of its own, so that one fault more or less
 * changes the draws of no other concern.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand): 32-bit operations only.
 */
export const seededRandom = (seed: number, stream: string): SeededRandom => {
  let a = seed >>> 0;
  let b = hashText(stream);
  let c = Math.floor(seed / 2 ** 32) >>> 0;
  let counter = 1;

  const draw = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < warmUpRounds; round += 1) draw();

  const next = (): number => draw() / 2 ** 32;
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (from, to) => from + next() * (to - from),
    within: ([from, to]) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick: (items) => {
      const index = below(items.length);
      if (index >= items.length) throw new RangeError('There is nothing to pick from');
      return items[index] as (typeof items)[number];
    },
    uuid: () => {
      const [one, two, three, four] = [draw(), draw(), draw(), draw()];
      const version = (two & 0x0fff) | 0x4000;
      const variant = ((three >>> 16) & 0x3fff) | 0x8000;
      return `${hex(one)}-${hexOfHalf(two >>> 16)}-${hexOfHalf(version)}-${hexOfHalf(variant)}-${hexOfHalf(three)}${hex(four)}`;
    },
  };
};
