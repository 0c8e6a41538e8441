import { InvalidInput, Unavailable } from '../../../domain/kernel/index.ts';
import type { Statement } from './statement.ts';

/**
 * Rows that a transaction may change, from DSQL's quotas like the limits below.
 *
 * A client cannot know the whole size of a transaction: indexes, cascades, rows that an UPDATE
 * finds. The adapter counts the least that it can be, so it refuses nothing that DSQL would accept.
 * DSQL refuses the rest, and the caller gets `InvalidInput` in both cases.
 */
export const transactionRowsMax = 3_000;
/** Bytes of all rows that a transaction changes. */
export const transactionBytesMax = 10 * 2 ** 20;
/** Bytes of one statement's text, or of its parameters. */
export const messageBytesMax = 10 * 2 ** 20;
/** Bytes of a column's value. */
export const valueBytesMax = 2 ** 20;
/** Bytes of a row. */
export const rowBytesMax = 2 * 2 ** 20;
/** From BEGIN to the end of COMMIT. Milliseconds. */
export const transactionAgeMsMax = 300_000;

/** Time that the last flight of a transaction has to arrive before the age limit. Milliseconds. */
const ageMsReserve = 5_000;

/**
 * A shorter text counts by its UTF-16 units: counting its bytes would cost more than it is worth.
 */
const countedUnitsMin = 256;

/** Bytes that a value has at least. Numbers and dates count as 0, since they have few. */
export const valueBytesMin = (value: unknown): number => {
  if (typeof value === 'string') {
    return value.length < countedUnitsMin ? value.length : Buffer.byteLength(value);
  }
  return value instanceof Uint8Array ? value.byteLength : 0;
};

const sumOf = <T>(values: readonly T[], bytesOf: (value: T) => number): number => {
  let sum = 0;
  for (const value of values) sum += bytesOf(value);
  return sum;
};

const sentBytes = (value: unknown): number =>
  Array.isArray(value) ? sumOf(value, valueBytesMin) : valueBytesMin(value);

/**
 * Refuses a statement that DSQL would not read.
 *
 * @throws {InvalidInput} when its text or its parameters exceed a protocol message
 */
export const refuseLongMessage = ({ sql, parameters }: Statement): void => {
  const bytes = Math.max(valueBytesMin(sql), sumOf(parameters, sentBytes));
  if (bytes > messageBytesMax) {
    throw new InvalidInput(
      `A statement of at least ${bytes} bytes exceeds DSQL's ${messageBytesMax} for a message: send its rows in several transactions`,
    );
  }
};

/** Statements that store their parameters. Others search for them, perhaps for a long list. */
const keepsParameters = /^\s*(?:INSERT|UPDATE)\b/i;

/** Bytes that a statement adds to what its transaction writes, at least. */
export const writtenBytesMin = ({ sql, parameters }: Statement): number =>
  keepsParameters.test(sql) ? sumOf(parameters, valueBytesMin) : 0;

/**
 * @throws {InvalidInput} when a transaction, with what is queued, is over a limit of DSQL's for
 * certain
 */
export const refuseOversized = (rowsMin: number, bytesMin: number): void => {
  if (rowsMin > transactionRowsMax) {
    throw new InvalidInput(
      `A transaction that changes at least ${rowsMin} rows exceeds DSQL's ${transactionRowsMax}: divide it into several`,
    );
  }
  if (bytesMin > transactionBytesMax) {
    throw new InvalidInput(
      `A transaction that writes at least ${bytesMin} bytes exceeds DSQL's ${transactionBytesMax}: divide it into several`,
    );
  }
};

/**
 * @throws {Unavailable} when the server would refuse the transaction for its age: the next attempt
 * starts young
 */
export const refuseOld = (ageMs: number): void => {
  if (ageMs <= transactionAgeMsMax - ageMsReserve) return;
  throw new Unavailable(
    `A transaction of ${Math.floor(ageMs / 1_000)} s is about to exceed DSQL's ${transactionAgeMsMax / 1_000} s: do slow work before it begins`,
  );
};
