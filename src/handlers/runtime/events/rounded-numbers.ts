/**
 * Digits of a decimal number that every double keeps (IEEE 754, binary64). With more, its text may
 * have been another one.
 */
const digitsMax = 15;

/** The digits of a number, without zeros in front, point and exponent. */
const digitsOf = (value: number): number => {
  const [mantissa = ''] = String(value).split('e');
  return mantissa.replace('-', '').replace('.', '').replace(/^0+/, '').length;
};

/** An integer is exact up to 2^53. Infinity stands for a number that is larger than any double. */
const mayBeRounded = (value: number): boolean => {
  if (Number.isSafeInteger(value)) return Object.is(value, -0);
  return Number.isInteger(value) || !Number.isFinite(value) || digitsOf(value) > digitsMax;
};

/**
 * Whether a value of `JSON.parse` holds a number that the parser may have rounded, such as
 * 9007199254740993: its text can then not be written again.
 */
export const holdsRoundedNumber = (value: unknown): boolean => {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === 'number' && mayBeRounded(one)) return true;
    if (typeof one !== 'object' || one === null) continue;
    for (const member of Object.values(one)) open.push(member);
  }
  return false;
};
