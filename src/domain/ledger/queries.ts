import type { Account, Transaction } from './ledger.ts';
import type { Money } from './money.ts';

/** The last transaction of a page of the list. The next page begins after it. */
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
  /**
   * When the newest event was added: milliseconds since the epoch; `undefined` before the first.
   */
  readonly asOf: number | undefined;
};

/**
 * A page of the list: at most `limit` transactions, from the newest or from where the page before
 * has ended.
 */
export type ListPage = { readonly limit: number; readonly after?: ListPosition };

/**
 * The questions that the ledger answers; each strongly consistent from either Region but `totals`.
 *
 * A question is asked again until it is answered or its deadline leaves no room: milliseconds since
 * the epoch. Then it throws a `Fault` that is retryable.
 */
export interface LedgerQueries {
  readonly transaction: (id: string, deadline: number) => Promise<Transaction | undefined>;
  /** Newest first. */
  readonly list: (page: ListPage, deadline: number) => Promise<readonly Transaction[]>;
  readonly account: (id: string, deadline: number) => Promise<Account | undefined>;
  /** From the projection, so behind by the events on their way. */
  readonly totals: (deadline: number) => Promise<Totals>;
}
