import type { DomainEvent } from '../kernel/index.ts';

/**
 * Every event of the ledger and its data. Amounts are decimal strings; ids are the callers' own.
 *
 * The catalogue, the totals and the rules between the Regions have an entry for each: they do not
 * compile without it.
 */
type LedgerEventData = {
  readonly TransactionRecorded: {
    readonly transaction_id: string;
    readonly amount: string;
    readonly currency: string;
    readonly account_id?: string;
    readonly recorded_at: string;
  };
  readonly TransferCompleted: {
    readonly transaction_id: string;
    readonly amount: string;
    readonly currency: string;
    readonly from_account: string;
    readonly to_account: string;
    readonly recorded_at: string;
  };
};

type EventOf<Type extends keyof LedgerEventData> = DomainEvent<
  Type,
  LedgerEventData[Type],
  typeof ledgerEventVersion
>;

export type TransactionRecorded = EventOf<'TransactionRecorded'>;
export type TransferCompleted = EventOf<'TransferCompleted'>;

/** An event of the ledger, as a decision emits it. */
export type LedgerEvent = { [Type in keyof LedgerEventData]: EventOf<Type> }[keyof LedgerEventData];

/** The `source` of the ledger's events. */
export const ledgerEventSource = 'antipode.ledger';

/** Version of the shape of the events' data. */
export const ledgerEventVersion = 1;
