/** A value that JSON keeps unchanged. Everything that is stored or sent is such a value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * Significant digits up to which every decimal survives a double: `DBL_DIG` of C.
 *
 * A number whose text is lost may be rounded if its double needs more digits than these.
 */
export const exactDigitsMax = 15;

/** The smallest double of full precision, 2^-1022; below it a double keeps fewer digits. */
const normalDoubleMin = 2.2250738585072014e-308;

/** A number as RFC 8259 writes it; `String(number)` of a finite number is one too. */
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The digits of a decimal without leading and trailing zeros, and the power of ten behind them. */
const decimalOf = (text: string): { readonly digits: string; readonly exponent: number } => {
  const unsigned = text.startsWith('-') ? text.slice(1) : text;
  const [mantissa = '', power = '0'] = unsigned.split(/[eE]/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  // Loops, because a regular expression looks for trailing zeros in quadratic time.
  let start = 0;
  while (all[start] === '0') start += 1;
  let end = all.length;
  while (end > start && all[end - 1] === '0') end -= 1;
  const digits = all.slice(start, end);
  if (digits === '') return { digits: '0', exponent: 0 };
  return { digits, exponent: Number(power) - fraction.length + (all.length - end) };
};

/**
 * Whether JavaScript reads the text of a JSON number exactly: the double that it becomes prints as
 * the same decimal.
 *
 * `0.1`, `1e2`, `0.1000000000000000` and `9007199254740992` are exact. `9007199254740993`, `1e400`,
 * `1e-400` and `0.1000000000000000055` are not. A text that is no JSON number is not exact either.
 */
export const isExactNumber = (text: string): boolean => {
  if (!numberPattern.test(text)) return false;
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  const written = decimalOf(text);
  const kept = decimalOf(String(value));
  return written.digits === kept.digits && written.exponent === kept.exponent;
};

/**
 * Whether a number whose text is lost can only be the decimal that was written, if that had at most
 * `exactDigitsMax` digits. Another parser has read it, so a longer decimal may have been rounded
 * unseen.
 */
export const isSurelyExact = (value: number): boolean =>
  Number.isFinite(value) &&
  (value === 0 || Math.abs(value) >= normalDoubleMin) &&
  decimalOf(String(value)).digits.length <= exactDigitsMax;
