import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  currencyDigits,
  formatAmount,
  type Money,
  minorUnitsMax,
  moneyOfDecimal,
  parseAmount,
} from '../../../src/domain/ledger/index.ts';

const currency = fc.constantFrom('USD', 'EUR', 'JPY', 'KWD', 'CLP', 'TND');
const minor = fc.bigInt({ min: 1n, max: minorUnitsMax - 1n });
const money = fc.record<Money>({ minor, currency });

describe('an amount', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(money, (amount) => {
        const parsed = parseAmount(formatAmount(amount), amount.currency);
        expect(parsed).toEqual({ ok: true, money: amount });
      }),
    );
  });

  it('is the same however its exponent is written', () => {
    fc.assert(
      fc.property(money, fc.integer({ min: 0, max: 20 }), (amount, zeros) => {
        const places = currencyDigits(amount.currency);
        const text = `${amount.minor}${'0'.repeat(zeros)}e-${places + zeros}`;
        expect(parseAmount(text, amount.currency)).toEqual({ ok: true, money: amount });
      }),
    );
  });

  it('is the number that the text names, or refused', () => {
    // Independent of the parser: both sides times a power of ten that makes them whole.
    const scaled = (text: string, exponent: number, places: number): bigint => {
      const [whole = '', fraction = ''] = text.split('.');
      return BigInt(whole + fraction) * 10n ** BigInt(60 + exponent - fraction.length + places);
    };
    const digits = fc.stringMatching(/^[0-9]{1,18}$/);
    const decimal = fc
      .tuple(digits, fc.option(digits, { nil: undefined }))
      .map(([whole, fraction]) => (fraction === undefined ? whole : `${whole}.${fraction}`));
    fc.assert(
      fc.property(decimal, fc.integer({ min: -20, max: 20 }), currency, (text, exponent, code) => {
        const result = parseAmount(`${text}e${exponent}`, code);
        const exact = scaled(text, exponent, currencyDigits(code));
        const unit = 10n ** 60n;
        const representable = exact > 0n && exact % unit === 0n && exact / unit < minorUnitsMax;
        expect(result.ok).toBe(representable);
        if (result.ok) expect(result.money.minor * unit).toBe(exact);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never negative, nothing or beyond the limit, whatever the text', () => {
    const anything = fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9.eE]{0,12}$/));
    fc.assert(
      fc.property(anything, currency, (text, code) => {
        const result = parseAmount(text, code);
        if (result.ok) {
          expect(result.money.minor > 0n && result.money.minor < minorUnitsMax).toBe(true);
        } else {
          expect(result.message).toMatch(/^must (be|have) /);
        }
      }),
    );
  });
});

describe('money', () => {
  it('survives a column of three decimal places, also as a debt or a large sum', () => {
    const any = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    fc.assert(
      fc.property(any, currency, (units, code) => {
        const text = formatAmount({ minor: units, currency: code });
        const places = currencyDigits(code);
        const padded = `${text}${places === 0 ? '.' : ''}${'0'.repeat(3 - places)}`;
        expect(moneyOfDecimal(padded, code)).toEqual({ minor: units, currency: code });
      }),
    );
  });
});
