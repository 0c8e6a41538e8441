/** The schema of the ledger: its tables and the framework's records of it. */
export const ledgerSchema = 'ledger';

/**
 * Tables as Kysely sees them, named with their schema. Decimals and 64-bit numbers come as text, so
 * that none loses a digit.
 */
export type LedgerTables = {
  readonly 'ledger.transactions': TransactionRow;
  readonly 'ledger.accounts': AccountRow;
  readonly 'ledger.totals': TotalRow;
  readonly 'ledger.arrivals': ArrivalRow;
};

export type TransactionRow = {
  /**
   * 0 … 15, a function of the id: spreads ids that grow, and gives the list sixteen short ranges to
   * merge.
   */
  readonly shard: number;
  readonly id: string;
  readonly kind: string;
  readonly account_id: string | null;
  readonly from_account: string | null;
  readonly to_account: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly description: string | null;
  readonly region: string;
  readonly recorded_at: Date;
};

export type AccountRow = {
  readonly shard: number;
  readonly id: string;
  readonly balance: string;
  readonly currency: string;
  readonly version: string;
};

export type TotalRow = {
  readonly shard: number;
  readonly region: string;
  readonly kind: string;
  readonly currency: string;
  readonly count: string;
  readonly amount: string;
  readonly as_of: Date;
};

export type ArrivalRow = {
  readonly event_id: string;
  readonly event_type: string;
  readonly origin_region: string;
  readonly arrival_region: string;
  readonly occurred_at: Date;
  readonly arrived_at: Date;
};
