import type { Money } from './money.ts';

/** What somebody owns. It comes into being with the first transaction that names it, in that currency. */
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

/** What a decision needs to know. */
export type LedgerQuery = { readonly accountIds: readonly string[] };

/** A part of the ledger: what was loaded, or what is to be saved. */
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

/** Whether a text, such as one that a database gives back, names a kind of transaction that this release knows. */
export const isTransactionKind = (text: unknown): text is Transaction['kind'] =>
  typeof text === 'string' && Object.hasOwn(kinds, text);

export const emptyLedger: LedgerState = { accounts: [], transactions: [] };
