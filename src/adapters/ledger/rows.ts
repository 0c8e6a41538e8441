import { InvariantViolation } from '../../domain/kernel/index.ts';
import {
  type Account,
  formatAmount,
  moneyOfDecimal,
  type Transaction,
} from '../../domain/ledger/index.ts';
import { idShard } from './shard.ts';
import type { AccountRow, TransactionRow } from './tables.ts';

const optional = <Name extends string>(
  name: Name,
  value: string | null,
): { [Key in Name]?: string } =>
  (value === null ? {} : { [name]: value }) as { [Key in Name]?: string };

export const accountOfRow = ({ id, balance, currency, version }: AccountRow): Account => ({
  id,
  balance: moneyOfDecimal(balance, currency),
  version: Number(version),
});

export const rowOfAccount = ({ id, balance, version }: Account): AccountRow => ({
  shard: idShard(id),
  id,
  balance: formatAmount(balance),
  currency: balance.currency,
  version: String(version),
});

const partiesOfRow = (row: TransactionRow) =>
  row.kind === 'transfer'
    ? {
        kind: 'transfer' as const,
        fromAccount: String(row.from_account),
        toAccount: String(row.to_account),
      }
    : { kind: 'deposit' as const, ...optional('accountId', row.account_id) };

export const transactionOfRow = (row: TransactionRow): Transaction => {
  // PostgreSQL's infinity is a number.
  if (!(row.recorded_at instanceof Date)) throw new InvariantViolation('recorded_at is no time');
  return {
    ...partiesOfRow(row),
    id: row.id,
    amount: moneyOfDecimal(row.amount, row.currency),
    ...optional('description', row.description),
    region: row.region,
    recordedAt: row.recorded_at.getTime(),
  };
};

export const rowOfTransaction = (transaction: Transaction): TransactionRow => ({
  shard: idShard(transaction.id),
  id: transaction.id,
  kind: transaction.kind,
  account_id: transaction.kind === 'deposit' ? (transaction.accountId ?? null) : null,
  from_account: transaction.kind === 'transfer' ? transaction.fromAccount : null,
  to_account: transaction.kind === 'transfer' ? transaction.toAccount : null,
  amount: formatAmount(transaction.amount),
  currency: transaction.amount.currency,
  description: transaction.description ?? null,
  region: transaction.region,
  recorded_at: new Date(transaction.recordedAt),
});
