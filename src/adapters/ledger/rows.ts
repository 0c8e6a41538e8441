import { InvariantViolation } from '../../domain/kernel/index.ts';
import {
  type Account,
  formatAmount,
  isTransactionKind,
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

/**
 * @throws {InvariantViolation} when this release does not know the kind: a newer one has written
 * the row
 */
export const kindOfRow = ({ kind }: { readonly kind: unknown }): Transaction['kind'] => {
  if (isTransactionKind(kind)) return kind;
  throw new InvariantViolation('The kind of a transaction is none that this release knows');
};

/** The fields that the kinds of transactions do not share. */
type Parties<One = Transaction> = One extends Transaction
  ? Omit<One, 'id' | 'amount' | 'description' | 'region' | 'recordedAt'>
  : never;

const partyOf = (account: string | null): string => {
  if (account === null)
    throw new InvariantViolation('The row of a transaction lacks an account of its kind');
  return account;
};

const partiesOfRow = (row: TransactionRow): Parties => {
  const kind = kindOfRow(row);
  switch (kind) {
    case 'deposit':
      return { kind, ...optional('accountId', row.account_id) };
    case 'transfer':
      return { kind, fromAccount: partyOf(row.from_account), toAccount: partyOf(row.to_account) };
  }
};

type PartiesRow = Pick<TransactionRow, 'account_id' | 'from_account' | 'to_account'>;

const rowOfParties = (transaction: Transaction): PartiesRow => {
  const nobody = { account_id: null, from_account: null, to_account: null };
  switch (transaction.kind) {
    case 'deposit':
      return { ...nobody, account_id: transaction.accountId ?? null };
    case 'transfer':
      return {
        ...nobody,
        from_account: transaction.fromAccount,
        to_account: transaction.toAccount,
      };
  }
};

export const transactionOfRow = (row: TransactionRow): Transaction => {
  // `pg` reads PostgreSQL's `infinity` as a number and not as a date.
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
  ...rowOfParties(transaction),
  amount: formatAmount(transaction.amount),
  currency: transaction.amount.currency,
  description: transaction.description ?? null,
  region: transaction.region,
  recorded_at: new Date(transaction.recordedAt),
});
