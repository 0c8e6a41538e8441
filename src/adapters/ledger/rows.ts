import { InvariantViolation } from '../../domain/kernel/index.ts';
import {
  type Account,
  formatAmount,
  moneyOfDecimal,
  type Transaction,
} from '../../domain/ledger/index.ts';
import type { Row } from '../dsql/index.ts';
import { idShard } from './shard.ts';
import type { AccountRow, TransactionRow } from './tables.ts';

const text = (row: Row, column: string): string => String(row[column]);

const optional = <Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } =>
  (value === null ? {} : { [name]: String(value) }) as { [Key in Name]?: string };

export const accountOfRow = (row: Row): Account => ({
  id: text(row, 'id'),
  balance: moneyOfDecimal(text(row, 'balance'), text(row, 'currency')),
  version: Number(row['version']),
});

export const rowOfAccount = ({ id, balance, version }: Account): AccountRow => ({
  shard: idShard(id),
  id,
  balance: formatAmount(balance),
  currency: balance.currency,
  version: String(version),
});

const partiesOfRow = (row: Row) =>
  row['kind'] === 'transfer'
    ? {
        kind: 'transfer' as const,
        fromAccount: text(row, 'from_account'),
        toAccount: text(row, 'to_account'),
      }
    : { kind: 'deposit' as const, ...optional('accountId', row['account_id']) };

export const transactionOfRow = (row: Row): Transaction => {
  const recordedAt = row['recorded_at'];
  if (!(recordedAt instanceof Date)) throw new InvariantViolation('recorded_at is no time');
  return {
    ...partiesOfRow(row),
    id: text(row, 'id'),
    amount: moneyOfDecimal(text(row, 'amount'), text(row, 'currency')),
    ...optional('description', row['description']),
    region: text(row, 'region'),
    recordedAt: recordedAt.getTime(),
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
