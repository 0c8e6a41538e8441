import { InvariantViolation } from '../../../domain/kernel/index.ts';

/** Rows that one transaction of DSQL may change. */
const transactionRowsMax = 3_000;

/**
 * A number of rows for a statement's text. A parameter would hide the small number from the
 * planner, which could then sort a whole backlog.
 *
 * @throws {InvariantViolation} for anything but 1 … 3,000
 */
export const rowLimit = (rowsMax: number): string => {
  if (Number.isInteger(rowsMax) && rowsMax >= 1 && rowsMax <= transactionRowsMax) {
    return String(rowsMax);
  }
  throw new InvariantViolation(`Ask for 1 to ${transactionRowsMax} rows, not for ${rowsMax}`);
};

/** A number of parameters in sequence: `$first, …`. */
export const parameterList = (first: number, count: number): string =>
  Array.from({ length: count }, (_, index) => `$${first + index}`).join(', ');

/**
 * The sizes of the pieces in which rows are sent: powers of two up to `largest`. So few texts of
 * statements exist, and each can be prepared.
 *
 * @example
 * pieceSizes(7, 64); // [4, 2, 1]
 */
export const pieceSizes = (count: number, largest: number): readonly number[] => {
  const sizes: number[] = [];
  for (let left = count; left > 0; left -= sizes.at(-1) ?? left) {
    sizes.push(Math.min(largest, 2 ** Math.floor(Math.log2(left))));
  }
  return sizes;
};

/**
 * Fills a list up to the next power of two with its last element, so that few texts of statements
 * exist. Repeating an element does not change the meaning of a list of alternatives.
 */
export const padded = <Value>(values: readonly Value[]): readonly Value[] => {
  const size = values.length === 0 ? 0 : 2 ** Math.ceil(Math.log2(values.length));
  return Array.from(
    { length: size },
    (_, index) => values[Math.min(index, values.length - 1)] as Value,
  );
};

/** Remembers the text of each size. */
export const textBySize = (build: (size: number) => string): ((size: number) => string) => {
  const texts = new Map<number, string>();
  return (size) => {
    const known = texts.get(size);
    if (known !== undefined) return known;
    const text = build(size);
    texts.set(size, text);
    return text;
  };
};
