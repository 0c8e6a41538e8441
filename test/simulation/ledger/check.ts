import type { Account, Arrival, Total, Transaction } from '../../../src/domain/ledger/index.ts';
import type { FinalRows, History, Violation } from '../../../src/testing/simulation/index.ts';

/** Messages of one oracle: a broken promise is broken in many places. */
const messagesMax = 3;

const minorOf = (transactions: readonly Transaction[]): bigint =>
  transactions.reduce((sum, { amount }) => sum + amount.minor, 0n);

/**
 * The amounts that a transaction posts, each to its account. A kind that no client of the scenario
 * sends has none here.
 */
const postingsOf = (one: Transaction): readonly (readonly [account: string, minor: bigint])[] => {
  const { minor } = one.amount;
  if (one.kind === 'transfer') {
    return [
      [one.fromAccount, -minor],
      [one.toAccount, minor],
    ];
  }
  return one.kind === 'deposit' && one.accountId !== undefined ? [[one.accountId, minor]] : [];
};

/** Each account holds what was posted to it, and its version counts its postings. */
const balances = (
  accounts: readonly Account[],
  transactions: readonly Transaction[],
): readonly string[] => {
  const posted = Map.groupBy(transactions.flatMap(postingsOf), ([account]) => account);
  const known = new Map(accounts.map((account) => [account.id, account]));
  return [...new Set([...posted.keys(), ...known.keys()])].flatMap((id) => {
    const postings = posted.get(id) ?? [];
    const sum = postings.reduce((total, [, minor]) => total + minor, 0n);
    const { balance: { minor: held } = { minor: 0n }, version = 0 } = known.get(id) ?? {};
    if (held === sum && version === postings.length) return [];
    return [`${id} holds ${held} at version ${version}, and has ${postings.length} of ${sum}`];
  });
};

const missing = (ids: Iterable<string>, present: ReadonlySet<string>): readonly string[] =>
  [...ids].filter((id) => !present.has(id));

/** Each command that has taken effect has its transaction, and no other transaction is there. */
const posted = (transactions: readonly Transaction[], { effects }: History): readonly string[] => {
  const ids = new Set(transactions.map(({ id }) => id));
  const keys = new Set(effects.flatMap(({ once }) => (once.kind === 'command' ? once.key : [])));
  return [
    ...missing(keys, ids).map((key) => `${key} has taken effect without a transaction`),
    ...missing(ids, keys).map((id) => `${id} is a transaction that no command has made`),
  ];
};

type Sums = ReadonlyMap<string, readonly [count: number, minor: bigint]>;

const sumsOf = <Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  amountOf: (item: Item) => readonly [count: number, minor: bigint],
): Sums => {
  const sums = new Map<string, readonly [number, bigint]>();
  for (const item of items) {
    const [count, minor] = sums.get(nameOf(item)) ?? [0, 0n];
    const [more, amount] = amountOf(item);
    sums.set(nameOf(item), [count + more, minor + amount]);
  }
  return sums;
};

/** The totals of a Region and a kind are those of its transactions. */
const projected = (
  totals: readonly Total[],
  transactions: readonly Transaction[],
): readonly string[] => {
  const nameOf = ({ region, kind }: Pick<Total, 'region' | 'kind'>): string => `${region} ${kind}`;
  const counted = sumsOf(totals, nameOf, ({ count, amount }) => [count, amount.minor]);
  const made = sumsOf(transactions, nameOf, ({ amount }) => [1, amount.minor]);
  return [...new Set([...counted.keys(), ...made.keys()])].flatMap((name) => {
    const [is, due] = [counted.get(name)?.join(' of '), made.get(name)?.join(' of ')];
    return is === due ? [] : [`The totals of ${name} are ${is}, and its transactions ${due}`];
  });
};

/** Each event has arrived in the Region that is not its own, and nothing else has. */
const arrived = (arrivals: readonly Arrival[], { events }: History): readonly string[] => {
  const ids = new Set(arrivals.map(({ eventId }) => eventId));
  const isOther = ({ arrivalRegion, eventId }: Arrival): boolean =>
    events.get(eventId)?.envelope.originregion !== arrivalRegion;
  return [
    ...missing(events.keys(), ids).map((id) => `${id} has not arrived in the other Region`),
    ...missing(ids, new Set(events.keys())).map((id) => `${id} has arrived, and is no event`),
    ...arrivals.filter((one) => !isOther(one)).map(({ eventId }) => `${eventId} is at home`),
  ];
};

/** The promises of the ledger. */
export const checkLedger = (rows: FinalRows, history: History): readonly Violation[] => {
  const accounts = rows<Account>('accounts');
  const transactions = rows<Transaction>('transactions');
  const held = accounts.reduce((sum, { balance }) => sum + balance.minor, 0n);
  const deposits = minorOf(transactions.filter(({ kind }) => kind === 'deposit'));
  const oracles: { readonly [oracle: string]: readonly string[] } = {
    'money is conserved':
      held === deposits ? [] : [`${held} are held, and ${deposits} have come in`],
    'nobody is overdrawn': accounts
      .filter(({ balance }) => balance.minor < 0n)
      .map(({ id }) => `${id} is overdrawn`),
    'a balance is the sum of its postings': balances(accounts, transactions),
    'every command is posted': posted(transactions, history),
    'totals equal transactions': projected(rows<Total>('totals'), transactions),
    'every event crosses': arrived(rows<Arrival>('arrivals'), history),
  };
  return Object.entries(oracles).flatMap(([oracle, messages]) =>
    messages.slice(0, messagesMax).map((message): Violation => ({ oracle, message })),
  );
};
