import type { Kysely } from 'kysely';
import type { Retrier } from '../../../domain/kernel/index.ts';
import { type LedgerQueries, moneyOfDecimal, type Total } from '../../../domain/ledger/index.ts';
import {
  type ConnectionPool,
  query,
  type RowOf,
  type Statement,
  template,
} from '../../dsql/index.ts';
import { accountOfRow, kindOfRow, transactionOfRow } from '../rows.ts';
import { idShard } from '../shard.ts';
import type { LedgerTables, TotalRow } from '../tables.ts';
import { accountById } from './account-by-id.ts';
import { ledgerPage } from './ledger-page.ts';

const totalOfRow = (row: Omit<TotalRow, 'shard'>): Total => ({
  region: row.region,
  kind: kindOfRow(row),
  count: Number(row.count),
  amount: moneyOfDecimal(row.amount, row.currency),
});

const statements = (db: Kysely<LedgerTables>) => ({
  transactionById: template(({ shard, id }: { shard: number; id: string }) =>
    db
      .selectFrom('ledger.transactions')
      .selectAll()
      .where('shard', '=', shard)
      .where('id', '=', id),
  ),
  account: accountById(db),
  totals: template(() =>
    db
      .selectFrom('ledger.totals')
      .select(['region', 'kind', 'currency'])
      .select(({ fn }) => [
        fn.sum<string>('count').as('count'),
        fn.sum<string>('amount').as('amount'),
        fn.max<Date>('as_of').as('as_of'),
      ])
      .groupBy(['region', 'kind', 'currency'])
      .orderBy('region')
      .orderBy('kind')
      .orderBy('currency'),
  ),
});

/**
 * The ledger's questions on DSQL, each one flight.
 *
 * @param deps.retrier one of its own: it learns how long a question lasts, and a commit lasts
 * longer
 */
export const createLedgerQueries = (deps: {
  readonly connections: ConnectionPool;
  readonly db: Kysely<LedgerTables>;
  readonly retrier: Retrier;
}): LedgerQueries => {
  const { connections, db, retrier } = deps;
  const { transactionById, account, totals } = statements(db);
  const ask = async <R>(question: Statement<R>, deadline: number): Promise<readonly RowOf<R>[]> => {
    const once = () => query(connections, question, { deadline, writes: false });
    return (await retrier.run(once, deadline)).rows;
  };

  return {
    transaction: async (id, deadline) => {
      const [row] = await ask(transactionById({ shard: idShard(id), id }), deadline);
      return row && transactionOfRow(row);
    },
    list: async ({ limit, after }, deadline) =>
      (await ask(ledgerPage(limit, after), deadline)).map(transactionOfRow),
    account: async (id, deadline) => {
      const [row] = await ask(account(id), deadline);
      return row && accountOfRow(row);
    },
    totals: async (deadline) => {
      const rows = await ask(totals({}), deadline);
      const times = rows.map((row) => row.as_of.getTime());
      return {
        totals: rows.map(totalOfRow),
        asOf: times.length === 0 ? undefined : Math.max(...times),
      };
    },
  };
};
