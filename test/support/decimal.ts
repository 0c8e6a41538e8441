/** A decimal number as `mantissa × 10^exponent`. For tests, independent of the code under test. */
type Decimal = { readonly mantissa: bigint; readonly exponent: bigint };

const read = (text: string): Decimal => {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) throw new Error(`not a decimal: ${text}`);
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  const exponent = BigInt(power.replace('+', '')) - BigInt(fraction.length);
  return { mantissa: BigInt(`${sign}${whole}${fraction}`), exponent };
};

/** Whether two decimal numbers are equal, by exact arithmetic. */
export const sameDecimal = (left: string, right: string): boolean => {
  const [one, other] = [read(left), read(right)];
  if (one.mantissa === 0n || other.mantissa === 0n) return one.mantissa === other.mantissa;
  const lowest = one.exponent < other.exponent ? one.exponent : other.exponent;
  const scaled = ({ mantissa, exponent }: Decimal) => mantissa * 10n ** (exponent - lowest);
  return scaled(one) === scaled(other);
};
