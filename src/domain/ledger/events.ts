import type { DomainEvent } from '../kernel/index.ts';

/** Amounts are decimal strings; ids are the callers' own. */
export type TransactionRecorded = DomainEvent<
  'TransactionRecorded',
  {
    readonly transaction_id: string;
    readonly amount: string;
    readonly currency: string;
    readonly account_id?: string;
    readonly recorded_at: string;
  }
>;

export type TransferCompleted = DomainEvent<
  'TransferCompleted',
  {
    readonly transaction_id: string;
    readonly amount: string;
    readonly currency: string;
    readonly from_account: string;
    readonly to_account: string;
    readonly recorded_at: string;
  }
>;

/** Every event of the ledger: the catalogue, the totals and the rules between the Regions have an entry for each. */
export type LedgerEvent = TransactionRecorded | TransferCompleted;

/** The `source` of the ledger's events. */
export const ledgerEventSource = 'antipode.ledger';

/** Version of the shape of both events' data. */
export const ledgerEventVersion = 1;
