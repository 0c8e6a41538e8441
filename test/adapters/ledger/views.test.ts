import { describe, expect, it } from 'vitest';
import {
  viewAccount,
  viewTransaction,
  viewTransferred,
} from '../../../src/adapters/ledger/index.ts';
import type { Transaction } from '../../../src/domain/ledger/index.ts';

const common = {
  id: 't-1',
  amount: { minor: 1_050n, currency: 'USD' },
  region: 'us-east-1',
  recordedAt: Date.parse('2026-01-02T03:04:05.678Z'),
};
const view = {
  transaction_id: 't-1',
  amount: '10.50',
  currency: 'USD',
  region: 'us-east-1',
  recorded_at: '2026-01-02T03:04:05.678Z',
};

describe('a transaction as callers see it', () => {
  it.each<[string, Transaction, object]>([
    ['a deposit to nobody', { ...common, kind: 'deposit' }, { kind: 'deposit' }],
    [
      'a deposit to an account',
      { ...common, kind: 'deposit', accountId: 'a', description: 'rent' },
      { kind: 'deposit', account_id: 'a', description: 'rent' },
    ],
    [
      'a transfer',
      { ...common, kind: 'transfer', fromAccount: 'a', toAccount: 'b', description: '' },
      { kind: 'transfer', from_account: 'a', to_account: 'b', description: '' },
    ],
  ])('is, for %s, what was recorded and nothing without a value', (_, transaction, own) => {
    expect(viewTransaction(transaction)).toStrictEqual({ ...view, ...own });
  });
});

describe('an account as callers see it', () => {
  it('has its balance and no version', () => {
    const account = { id: 'a', balance: { minor: 5n, currency: 'JPY' }, version: 7 };
    expect(viewAccount(account)).toStrictEqual({ account_id: 'a', balance: '5', currency: 'JPY' });
  });
});

describe('a transfer as its caller sees it', () => {
  it('has both balances after it', () => {
    const account = (id: string, minor: bigint) => ({
      id,
      balance: { minor, currency: 'USD' },
      version: 2,
    });
    const transaction = {
      ...common,
      kind: 'transfer',
      fromAccount: 'a',
      toAccount: 'b',
    } as const;
    const transferred = { transaction, from: account('a', 100n), to: account('b', 2_050n) };
    expect(viewTransferred(transferred)).toStrictEqual({
      transaction_id: 't-1',
      amount: '10.50',
      currency: 'USD',
      from: { account_id: 'a', balance: '1.00', currency: 'USD' },
      to: { account_id: 'b', balance: '20.50', currency: 'USD' },
    });
  });
});
