type Decimal = { readonly digits: string; readonly exponent: number };

const decimalForm = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;
const smallInteger = /^-?\d{1,15}$/;

/**
 * Without the zeros at its end; a regular expression would look at each run of zeros again and
 * again.
 */
const withoutTrailingZeros = (digits: string): string => {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
};

/** The digits without zeros at either end, and the power of ten of the last one. */
const decimal = (text: string): Decimal | undefined => {
  const [, whole, fraction = '', exponent = '0'] = decimalForm.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = withoutTrailingZeros(significant);
  if (digits === '') return { digits, exponent: 0 };
  return {
    digits,
    exponent: Number(exponent) - fraction.length + significant.length - digits.length,
  };
};

/**
 * The number that a JSON number text stands for, when a double holds it exactly as its shortest
 * decimal; otherwise undefined, and EventBridge compares the text instead (Event Ruler,
 * `ComparableNumber`).
 */
export const comparableNumber = (text: string): number | undefined => {
  const value = Number(text) + 0;
  if (smallInteger.test(text)) return value;
  const shortest = decimal(String(value));
  const written = decimal(text);
  return shortest?.digits === written?.digits && shortest?.exponent === written?.exponent
    ? value
    : undefined;
};
