import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountOfRow,
  kindOfRow,
  rowOfAccount,
  rowOfTransaction,
  transactionOfRow,
} from '../../../src/adapters/ledger/rows.ts';
import { idShard, idShardCount } from '../../../src/adapters/ledger/shard.ts';
import type { TransactionRow } from '../../../src/adapters/ledger/tables.ts';
import { InvariantViolation } from '../../../src/domain/kernel/index.ts';
import { account, transaction } from './arbitraries.ts';

/** As a column of three decimal places gives it back. */
const padded = (decimal: string): string => {
  const [whole = '', fraction = ''] = decimal.split('.');
  return `${whole}.${fraction.padEnd(3, '0')}`;
};

describe('a row', () => {
  it('gives back the account that was saved', () => {
    fc.assert(
      fc.property(account, (given) => {
        const row = rowOfAccount(given);
        expect(accountOfRow({ ...row, balance: padded(row.balance) })).toEqual(given);
      }),
    );
  });

  it('gives back the transaction that was saved, without fields that it did not have', () => {
    fc.assert(
      fc.property(transaction, (given) => {
        const row = rowOfTransaction(given);
        expect(transactionOfRow({ ...row, amount: padded(row.amount) })).toStrictEqual(given);
      }),
    );
  });

  it('lies in one of sixteen ranges, and ids that count spread over all of them', () => {
    const shards = Array.from({ length: 400 }, (_, index) => idShard(`order-${index}`));
    expect(new Set(shards)).toEqual(new Set(Array.from({ length: idShardCount }, (_, n) => n)));
  });

  it.each(['reversal', 'constructor', null, undefined])(
    'of the kind %j, which this release does not know, is a fault and no deposit',
    (kind) => {
      const [given] = fc.sample(transaction, 1);
      const row = { ...(given && rowOfTransaction(given)), kind } as TransactionRow;
      expect(() => transactionOfRow(row)).toThrow(InvariantViolation);
      expect(() => kindOfRow(row)).toThrow('none that this release knows');
    },
  );

  it.each(['from_account', 'to_account'] as const)(
    'of a transfer without its %s is a fault, and no transfer with an account named null',
    (column) => {
      const [given] = fc.sample(
        transaction.filter(({ kind }) => kind === 'transfer'),
        1,
      );
      const row = { ...(given && rowOfTransaction(given)), [column]: null } as TransactionRow;
      expect(() => transactionOfRow(row)).toThrow('lacks an account');
    },
  );

  it('whose time is no Date, as infinity is not, is a fault of the program', () => {
    fc.assert(
      fc.property(transaction, (given) => {
        const row = { ...rowOfTransaction(given), recorded_at: Infinity as unknown as Date };
        expect(() => transactionOfRow(row)).toThrow('recorded_at is no time');
      }),
      { numRuns: 3 },
    );
  });
});
