import type { Clock } from '../../domain/kernel/index.ts';
import {
  type Account,
  type AuditState,
  emptyLedger,
  type LedgerQueries,
  type LedgerQuery,
  type LedgerState,
  type ListPosition,
  refuseInLedger,
  type Total,
  type TotalsState,
  type Transaction,
} from '../../domain/ledger/index.ts';
import type { MemoryDatabase, MemoryRepository } from '../memory/index.ts';

const tables = {
  accounts: 'accounts',
  transactions: 'transactions',
  totals: 'totals',
  arrivals: 'arrivals',
} as const;

type TotalRow = Total & { readonly asOf: number };

/** The ledger in memory, for tests and simulations; under the same contract as the one on DSQL. */
export const createMemoryLedgerRepository = (): MemoryRepository<LedgerQuery, LedgerState> => ({
  empty: emptyLedger,
  load: (transaction, { accountIds }) => ({
    accounts: accountIds.flatMap((id) => transaction.get<Account>(tables.accounts, id) ?? []),
    transactions: [],
  }),
  save: (transaction, { accounts, transactions }) => {
    if (transactions.some(({ id }) => transaction.get(tables.transactions, id) !== undefined)) {
      return refuseInLedger('TransactionExists', 'A transaction with this id is recorded already');
    }
    for (const account of accounts) transaction.put(tables.accounts, account.id, account);
    for (const one of transactions) transaction.put(tables.transactions, one.id, one);
    return undefined;
  },
});

/** The totals in memory. */
export const createMemoryTotalsRepository = (
  clock: Clock,
): MemoryRepository<never, TotalsState> => ({
  empty: { increments: [] },
  load: () => ({ increments: [] }),
  save: (transaction, { increments }) => {
    for (const { shard, region, kind, amount } of increments) {
      const key = JSON.stringify([shard, region, kind, amount.currency]);
      const row = transaction.get<TotalRow>(tables.totals, key);
      const minor = (row?.amount.minor ?? 0n) + amount.minor;
      const count = (row?.count ?? 0) + 1;
      const sum: TotalRow = {
        region,
        kind,
        count,
        amount: { ...amount, minor },
        asOf: clock.now(),
      };
      transaction.put(tables.totals, key, sum);
    }
    return undefined;
  },
});

/** The record of what arrived from the other Region, in memory. */
export const createMemoryAuditRepository = (): MemoryRepository<never, AuditState> => ({
  empty: { arrivals: [] },
  load: () => ({ arrivals: [] }),
  save: (transaction, { arrivals }) => {
    for (const arrival of arrivals) transaction.put(tables.arrivals, arrival.eventId, arrival);
    return undefined;
  },
});

const precedes = (left: ListPosition, right: ListPosition): boolean =>
  left.recordedAt === right.recordedAt ? left.id < right.id : left.recordedAt < right.recordedAt;

/** One row per Region, kind and currency, in that order. */
const merged = (rows: readonly TotalRow[]): readonly Total[] => {
  const groups = Object.groupBy(rows, ({ region, kind, amount }) =>
    [region, kind, amount.currency].join(' '),
  );
  return Object.entries(groups)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, group = []]) => {
      const [first] = group;
      if (!first) return [];
      const { region, kind, amount } = first;
      const minor = group.reduce((sum, row) => sum + row.amount.minor, 0n);
      const count = group.reduce((sum, row) => sum + row.count, 0);
      return [{ region, kind, count, amount: { ...amount, minor } }];
    });
};

/** The ledger's questions in memory. */
export const createMemoryLedgerQueries = (database: MemoryDatabase): LedgerQueries => ({
  transaction: async (id) => database.begin().get<Transaction>(tables.transactions, id),
  list: async ({ limit, after }) =>
    database
      .begin()
      .all<Transaction>(tables.transactions)
      .filter((one) => after === undefined || precedes(one, after))
      .toSorted((left, right) => (precedes(left, right) ? 1 : -1))
      .slice(0, limit),
  account: async (id) => database.begin().get<Account>(tables.accounts, id),
  totals: async () => {
    const rows = database.begin().all<TotalRow>(tables.totals);
    return {
      totals: merged(rows),
      asOf: rows.length === 0 ? undefined : Math.max(...rows.map(({ asOf }) => asOf)),
    };
  },
});
