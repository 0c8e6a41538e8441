import { defined } from '../../domain/kernel/defined.ts';
import type { Json } from '../../domain/kernel/index.ts';
import {
  type Account,
  formatAmount,
  type Transaction,
  type Transferred,
} from '../../domain/ledger/index.ts';

/** A transaction as callers see it. */
export type TransactionView = { readonly [key: string]: Json };

const viewParties = (transaction: Transaction): TransactionView => {
  switch (transaction.kind) {
    case 'deposit':
      return defined({ account_id: transaction.accountId });
    case 'transfer':
      return { from_account: transaction.fromAccount, to_account: transaction.toAccount };
  }
};

/** A transaction in the words of the wire; fields without a value are absent. */
export const viewTransaction = (transaction: Transaction): TransactionView => ({
  transaction_id: transaction.id,
  kind: transaction.kind,
  amount: formatAmount(transaction.amount),
  currency: transaction.amount.currency,
  ...viewParties(transaction),
  ...defined({ description: transaction.description }),
  region: transaction.region,
  recorded_at: new Date(transaction.recordedAt).toISOString(),
});

/** An account as callers see it. */
export const viewAccount = (
  account: Account,
): { account_id: string; balance: string; currency: string } => ({
  account_id: account.id,
  balance: formatAmount(account.balance),
  currency: account.balance.currency,
});

/** A transfer as its caller sees it, with both balances. */
export const viewTransferred = ({ transaction, from, to }: Transferred): Json => ({
  transaction_id: transaction.id,
  amount: formatAmount(transaction.amount),
  currency: transaction.amount.currency,
  from: viewAccount(from),
  to: viewAccount(to),
});
