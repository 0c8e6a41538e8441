import { describe, expect, it } from 'vitest';
import {
  formatCursor,
  parseLedgerRequest,
  supportedOperations,
} from '../../../src/adapters/ledger/index.ts';
import { InvalidInput, type Issue } from '../../../src/domain/kernel/index.ts';

/** As it comes over the wire: the parser makes an own `__proto__`, which a literal does not. */
const json = (text: string): unknown => JSON.parse(text);

const issuesOf = (payload: unknown): readonly Issue[] => {
  try {
    parseLedgerRequest(payload);
  } catch (error) {
    if (error instanceof InvalidInput) return error.issues;
    throw error;
  }
  throw new Error('accepted');
};

const fieldsOf = (payload: unknown) => issuesOf(payload).map(({ field }) => field);
const write = (changes: object = {}) => ({ operation: 'write', amount: 100.5, ...changes });
const transfer = (changes: object = {}) => ({
  operation: 'transfer',
  transaction_id: 't-1',
  from_account: 'a',
  to_account: 'b',
  amount: '1.00',
  ...changes,
});
const usd = (minor: bigint) => ({ minor, currency: 'USD' });

describe('a request', () => {
  it('to write gives an amount, and more where it likes', () => {
    expect(parseLedgerRequest(write())).toEqual({
      operation: 'write',
      amount: usd(10_050n),
      currency: 'USD',
    });
    const all = {
      transaction_id: 'test-001',
      account_id: 'a',
      description: 'Miete für März 🏠',
      currency: 'jpy',
      amount: '100',
    };
    expect(parseLedgerRequest(write(all))).toEqual({
      ...all,
      operation: 'write',
      currency: 'JPY',
      amount: { minor: 100n, currency: 'JPY' },
    });
  });

  it.each([100.5, '100.5', '100.50', '1.005e2'])('reads the amount %j exactly', (amount) => {
    expect(parseLedgerRequest(write({ amount }))).toMatchObject({ amount: usd(10_050n) });
  });

  it('to transfer gives both accounts, an id and an amount', () => {
    expect(parseLedgerRequest(transfer())).toEqual({
      ...transfer(),
      currency: 'USD',
      amount: usd(100n),
    });
  });

  it('that says nothing is to read the totals', () => {
    expect(parseLedgerRequest({})).toEqual({ operation: 'read' });
  });

  it.each([
    ['create', 'write'],
    ['count', 'read'],
    ['recent', 'list'],
  ])('to %s is one to %s', (alias, operation) => {
    const amount = operation === 'write' ? { amount: 1 } : {};
    expect(parseLedgerRequest({ operation: alias, ...amount })).toMatchObject({ operation });
  });

  it('to list has a page of twenty unless it says otherwise, up to a hundred', () => {
    expect(parseLedgerRequest({ operation: 'list' })).toEqual({ operation: 'list', limit: 20 });
    const after = { recordedAt: 7, id: 't-1' };
    const page = { operation: 'list', limit: 100, cursor: formatCursor(after) };
    expect(parseLedgerRequest(page)).toEqual({ operation: 'list', limit: 100, after });
  });

  it('for a balance names the account', () => {
    const request = { operation: 'balance', account_id: 'a' };
    expect(parseLedgerRequest(request)).toEqual(request);
  });
});

