/** Items of which one in so many comes twice. */
const twiceIn = 3;

/** Numbers from 0 to 1, the same ones for the same seed: the generator "mulberry32". */
const createNumbers = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Puts items into a random order, a third of them twice: the same ones for the same seed. */
export const createShuffle = (
  seed: number,
): (<Item>(items: readonly Item[]) => readonly Item[]) => {
  const next = createNumbers(seed);
  return (items) =>
    items
      .flatMap((item) => (next() < 1 / twiceIn ? [item, item] : [item]))
      .map((item) => ({ item, place: next() }))
      .toSorted((one, other) => one.place - other.place)
      .map(({ item }) => item);
};
