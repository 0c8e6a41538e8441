/** Rows as Kysely sees them. Decimals, 64-bit numbers and times come as text, so that none loses a digit. */
export type LedgerTables = {
  readonly transactions: TransactionRow;
  readonly accounts: AccountRow;
  readonly totals: TotalRow;
  readonly arrivals: ArrivalRow;
};

export type TransactionRow = {
  /** 0 … 15, a function of the id: spreads ids that grow, and gives the list sixteen short ranges to merge. */
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
