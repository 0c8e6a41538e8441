import type { MemoryRepository } from '../../../src/adapters/memory/index.ts';
import { accept, type Decision, refuse } from '../../../src/domain/kernel/index.ts';
import type { MovementEvent, ReviewEvent } from './events.ts';

/** An account; its version counts its events. */
export type Account = {
  readonly id: string;
  readonly balance: number;
  readonly version: number;
  /** The ids of its postings, in their order. */
  readonly entries: readonly string[];
};

/** The bank's own record of a request that it has accepted; ids are keys, as in the ledger. */
export type Posting = {
  readonly id: string;
  readonly amount: number;
  readonly isNew: boolean;
  /** The accounts as its transaction has read them. */
  readonly read: readonly Account[];
  /** The ids of the accounts whose entries it has extended. */
  readonly extended: readonly string[];
};

export type AccountsQuery = { readonly accounts: readonly string[] };

export type AccountsState = {
  readonly accounts: readonly Account[];
  readonly postings: readonly Posting[];
};

/** The accounts and the postings of the bank. */
export const accountsRepository: MemoryRepository<AccountsQuery, AccountsState> = {
  empty: { accounts: [], postings: [] },
  load: (transaction, { accounts }) => ({
    accounts: accounts.flatMap((id) => transaction.get<Account>('accounts', id) ?? []),
    postings: [],
  }),
  save: (transaction, { accounts, postings }) => {
    for (const account of accounts) transaction.put('accounts', account.id, account);
    for (const posting of postings) transaction.put('postings', posting.id, posting);
    return undefined;
  },
};

/** A request to the bank. */
export type BankRequest =
  | {
      readonly kind: 'transfer';
      readonly id: string;
      readonly from: string;
      readonly to: string;
      readonly amount: number;
    }
  | { readonly kind: 'deposit'; readonly id: string; readonly to: string; readonly amount: number }
  | { readonly kind: 'look'; readonly id: string; readonly accounts: readonly string[] };

/** A request that moves money. */
export type MoneyRequest = Exclude<BankRequest, { readonly kind: 'look' }>;

type Changed = { readonly account: Account; readonly event: MovementEvent };

const changed = (
  account: Account,
  amount: number,
  { transfer, other, version }: { transfer: string; other: string; version: number },
): Changed => {
  const after = {
    id: account.id,
    balance: account.balance + amount,
    version: account.version + 1,
    entries: [...account.entries, transfer],
  };
  const known = version === 1 ? {} : { other };
  const event: MovementEvent = {
    type: amount < 0 ? 'Debited' : 'Credited',
    schemaVersion: version,
    subject: account.id,
    aggregateVersion: after.version,
    data: { transfer, amount: Math.abs(amount), ...known },
  };
  return { account: after, event };
};

type BankDecision = Decision<
  AccountsState,
  { readonly balances: readonly number[] },
  MovementEvent | ReviewEvent
>;

/** Some transfers are reviewed, unless something settles them: here it is the same decision. */
const reviewsOf = (transfer: string, amount: number): readonly ReviewEvent[] => {
  if (amount % 4 !== 0) return [];
  const event = (type: ReviewEvent['type'], aggregateVersion: number): ReviewEvent => ({
    ...{ type, aggregateVersion, schemaVersion: 1 },
    subject: `transfer ${transfer}`,
    data: { transfer },
  });
  const asked = event('ReviewAsked', 1);
  return amount % 3 === 0 ? [asked] : [asked, event('ReviewSettled', 2)];
};

const accepted = (
  changes: readonly Changed[],
  { accounts: read }: AccountsState,
  posting: Omit<Posting, 'read' | 'extended'>,
  reviews: readonly ReviewEvent[] = [],
): BankDecision =>
  accept({
    state: {
      accounts: changes.map(({ account }) => account),
      postings: [{ ...posting, read, extended: changes.map(({ account }) => account.id) }],
    },
    events: [...changes.map(({ event }) => event), ...reviews],
    result: { balances: changes.map(({ account }) => account.balance) },
  });

/** Money that comes in; the first deposit opens an account. */
export const decideDeposit = (
  state: AccountsState,
  { id, to, amount }: Extract<BankRequest, { readonly kind: 'deposit' }>,
  version: number,
): BankDecision => {
  const account = state.accounts[0] ?? { id: to, balance: 0, version: 0, entries: [] };
  const change = changed(account, amount, { transfer: id, other: 'outside', version });
  return accepted([change], state, { id, amount, isNew: true });
};

/** Money that moves, if the first account holds enough. */
export const decideTransfer = (
  state: AccountsState,
  request: Extract<BankRequest, { readonly kind: 'transfer' }>,
  version: number,
): BankDecision => {
  const { accounts } = state;
  const { id, amount } = request;
  const from = accounts.find((one) => one.id === request.from);
  const to = accounts.find((one) => one.id === request.to);
  if (!from || !to) return refuse('AccountNotFound', 'An account does not exist');
  if (from.balance < amount) return refuse('InsufficientFunds', 'The account holds less');
  const about = { transfer: id, version };
  const changes = [
    changed(from, -amount, { ...about, other: to.id }),
    changed(to, amount, { ...about, other: from.id }),
  ];
  return accepted(changes, state, { id, amount, isNew: false }, reviewsOf(id, amount));
};

/** One look in so many is refused, and each movement changes which one. */
const refusedOneIn = 3;

/**
 * A look at some accounts, which changes none of them. Whether it is refused depends on rows that
 * it does not write, so a COMMIT of it that comes late does not conflict.
 */
export const decideLook = (
  state: AccountsState,
  { id }: Extract<BankRequest, { readonly kind: 'look' }>,
): BankDecision => {
  const movements = state.accounts.reduce((sum, account) => sum + account.version, 0);
  if (movements % refusedOneIn === 0) {
    return refuse('NotShown', 'The accounts are not shown after this movement');
  }
  const posting = { id, amount: 0, isNew: false, read: state.accounts, extended: [] };
  return accept({
    state: { accounts: [], postings: [posting] },
    events: [],
    result: { balances: state.accounts.map(({ balance }) => balance) },
  });
};
