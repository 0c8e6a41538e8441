import type { Kysely } from 'kysely';
import {
  emptyLedger,
  type LedgerQuery,
  type LedgerState,
  refuseInLedger,
} from '../../domain/ledger/index.ts';
import { type DsqlRepository, template } from '../dsql/index.ts';
import { accountById } from './queries/account-by-id.ts';
import { accountOfRow, rowOfAccount, rowOfTransaction } from './rows.ts';
import type { AccountRow, LedgerTables, TransactionRow } from './tables.ts';

/** The ledger on DSQL. `db` compiles queries; the unit of work sends them. */
export const createLedgerRepository = (
  db: Kysely<LedgerTables>,
): DsqlRepository<LedgerQuery, LedgerState, readonly AccountRow[]> => {
  const account = accountById(db);
  const insertAccount = template<AccountRow>(({ shard, id, balance, currency, version }) =>
    db.insertInto('ledger.accounts').values({ shard, id, balance, currency, version }),
  );
  const updateAccount = template<AccountRow>(({ shard, id, balance, version }) =>
    db
      .updateTable('ledger.accounts')
      .set({ balance, version })
      .where('shard', '=', shard)
      .where('id', '=', id),
  );
  const insertTransaction = template<TransactionRow>((row) =>
    db.insertInto('ledger.transactions').values({
      shard: row.shard,
      id: row.id,
      kind: row.kind,
      account_id: row.account_id,
      from_account: row.from_account,
      to_account: row.to_account,
      amount: row.amount,
      currency: row.currency,
      description: row.description,
      region: row.region,
      recorded_at: row.recorded_at,
    } satisfies Readonly<Record<keyof TransactionRow, unknown>>),
  );

  return {
    empty: emptyLedger,
    load: ({ accountIds }) => accountIds.map(account),
    toState: (results) => ({ accounts: results.flat().map(accountOfRow), transactions: [] }),
    save: ({ accounts, transactions }) => [
      ...accounts
        .toSorted((left, right) => (left.id < right.id ? -1 : 1))
        .map((account) =>
          (account.version === 1 ? insertAccount : updateAccount)(rowOfAccount(account)),
        ),
      ...transactions.map((transaction) => insertTransaction(rowOfTransaction(transaction))),
    ],
    // Somebody has deleted the idempotency record, so the repository cannot tell whether this is a
    // replay.
    refusalOf: (constraint) =>
      constraint === 'transactions_pkey'
        ? refuseInLedger('TransactionExists', 'A transaction with this id is recorded already')
        : undefined,
  };
};
