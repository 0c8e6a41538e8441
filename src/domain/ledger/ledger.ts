import type { Money } from './money.ts';

/**
 * Somebody's balance in one currency. The first transaction that names an account opens it, in the
 * transaction's currency.
 */
export type Account = {
  readonly id: string;
  readonly balance: Money;
  /** Grows by one with each change, from 1. */
  readonly version: number;
};

/** Money that came in, to an account or to none. */
export type Deposit = { readonly kind: 'deposit'; readonly accountId?: string };

/** Money that moved between two accounts. */
export type Movement = {
  readonly kind: 'transfer';
  readonly fromAccount: string;
  readonly toAccount: string;
};

/** A recorded fact; it never changes. */
export type Transaction = (Deposit | Movement) & {
  readonly id: string;
  readonly amount: Money;
  readonly description?: string;
  /** The Region that recorded it. */
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
};

/** The accounts that a decision needs. */
export type LedgerQuery = { readonly accountIds: readonly string[] };

/** A part of the ledger that was loaded, or that is to be saved. */
export type LedgerState = {
  readonly accounts: readonly Account[];
  readonly transactions: readonly Transaction[];
};

/** A transaction of one kind. */
export type TransactionOf<Kind extends Transaction['kind']> = Extract<
  Transaction,
  { readonly kind: Kind }
>;

const kinds: Readonly<Record<Transaction['kind'], true>> = { deposit: true, transfer: true };

/**
 * Whether a text, such as one that a database gives back, names a kind of transaction that this
 * release knows.
 */
export const isTransactionKind = (text: unknown): text is Transaction['kind'] =>
  typeof text === 'string' && Object.hasOwn(kinds, text);

export const emptyLedger: LedgerState = { accounts: [], transactions: [] };
