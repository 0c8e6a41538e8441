/** A value of each round, in the order of the rounds. */
export type Series = readonly number[];

/**
 * A ratio whose rounds spread by more than this is unsteady: the machine had something else to do.
 */
export const ratioSpreadMax = 0.25;

/** The middle one; of an even number, the upper of the two. */
export const median = (values: Series): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The value at one end; of no values, no number, which meets no bar. */
export const worst = (values: Series, end: 'smallest' | 'largest'): number => {
  if (values.length === 0) return Number.NaN;
  return end === 'smallest' ? Math.min(...values) : Math.max(...values);
};

/**
 * How far the rounds lie apart, as a share of their median's size: a difference may be below zero.
 */
export const spreadOf = (values: Series): number =>
  (Math.max(...values) - Math.min(...values)) / Math.abs(median(values));

/** The ratios of the rounds, each of two measurements that were made one after the other. */
export const ratios = (numerators: Series, denominators: Series): Series =>
  numerators.map((numerator, round) => numerator / (denominators[round] ?? Number.NaN));

/** `median (min–max)`. */
export const range = (values: Series, digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

/** The same, marked when its rounds spread too far for the number to be relied on. */
export const ratioRange = (values: Series): string =>
  `${range(values, 2)}${spreadOf(values) > ratioSpreadMax ? ' [unsteady: spread over 25 %]' : ''}`;

/** Of sorted or unsorted values, the one that `share` of them do not exceed. */
export const percentile = (values: Series, share: number): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
};

/** Jain's index of fairness: 1 when all got the same, 1/n when one got everything. */
export const jainIndex = (shares: Series): number => {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? Number.NaN : (sum * sum) / (shares.length * squares);
};

/**
 * Measures every variant once per round; each round begins with another one, so that a change of
 * the machine's mood meets all of them.
 *
 * @returns a series per variant, by name
 */
export const interleave = async <Name extends string>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name, round: number) => Promise<number>,
): Promise<Readonly<Record<Name, Series>>> => {
  const series = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      series[name].push(await measure(name, round));
    }
  }
  return series;
};
