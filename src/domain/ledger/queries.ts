import type { Account, Transaction } from './ledger.ts';
import type { Money } from './money.ts';

/** Where a page of the list ends: the last transaction on it. */
export type ListPosition = { readonly recordedAt: number; readonly id: string };

/** Sums of one Region, kind and currency, as the projection knows them. */
export type Total = {
  readonly region: string;
  readonly kind: Transaction['kind'];
  readonly count: number;
  /** May exceed `minorUnitsMax`, unlike a balance. */
  readonly amount: Money;
};

export type Totals = {
  readonly totals: readonly Total[];
  /** When the newest event was added: milliseconds since the epoch; `undefined` before the first. */
  readonly asOf: number | undefined;
};

/** The questions that the ledger answers; each strongly consistent from either Region but `totals`. */
export interface LedgerQueries {
  readonly transaction: (id: string) => Promise<Transaction | undefined>;
  /** At most `limit` transactions before `after`, newest first. */
  readonly list: (limit: number, after?: ListPosition) => Promise<readonly Transaction[]>;
  readonly account: (id: string) => Promise<Account | undefined>;
  /** From the projection, so behind by the events on their way. */
  readonly totals: () => Promise<Totals>;
}
