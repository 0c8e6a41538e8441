import type { Migration } from '../dsql/index.ts';
import type { ledgerSchema } from './tables.ts';

/**
 * Written here and not imported, so that this file is a chunk of its own in the bundles of
 * functions that do not migrate.
 */
const schema: typeof ledgerSchema = 'ledger';

/**
 * The ledger's tables; those of the framework come first by themselves. Never change an entry that
 * has been deployed: add one.
 */
export const ledgerMigrations: readonly Migration[] = [
  {
    id: 'ledger-0001-transactions',
    ddl: `CREATE TABLE IF NOT EXISTS ${schema}.transactions (
        shard smallint NOT NULL,
        id text NOT NULL,
        kind text NOT NULL,
        account_id text,
        from_account text,
        to_account text,
        amount numeric(19, 3) NOT NULL CHECK (amount > 0),
        currency text NOT NULL,
        description text,
        region text NOT NULL,
        recorded_at timestamptz NOT NULL,
        PRIMARY KEY (shard, id))`,
  },
  {
    id: 'ledger-0002-transactions-by-time',
    ddl: `CREATE INDEX ASYNC IF NOT EXISTS transactions_by_time
        ON ${schema}.transactions (shard, recorded_at, id)`,
  },
  {
    id: 'ledger-0003-accounts',
    ddl: `CREATE TABLE IF NOT EXISTS ${schema}.accounts (
        shard smallint NOT NULL,
        id text NOT NULL,
        balance numeric(19, 3) NOT NULL CHECK (balance >= 0),
        currency text NOT NULL,
        version bigint NOT NULL,
        PRIMARY KEY (shard, id))`,
  },
  {
    id: 'ledger-0004-totals',
    ddl: `CREATE TABLE IF NOT EXISTS ${schema}.totals (
        shard smallint NOT NULL,
        region text NOT NULL,
        kind text NOT NULL,
        currency text NOT NULL,
        count bigint NOT NULL,
        amount numeric(38, 3) NOT NULL,
        as_of timestamptz NOT NULL,
        PRIMARY KEY (shard, region, kind, currency))`,
  },
  {
    id: 'ledger-0005-arrivals',
    ddl: `CREATE TABLE IF NOT EXISTS ${schema}.arrivals (
        event_id text PRIMARY KEY,
        event_type text NOT NULL,
        origin_region text NOT NULL,
        arrival_region text NOT NULL,
        occurred_at timestamptz NOT NULL,
        arrived_at timestamptz NOT NULL)`,
  },
];
