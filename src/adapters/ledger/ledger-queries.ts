import { type Kysely, sql } from 'kysely';
import type { Retrier } from '../../domain/kernel/index.ts';
import { type LedgerQueries, moneyOfDecimal, type Total } from '../../domain/ledger/index.ts';
import { type ConnectionPool, query, type RowOf, type Statement, template } from '../dsql/index.ts';
import { accountById } from './account-by-id.ts';
import { accountOfRow, kindOfRow, transactionOfRow } from './rows.ts';
import { idShard, idShardCount } from './shard.ts';
import type { LedgerTables, TotalRow, TransactionRow } from './tables.ts';

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
  // Newest first over all shards: the newest of each shard, read from its end of the index, then merged.
  page: template(({ before, id, limit }: { before: string; id: string; limit: number }) =>
    db
      .selectFrom(
        sql<{ shard: number }>`generate_series(0, ${sql.lit(idShardCount - 1)})`.as(
          sql`part(shard)`,
        ),
      )
      .innerJoinLateral(
        (lateral) =>
          lateral
            .selectFrom('ledger.transactions')
            .selectAll()
            .where(sql<boolean>`shard = part.shard::smallint`)
            .where(sql<boolean>`(recorded_at, id) < (${before}::timestamptz, ${id}::text)`)
            .orderBy(sql`recorded_at`, 'desc')
            .orderBy(sql`id`, 'desc')
            .limit(limit)
            .as('newest'),
        (join) => join.onTrue(),
      )
      .selectAll('newest')
      .orderBy(sql`newest.recorded_at`, 'desc')
      .orderBy(sql`newest.id`, 'desc')
      .limit(limit)
      .$castTo<TransactionRow>(),
  ),
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
 * @param deps.retrier one of its own: it learns how long a question lasts, and a commit lasts longer
 */
export const createLedgerQueries = (deps: {
  readonly connections: ConnectionPool;
  readonly db: Kysely<LedgerTables>;
  readonly retrier: Retrier;
}): LedgerQueries => {
  const { connections, db, retrier } = deps;
  const { transactionById, account, page, totals } = statements(db);
  const ask = async <R>(question: Statement<R>, deadline: number): Promise<readonly RowOf<R>[]> => {
    const once = () => query(connections, question, { deadline, writes: false });
    return (await retrier.run(once, deadline)).rows;
  };

  return {
    transaction: async (id, deadline) => {
      const [row] = await ask(transactionById({ shard: idShard(id), id }), deadline);
      return row && transactionOfRow(row);
    },
    list: async ({ limit, after }, deadline) => {
      const before = after ? new Date(after.recordedAt).toISOString() : 'infinity';
      const rows = await ask(page({ before, id: after?.id ?? '', limit }), deadline);
      return rows.map(transactionOfRow);
    },
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
