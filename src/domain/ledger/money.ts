/** Digits after the point per ISO 4217 currency; every other supported currency has two. */
const minorDigits: Readonly<Record<string, number>> = {
  BHD: 3,
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  TND: 3,
  UGX: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
};

/**
 * The currencies of ISO 4217 that are money of a country or union (no metals, funds or test codes).
 */
const currencies = new Set(
  (
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY ' +
    'COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ' +
    'ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK ' +
    'MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF ' +
    'SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU ' +
    'UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
  ).split(' '),
);

/** The currency of an amount that names none. */
export const defaultCurrency = 'USD';

/**
 * The largest amount and balance in minor units, exclusive: 10^15, so that a JSON number, a
 * `bigint` column and a person can hold it exactly.
 */
export const minorUnitsMax: bigint = 10n ** 15n;

/** An exact amount: a whole number of the currency's smallest unit, such as cents. */
export type Money = { readonly minor: bigint; readonly currency: string };

/** An amount, or one line on why the text is none. */
export type AmountResult =
  | { readonly ok: true; readonly money: Money }
  | { readonly ok: false; readonly message: string };

export const isCurrency = (code: string): boolean => currencies.has(code);

/** Digits after the point of a currency's amounts. */
export const currencyDigits = (currency: string): number => minorDigits[currency] ?? 2;

/** A JSON number, as text; longer ones are not amounts of money. */
const decimalPattern = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

const invalid = (message: string): AmountResult => ({ ok: false, message });

/**
 * Reads a positive amount exactly: `100.5`, `100.50`, `1e2`; never rounds.
 *
 * @param text a decimal number as JSON writes it
 */
export const parseAmount = (text: string, currency: string): AmountResult => {
  const match = decimalPattern.exec(text);
  if (!match) return invalid('must be a decimal number such as "100.50"');
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (sign === '-' || digits === '') return invalid('must be greater than 0');
  let trailing = 0;
  while (digits.at(-1 - trailing) === '0') trailing += 1;
  const shift = currencyDigits(currency) + Number(exponent) - fraction.length;
  if (shift < -trailing) {
    return invalid(`must have at most ${currencyDigits(currency)} decimal places in ${currency}`);
  }
  const tooLarge = `must be less than ${formatMinor(minorUnitsMax, currency)}`;
  // This check comes before the power, so that an exponent of 999 builds no number of a thousand
  // digits.
  if (digits.length + shift > String(minorUnitsMax).length) return invalid(tooLarge);
  const minor =
    shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : BigInt(digits) / 10n ** BigInt(-shift);
  return minor < minorUnitsMax ? { ok: true, money: { minor, currency } } : invalid(tooLarge);
};

const formatMinor = (minor: bigint, currency: string): string => {
  const places = currencyDigits(currency);
  const digits = String(minor < 0n ? -minor : minor).padStart(places + 1, '0');
  const split = digits.length - places;
  const text = places === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`;
  return minor < 0n ? `-${text}` : text;
};

/**
 * An amount as it stands on the wire: `100.50`, always with all of the currency's decimal places.
 */
export const formatAmount = ({ minor, currency }: Money): string => formatMinor(minor, currency);

/**
 * Reads back what the database holds, a balance or a sum: any decimal number without an exponent.
 */
export const moneyOfDecimal = (decimal: string, currency: string): Money => {
  const [whole = '0', fraction = ''] = decimal.split('.');
  const digits = currencyDigits(currency);
  return { minor: BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0')), currency };
};
