import { describe, it } from 'vitest';
import {
  type Account,
  decideRecordTransaction,
  decideTransfer,
  emptyLedger,
  minorUnitsMax,
  type RecordTransaction,
  type Transfer,
} from '../../../src/domain/ledger/index.ts';
import { decisionOf } from '../../../src/testing/index.ts';

const now = Date.parse('2026-01-02T03:04:05.678Z');
const recorded_at = '2026-01-02T03:04:05.678Z';
const region = 'us-east-1';
const usd = (minor: bigint) => ({ minor, currency: 'USD' });

const account = (id: string, minor: bigint, version = 1, currency = 'USD'): Account => ({
  id,
  balance: { minor, currency },
  version,
});

const ledgerWith = (...accounts: readonly Account[]) => ({ accounts, transactions: [] });

describe('recording a transaction', () => {
  const ledger = decisionOf(decideRecordTransaction);
  const command = (changes: Partial<RecordTransaction> = {}): RecordTransaction => ({
    type: 'RecordTransaction',
    transactionId: 't-1',
    amount: usd(10_050n),
    region,
    ...changes,
  });

  it('without an account changes nothing but the list of transactions', () => {
    ledger
      .given(emptyLedger)
      .when(command(), now)
      .thenState({
        accounts: [],
        transactions: [
          { kind: 'deposit', id: 't-1', amount: usd(10_050n), region, recordedAt: now },
        ],
      })
      .thenEvents({
        type: 'TransactionRecorded',
        data: { transaction_id: 't-1', amount: '100.50', currency: 'USD', recorded_at },
      })
      .thenResult({
        kind: 'deposit',
        id: 't-1',
        amount: usd(10_050n),
        region,
        recordedAt: now,
      });
  });

  it('opens the account that it is the first to name', () => {
    ledger
      .given(emptyLedger)
      .when(command({ accountId: 'a', description: 'rent' }), now)
      .thenState({
        accounts: [account('a', 10_050n, 1)],
        transactions: [
          {
            kind: 'deposit',
            id: 't-1',
            amount: usd(10_050n),
            accountId: 'a',
            description: 'rent',
            region,
            recordedAt: now,
          },
        ],
      })
      .thenEvents({
        type: 'TransactionRecorded',
        data: {
          transaction_id: 't-1',
          amount: '100.50',
          currency: 'USD',
          account_id: 'a',
          recorded_at,
        },
      });
  });

  it('credits an account that exists and counts the change', () => {
    ledger
      .given(ledgerWith(account('a', 950n, 4)))
      .when(command({ accountId: 'a', amount: usd(50n) }), now)
      .thenState({
        accounts: [account('a', 1_000n, 5)],
        transactions: [
          { kind: 'deposit', id: 't-1', amount: usd(50n), accountId: 'a', region, recordedAt: now },
        ],
      });
  });

  it('is refused in another currency than the account', () => {
    ledger
      .given(ledgerWith(account('a', 1n, 1, 'EUR')))
      .when(command({ accountId: 'a' }))
      .thenRefused('CurrencyMismatch');
  });

  it('is refused when the account would hold more than can be held exactly', () => {
    const full = ledgerWith(account('a', minorUnitsMax - 100n));
    const deposit = (minor: bigint) => command({ accountId: 'a', amount: usd(minor) });
    ledger.given(full).when(deposit(100n)).thenRefused('BalanceTooLarge');
    ledger
      .given(full)
      .when(deposit(99n), now)
      .thenState({
        accounts: [account('a', minorUnitsMax - 1n, 2)],
        transactions: [
          { kind: 'deposit', id: 't-1', amount: usd(99n), accountId: 'a', region, recordedAt: now },
        ],
      });
  });
});

describe('a transfer', () => {
  const ledger = decisionOf(decideTransfer);
  const command = (changes: Partial<Transfer> = {}): Transfer => ({
    type: 'Transfer',
    transactionId: 't-1',
    fromAccount: 'a',
    toAccount: 'b',
    amount: usd(500n),
    region,
    ...changes,
  });
  const both = ledgerWith(account('a', 500n, 3), account('b', 1n, 7));

  it('moves all that an account holds, and says both balances', () => {
    ledger
      .given(both)
      .when(command({ description: 'rent' }), now)
      .thenState({
        accounts: [account('a', 0n, 4), account('b', 501n, 8)],
        transactions: [
          {
            kind: 'transfer',
            id: 't-1',
            fromAccount: 'a',
            toAccount: 'b',
            amount: usd(500n),
            description: 'rent',
            region,
            recordedAt: now,
          },
        ],
      })
      .thenEvents({
        type: 'TransferCompleted',
        data: {
          transaction_id: 't-1',
          amount: '5.00',
          currency: 'USD',
          from_account: 'a',
          to_account: 'b',
          recorded_at,
        },
      })
      .thenResult({
        transaction: {
          kind: 'transfer',
          id: 't-1',
          fromAccount: 'a',
          toAccount: 'b',
          amount: usd(500n),
          description: 'rent',
          region,
          recordedAt: now,
        },
        from: account('a', 0n, 4),
        to: account('b', 501n, 8),
      });
  });

  it('is refused when it would overdraw by the smallest unit', () => {
    ledger
      .given(both)
      .when(command({ amount: usd(501n) }))
      .thenRefused('InsufficientFunds');
  });

  it('is refused between an account and itself', () => {
    ledger
      .given(both)
      .when(command({ toAccount: 'a' }))
      .thenRefused('SameAccount');
  });

  it('is refused from or to an account that does not exist', () => {
    ledger
      .given(both)
      .when(command({ fromAccount: 'x' }))
      .thenRefused('AccountNotFound');
    ledger
      .given(both)
      .when(command({ toAccount: 'x' }))
      .thenRefused('AccountNotFound');
    ledger.given(emptyLedger).when(command()).thenRefused('AccountNotFound');
  });

  it('is refused when either account is in another currency', () => {
    const euros = (id: string) => account(id, 500n, 1, 'EUR');
    const dollars = (id: string) => account(id, 500n);
    for (const accounts of [
      [euros('a'), dollars('b')],
      [dollars('a'), euros('b')],
      [euros('a'), euros('b')],
    ]) {
      ledger
        .given(ledgerWith(...accounts))
        .when(command())
        .thenRefused('CurrencyMismatch');
    }
  });

  it('is refused when the receiver would hold more than can be held exactly', () => {
    const full = ledgerWith(account('a', 500n), account('b', minorUnitsMax - 500n));
    ledger.given(full).when(command()).thenRefused('BalanceTooLarge');
  });
});
