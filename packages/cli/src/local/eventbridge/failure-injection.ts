/** A source of numbers in [0, 1) that repeats from its seed. */
export type Random = () => number;

/** A small generator with good distribution (mulberry32); equal seeds give equal sequences. */
export const createRandom = (seed: number): Random => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const folded = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((folded ^ (folded >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Injected failures of delivery that EventBridge's guarantees allow: duplicates and disorder. */
export interface InjectedDeliveryFailures {
  /** The copies to make of the next delivery, each as its delay in milliseconds of AWS time. */
  readonly copies: () => readonly number[];
}

/** Delivers each event once and without delay. */
export const noInjectedFailures: InjectedDeliveryFailures = { copies: () => [0] };

/**
 * Duplicates and delays deliveries at random.
 *
 * @example
 * seededFailures({ seed: 7, duplicateShare: 0.2, delayMsMax: 5_000 });
 */
export const seededFailures = (options: {
  readonly seed: number;
  /** The share of deliveries that are duplicated, from 0 to 1. */
  readonly duplicateShare?: number;
  readonly delayMsMax?: number;
}): InjectedDeliveryFailures => {
  const random = createRandom(options.seed);
  const delay = (): number => Math.floor(random() * (options.delayMsMax ?? 0));
  return {
    copies: () => (random() < (options.duplicateShare ?? 0) ? [delay(), delay()] : [delay()]),
  };
};
