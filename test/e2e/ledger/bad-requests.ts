import type { LedgerRequest } from '../../../src/adapters/ledger/index.ts';

const write = { operation: 'write', transaction_id: 'bad', account_id: 'rich', amount: '1.00' };
const transfer = {
  operation: 'transfer',
  transaction_id: 'bad',
  from_account: 'rich',
  to_account: 'poor',
  amount: '1.00',
};

/** The mistake in a request, the status that answers it, and the body. */
type BadRequest = readonly [what: string, status: number, json: string];

/**
 * For every operation. JSON texts, since `JSON.stringify` knows no `__proto__` and no number with
 * too many digits.
 */
export const badRequests: Readonly<
  Record<'none' | LedgerRequest['operation'], readonly BadRequest[]>
> = {
  none: [
    ['an unknown operation', 400, JSON.stringify({ ...write, operation: 'destroy' })],
    ['an operation named like an object’s own parts', 400, '{"operation":"constructor"}'],
    ['a list instead of an object', 400, '[1,2,3]'],
    ['a text instead of an object', 400, '"write"'],
  ],
  write: [
    ['a missing amount', 400, JSON.stringify({ ...write, amount: undefined })],
    ['a negative amount', 400, JSON.stringify({ ...write, amount: -1 })],
    ['an amount of zero', 400, JSON.stringify({ ...write, amount: '0.00' })],
    ['an amount that is no number', 400, JSON.stringify({ ...write, amount: 'NaN' })],
    ['an amount of null', 400, JSON.stringify({ ...write, amount: null })],
    ['a huge amount', 400, JSON.stringify({ ...write, amount: 1e300 })],
    ['an amount of a million digits', 400, JSON.stringify({ ...write, amount: '9'.repeat(1e6) })],
    ['an amount with too many decimal places', 400, JSON.stringify({ ...write, amount: '1.001' })],
    ['an unknown currency', 400, JSON.stringify({ ...write, currency: 'XXX' })],
    ['a text of a megabyte', 400, JSON.stringify({ ...write, description: 'x'.repeat(1024 ** 2) })],
    ['a key named __proto__', 400, '{"operation":"write","amount":"1.00","__proto__":{"a":1}}'],
    ['an unknown field', 400, JSON.stringify({ ...write, ammount: '1.00' })],
    [
      'an id of 10,000 characters',
      400,
      JSON.stringify({ ...write, transaction_id: 'x'.repeat(1e4) }),
    ],
    ['an id with a NUL', 400, JSON.stringify({ ...write, transaction_id: 'a\u0000b' })],
    ['an id that is SQL', 400, JSON.stringify({ ...write, transaction_id: "'; DROP TABLE x; --" })],
  ],
  transfer: [
    ['an account that does not exist', 404, JSON.stringify({ ...transfer, to_account: 'nobody' })],
    ['a transfer that would overdraw', 422, JSON.stringify({ ...transfer, amount: '1000.00' })],
    ['a transfer to the same account', 422, JSON.stringify({ ...transfer, to_account: 'rich' })],
  ],
  read: [
    ['a transaction that does not exist', 404, '{"operation":"read","transaction_id":"no"}'],
    ['an id that is a number', 400, '{"operation":"read","transaction_id":7}'],
  ],
  list: [
    ['a limit of 0', 400, '{"operation":"list","limit":0}'],
    ['a limit of 10,000', 400, '{"operation":"list","limit":10000}'],
    ['a bad cursor', 400, '{"operation":"list","cursor":"bm9uc2Vuc2U"}'],
  ],
  balance: [
    [
      'a balance of an account that does not exist',
      404,
      '{"operation":"balance","account_id":"no"}',
    ],
  ],
};
