import { describe, expect, it } from 'vitest';
import {
  currencyDigits,
  defaultCurrency,
  formatAmount,
  isCurrency,
  minorUnitsMax,
  moneyOfDecimal,
  parseAmount,
} from '../../../src/domain/ledger/index.ts';

const minorOf = (text: string, currency = 'USD'): bigint => {
  const result = parseAmount(text, currency);
  if (!result.ok) throw new Error(result.message);
  return result.money.minor;
};

const refusalOf = (text: string, currency = 'USD'): string => {
  const result = parseAmount(text, currency);
  if (result.ok) throw new Error(`read as ${result.money.minor}`);
  return result.message;
};

describe('an amount', () => {
  it.each([
    ['100.50', 10_050n],
    ['100.5', 10_050n],
    ['100.500', 10_050n],
    ['0.01', 1n],
    ['0.010', 1n],
    ['00042', 4_200n],
    ['1e2', 10_000n],
    ['1E+2', 10_000n],
    ['1e-2', 1n],
    ['0.1e1', 100n],
    ['12340e-3', 1_234n],
    ['9999999999999.99', minorUnitsMax - 1n],
  ])('%s is %s US cents', (text, minor) => {
    expect(minorOf(text)).toBe(minor);
  });

  it('is exact where a double is not', () => {
    expect(minorOf('9007199254740.93')).toBe(900_719_925_474_093n);
    expect(formatAmount({ minor: 900_719_925_474_093n, currency: 'USD' })).toBe('9007199254740.93');
  });

  it.each([
    ['JPY', '100', 100n, '100'],
    ['JPY', '1e2', 100n, '100'],
    ['JPY', '100.00', 100n, '100'],
    ['KWD', '1.5', 1_500n, '1.500'],
    ['KWD', '0.001', 1n, '0.001'],
    ['EUR', '1.5', 150n, '1.50'],
  ])('in %s reads %s with the digits of the currency', (currency, text, minor, formatted) => {
    expect(minorOf(text, currency)).toBe(minor);
    expect(formatAmount({ minor, currency })).toBe(formatted);
  });

  it.each([
    ['USD', '0.001', 'must have at most 2 decimal places in USD'],
    ['USD', '100.505', 'must have at most 2 decimal places in USD'],
    ['USD', '1e-3', 'must have at most 2 decimal places in USD'],
    ['JPY', '0.5', 'must have at most 0 decimal places in JPY'],
    ['KWD', '0.0001', 'must have at most 3 decimal places in KWD'],
  ])('in %s refuses %s rather than round it', (currency, text, message) => {
    expect(refusalOf(text, currency)).toBe(message);
  });

  it.each(['0', '0.00', '-0', '-1', '-0.01', '0e9', '-1e999'])('refuses %s', (text) => {
    expect(refusalOf(text)).toBe('must be greater than 0');
  });

  it.each([
    ['USD', '10000000000000', 'must be less than 10000000000000.00'],
    ['USD', '1e13', 'must be less than 10000000000000.00'],
    ['USD', '1e999', 'must be less than 10000000000000.00'],
    ['USD', '9'.repeat(40), 'must be less than 10000000000000.00'],
    ['JPY', '1e15', 'must be less than 1000000000000000'],
    ['KWD', '1e12', 'must be less than 1000000000000.000'],
  ])('in %s refuses %s, which is too much, and says what is not', (currency, text, message) => {
    expect(refusalOf(text, currency)).toBe(message);
  });

  it.each([
    '',
    ' ',
    ' 1',
    '1 ',
    '1\n',
    '.5',
    '1.',
    '+1',
    '--1',
    '1,00',
    '1_000',
    '0x10',
    '١',
    'NaN',
    'Infinity',
    '1e',
    '1e1.5',
    '1e9999',
    '1'.repeat(41),
    '1'.repeat(1_000_000),
    'one',
    '$1',
    '1 USD',
  ])('refuses %j, which is no decimal number', (text) => {
    expect(refusalOf(text)).toBe('must be a decimal number such as "100.50"');
  });
});

describe('money', () => {
  it('is written with its sign and all decimal places', () => {
    expect(formatAmount({ minor: -5n, currency: 'USD' })).toBe('-0.05');
    expect(formatAmount({ minor: 0n, currency: 'USD' })).toBe('0.00');
    expect(formatAmount({ minor: 0n, currency: 'JPY' })).toBe('0');
    expect(formatAmount({ minor: 5n, currency: 'KWD' })).toBe('0.005');
  });

  it.each([
    ['100.500', 'USD', 10_050n],
    ['100.000', 'JPY', 100n],
    ['100', 'JPY', 100n],
    ['1.234', 'KWD', 1_234n],
    ['0', 'USD', 0n],
    ['-0.500', 'USD', -50n],
    ['12345678901234567890.120', 'USD', 1_234_567_890_123_456_789_012n],
  ])('is read from a column that holds %s %s', (decimal, currency, minor) => {
    expect(moneyOfDecimal(decimal, currency)).toEqual({ minor, currency });
  });
});

/** Currencies of `Intl` that are withdrawn, or the money of no country. */
const withdrawn = new Set(['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'XDR', 'XSU', 'ZWL']);

/** The digital bolívar, which `Intl` does not list yet. */
const notInIntl = 'VED';

/** Digits of ISO 4217, list one of 2026-01-01, where `Intl` counts those of prices in shops. */
const digitsByStandard: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'AFN ALL COP HUF IDR IRR KPW LAK LBP MGA MMK PKR SOS SYP YER'
      .split(' ')
      .map((currency) => [currency, 2]),
  ),
  IQD: 3,
};

const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const codes = letters.flatMap((first) =>
  letters.flatMap((second) => letters.map((third) => `${first}${second}${third}`)),
);

const digitsByIntl = (currency: string): number | undefined =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
    .maximumFractionDigits;

describe('a currency', () => {
  it('is one that ISO 4217 lists today for a country or a union', () => {
    const listed = Intl.supportedValuesOf('currency').filter((code) => !withdrawn.has(code));
    expect(codes.filter(isCurrency)).toEqual([...listed, notInIntl].toSorted());
  });

  it.each(['usd', 'US', 'USDX', 'XAU', 'XXX', 'XTS', '', 'constructor', '__proto__'])(
    '%j is none',
    (code) => {
      expect(isCurrency(code)).toBe(false);
    },
  );

  it.each(codes.filter(isCurrency))('%s has the digits that ISO 4217 gives it', (currency) => {
    const digits = digitsByStandard[currency] ?? digitsByIntl(currency);
    expect(currencyDigits(currency)).toBe(digits);
  });

  it('of an amount that names none is the US dollar', () => {
    expect(defaultCurrency).toBe('USD');
  });
});
