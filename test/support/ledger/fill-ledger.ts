import type pg from 'pg';
import { ledgerSchema as schema } from '../../../src/adapters/ledger/index.ts';
import { idShardCount } from '../../../src/adapters/ledger/shard.ts';
import { withoutTriggers } from '../statements/fill-tables.ts';

/** The part of an id, as `idShard` has it. */
const shardOf = (id: string): string =>
  `get_byte(sha256(convert_to(${id}, 'UTF8')), 0) % ${idShardCount}`;

/**
 * Fills the ledger with transactions `t-1`, `t-2` … and accounts `a-1`, `a-2` …, by the superuser
 * of the PostgreSQL behind the endpoint. Afterwards PostgreSQL's planner knows of what there is.
 */
export const fillLedger = async (client: pg.Client, rows: number): Promise<void> => {
  const series = `(SELECT i, 't-' || i AS t, 'a-' || i AS a FROM generate_series(1, ${rows}) AS i) AS s`;
  await withoutTriggers(client, async () => {
    await client.query(`INSERT INTO ${schema}.transactions
      (shard, id, kind, account_id, amount, currency, region, recorded_at)
    SELECT ${shardOf('t')}, t, 'deposit', a, 1, 'USD', 'us-east-1', now() - i * interval '1 millisecond' FROM ${series}`);
    await client.query(`INSERT INTO ${schema}.accounts (shard, id, balance, currency, version)
    SELECT ${shardOf('a')}, a, 1000000, 'USD', 1 FROM ${series}`);
  });
  await client.query(`ANALYZE ${schema}.transactions, ${schema}.accounts`);
};
