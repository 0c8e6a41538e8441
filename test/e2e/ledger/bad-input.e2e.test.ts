import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerRequest } from '../../../src/adapters/ledger/index.ts';
import { type LedgerStack, startLedger } from './stack.ts';

let ledger: LedgerStack;

beforeAll(async () => {
  ledger = await startLedger();
  for (const account_id of ['rich', 'poor']) {
    await ledger.ask(ledger.primary, { operation: 'write', account_id, amount: '100.00' });
  }
});

afterAll(() => ledger.stop());

const write = { operation: 'write', transaction_id: 'bad', account_id: 'rich', amount: '1.00' };
const transfer = {
  operation: 'transfer',
  transaction_id: 'bad',
  from_account: 'rich',
  to_account: 'poor',
  amount: '1.00',
};

type BadRequest = readonly [what: string, status: number, json: string];

/** JSON texts, since `JSON.stringify` knows no `__proto__` and no number with too many digits. */
const requests: Readonly<Record<'none' | LedgerRequest['operation'], readonly BadRequest[]>> = {
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

const state = async (): Promise<string> => {
  const [list, balance] = await Promise.all([
    ledger.ask(ledger.primary, { operation: 'list', limit: 100 }),
    ledger.ask(ledger.secondary, { operation: 'balance', account_id: 'rich' }),
  ]);
  return JSON.stringify([list.body, balance.body]);
};

const expectError = (status: number, expected: number, body: string): void => {
  expect(status).toBe(expected);
  expect(body).not.toContain('\n');
  expect(JSON.parse(body)).toMatchObject({
    error: { code: expect.any(String), message: expect.any(String) },
  });
};

describe('bad input changes nothing and is answered in one line', () => {
  for (const [what, expected, json] of Object.values(requests).flat()) {
    it(`${what}: ${expected}`, async () => {
      const before = await state();
      const direct = await ledger.ask(ledger.primary, JSON.parse(json));
      const overflow = json.length > 1_000_000;
      if (!json.includes('__proto__')) {
        expectError(direct.status, expected, JSON.stringify(direct.body));
      }
      const url = ledger.secondary.functionUrls.get('antipode-ledger-api') ?? '';
      const http = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: json,
      });
      expectError(http.status, overflow ? 400 : expected, await http.text());
      expect(await state()).toBe(before);
    });
  }

  it('no JSON: 400, from Lambda itself and over HTTP', async () => {
    const before = await state();
    const { url, functionUrls } = ledger.primary;
    const invoke = await fetch(`${url}/2015-03-31/functions/antipode-ledger-api/invocations`, {
      method: 'POST',
      body: '{"operation":',
    });
    expect(invoke.status).toBe(400);
    expect(await invoke.text()).toMatch(/^\{.*Could not parse request body into json/);
    const http = await fetch(functionUrls.get('antipode-ledger-api') ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"operation":',
    });
    expectError(http.status, 400, await http.text());
    expect(await state()).toBe(before);
  });

  it('a number with more digits than JSON keeps: 400 over HTTP, where its text can be seen', async () => {
    const http = await fetch(ledger.primary.functionUrls.get('antipode-ledger-api') ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"operation":"write","amount":100.500000000000000001}',
    });
    expectError(http.status, 400, await http.text());
  });

  it('another content type: 415', async () => {
    const http = await fetch(ledger.primary.functionUrls.get('antipode-ledger-api') ?? '', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"operation":"read"}',
    });
    expectError(http.status, 415, await http.text());
  });
});
