import { type Kysely, sql } from 'kysely';
import { type LedgerQueries, moneyOfDecimal, type Total } from '../../domain/ledger/index.ts';
import { type ConnectionPool, query, type Row, type Statement, template } from '../dsql/index.ts';
import { accountOfRow, transactionOfRow } from './rows.ts';
import { idShard, idShardCount } from './shard.ts';
import type { LedgerTables } from './tables.ts';

const totalOfRow = (row: Row): Total => ({
  region: String(row['region']),
  kind: row['kind'] === 'transfer' ? 'transfer' : 'deposit',
  count: Number(row['count']),
  amount: moneyOfDecimal(String(row['amount']), String(row['currency'])),
});

const statements = (db: Kysely<LedgerTables>) => ({
  transactionById: template<{ shard: number; id: string }>(({ shard, id }) =>
    db
      .selectFrom('ledger.transactions')
      .selectAll()
      .where('shard', '=', shard)
      .where('id', '=', id),
  ),
  accountById: template<{ shard: number; id: string }>(({ shard, id }) =>
    db.selectFrom('ledger.accounts').selectAll().where('shard', '=', shard).where('id', '=', id),
  ),
  // Newest first over all shards: the newest of each shard, read from its end of the index, then merged.
  page: template<{ before: string; id: string; limit: number }>(({ before, id, limit }) =>
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
      .limit(limit),
  ),
  totals: template<Record<string, never>>(() =>
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

/** The ledger's questions on DSQL, each one flight. */
export const createLedgerQueries = (
  connections: ConnectionPool,
  db: Kysely<LedgerTables>,
): LedgerQueries => {
  const { transactionById, accountById, page, totals } = statements(db);
  const rows = async (statement: Statement): Promise<readonly Row[]> =>
    (await query(connections, statement, { writes: false })).rows;

  return {
    transaction: async (id) => {
      const [row] = await rows(transactionById({ shard: idShard(id), id }));
      return row && transactionOfRow(row);
    },
    list: async (limit, after) => {
      const before = after ? new Date(after.recordedAt).toISOString() : 'infinity';
      return (await rows(page({ before, id: after?.id ?? '', limit }))).map(transactionOfRow);
    },
    account: async (id) => {
      const [row] = await rows(accountById({ shard: idShard(id), id }));
      return row && accountOfRow(row);
    },
    totals: async () => {
      const found = await rows(totals({}));
      const times = found.map((row) => (row['as_of'] as Date).getTime());
      return {
        totals: found.map(totalOfRow),
        asOf: times.length === 0 ? undefined : Math.max(...times),
      };
    },
  };
};