describe('a request is refused', () => {
  const tooLarge = 'must be less than 10000000000000.00';

  it.each([undefined, null, 'text', 1, true, [], [write()]])('when it is %j', (payload) => {
    expect(() => parseLedgerRequest(payload)).toThrow('The request must be a JSON object');
  });

  it.each([
    'delete',
    'WRITE',
    '',
    'constructor',
    '__proto__',
    'toString',
    1,
    {},
    ['write'],
    'x'.repeat(1_000_000),
  ])('for an unknown operation, with those that are known', (operation) => {
    const message = `must be one of ${supportedOperations.join(', ')}`;
    expect(issuesOf({ operation, amount: 1 })).toEqual([{ field: 'operation', message }]);
  });

  it.each([
    ['no amount', {}, 'is required'],
    ['a negative amount', { amount: -1 }, 'must be greater than 0'],
    ['an amount of nothing', { amount: 0 }, 'must be greater than 0'],
    ['NaN', { amount: Number.NaN }, 'must be a decimal number such as "100.50"'],
    ['NaN as a text', { amount: 'NaN' }, 'must be a decimal number such as "100.50"'],
    ['infinity', { amount: Number.POSITIVE_INFINITY }, 'must be a decimal number such as "100.50"'],
    ['a huge amount', { amount: 1e300 }, 'must be less than 10000000000000.00'],
    ['a huge text', { amount: '1e300' }, 'must be less than 10000000000000.00'],
    ['an over-precise amount', { amount: 1.005 }, 'must have at most 2 decimal places in USD'],
    ['an over-precise text', { amount: '1.005' }, 'must have at most 2 decimal places in USD'],
    [
      'too many digits for a number',
      { amount: 123456789012345.6 },
      'must be a text: a number of more than 15 digits is not exact',
    ],
    ['a number that rounding cannot bring below the limit', { amount: 9007199254740992 }, tooLarge],
    ['a number that prints with an exponent', { amount: 1e21 }, tooLarge],
    [
      'a number that prints with a negative exponent',
      { amount: 1e-7 },
      'must have at most 2 decimal places in USD',
    ],
    [
      'a text of a megabyte',
      { amount: '1'.repeat(1e6) },
      'must be a decimal number such as "100.50"',
    ],
    ['an amount that is null', { amount: null }, 'must be a decimal number such as "100.50"'],
    ['a list', { amount: [1] }, 'must be a decimal number such as "100.50"'],
    ['an object', { amount: { valueOf: 1 } }, 'must be a decimal number such as "100.50"'],
    ['a truth', { amount: true }, 'must be a decimal number such as "100.50"'],
  ])('for %s', (_, amount, message) => {
    expect(issuesOf({ operation: 'write', ...amount })).toEqual([{ field: 'amount', message }]);
    const moved = Object.hasOwn(amount, 'amount') ? transfer(amount) : transfer();
    if (Object.hasOwn(amount, 'amount')) expect(fieldsOf(moved)).toEqual(['amount']);
  });

  it.each([
    ['ten thousand characters', 'x'.repeat(10_000), 'must have at most 128 characters'],
    ['no character', '', 'must not be empty'],
    [
      'a character that keys do not have',
      "t-1'; DROP",
      'may have letters, digits and _ . : @ / + = - only',
    ],
    ['a line break', 't-1\n', 'may have letters, digits and _ . : @ / + = - only'],
    ['a NUL', 't\u0000', 'may have letters, digits and _ . : @ / + = - only'],
    ['a number', 7, 'must be a text'],
    ['an object', {}, 'must be a text'],
    ['null', null, 'must be a text'],
  ])('for an id of %s', (_, id, message) => {
    expect(issuesOf(write({ transaction_id: id }))).toEqual([{ field: 'transaction_id', message }]);
    expect(issuesOf(write({ account_id: id }))).toEqual([{ field: 'account_id', message }]);
    expect(issuesOf(transfer({ to_account: id }))).toEqual([{ field: 'to_account', message }]);
    expect(issuesOf({ transaction_id: id })).toEqual([{ field: 'transaction_id', message }]);
    expect(issuesOf({ operation: 'balance', account_id: id })).toEqual([
      { field: 'account_id', message },
    ]);
  });

  it.each([
    ['a megabyte', 'x'.repeat(1_000_000), 'must have at most 500 characters'],
    ['a NUL', 'a\u0000b', 'must not have control characters'],
    ['an escape', '\u001b[31m', 'must not have control characters'],
    ['half a character', '\ud83d', 'must be well-formed Unicode'],
    ['a number', 7, 'must be a text'],
  ])('for a description with %s', (_, description, message) => {
    expect(issuesOf(write({ description }))).toEqual([{ field: 'description', message }]);
  });

  it.each(['XAU', 'US', '', 'DOLLAR', '__proto__'])('for the currency %j', (currency) => {
    const message = 'must be an ISO 4217 code such as "USD"';
    expect(issuesOf(write({ currency }))).toEqual([{ field: 'currency', message }]);
  });

  it.each([
    [0, 'must be at least 1'],
    [-1, 'must be at least 1'],
    [10_000, 'must be at most 100'],
    [101, 'must be at most 100'],
    [1.5, 'must be a whole number'],
    ['5', 'must be a whole number'],
    [null, 'must be a whole number'],
  ])('for a limit of %j', (limit, message) => {
    expect(issuesOf({ operation: 'list', limit })).toEqual([{ field: 'limit', message }]);
  });

  it.each([
    ['a word', 'first'],
    ['nothing', ''],
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['a number', 7],
    ['a time beyond the calendar', Buffer.from('999999999999999 t-1').toString('base64url')],
  ])('for a cursor that is %s', (_, cursor) => {
    expect(fieldsOf({ operation: 'list', cursor })).toEqual(['cursor']);
  });

  it.each([
    '{"operation":"write","amount":1,"__proto__":{"amount":5}}',
    '{"operation":"write","amount":1,"constructor":{}}',
    '{"operation":"write","amount":1,"prototype":{}}',
    '{"operation":"write","amount":1,"amout":2}',
    '{"operation":"balance","account_id":"a","__proto__":null}',
    '{"operation":"list","__proto__":{"limit":5}}',
    '{"__proto__":{"operation":"write"}}',
  ])('for the field that no operation has in %s', (text) => {
    expect(issuesOf(json(text))).toMatchObject([
      { message: expect.stringContaining('is not a field of') },
    ]);
  });

  it('for a required field that only a prototype has', () => {
    expect(fieldsOf(json('{"operation":"write","__proto__":{"amount":1}}'))).toContain('amount');
  });

  it('for a null operation, with those that are known', () => {
    expect(issuesOf({ operation: null })).toMatchObject([{ field: 'operation' }]);
    expect(issuesOf({ operation: null })[0]?.message).toMatch(/^must be one of /);
  });

  it('with one line for each wrong field', () => {
    expect(fieldsOf(write({ amount: -1, account_id: '', currency: 'X', description: 7 }))).toEqual([
      'account_id',
      'description',
      'currency',
      'amount',
    ]);
  });

  it('without repeating what was sent', () => {
    const secret = 'x'.repeat(1_000);
    const fields = ['amount', 'transaction_id', 'account_id', 'description', 'currency'];
    const payload = write(Object.fromEntries(fields.map((field) => [field, secret])));
    expect(JSON.stringify(issuesOf(payload))).not.toContain('xx');
  });
});

describe('a currency', () => {
  it.each(['usd', 'Usd', 'USD'])('may be written as %s', (currency) => {
    expect(parseLedgerRequest(write({ currency }))).toMatchObject({ currency: 'USD' });
  });

  it.each([
    ['uſd', 'a long s'],
    ['USD\u00a0', 'a space without a break'],
    ['\ufeffUSD', 'a mark of byte order'],
    ['ＵＳＤ', 'wide letters'],
    ['ıdr', 'an i without a dot'],
    ['ﬁm', 'a ligature'],
    ['US\u0044\u0301', 'an accent'],
    ['ΚRW', 'a Greek kappa'],
    ['\u212aRW', 'the sign of Kelvin'],
  ])('%s, with %s, is none', (currency) => {
    for (const operation of ['write', 'transfer']) {
      const request = operation === 'write' ? write({ currency }) : transfer({ currency });
      expect(issuesOf(request)).toEqual([
        { field: 'currency', message: 'must be an ISO 4217 code such as "USD"' },
      ]);
    }
  });
});
