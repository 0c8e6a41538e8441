import type { FinalRows } from '../../../src/testing/simulation/index.ts';
import {
  type Anomaly,
  anomalies,
  type Operation,
  type Transaction,
} from '../../support/history.ts';
import type { Account, Posting } from './accounts.ts';

/** Write skew: snapshot isolation allows it. */
const allowed: ReadonlySet<Anomaly> = new Set(['G2-item']);

/** More than the bank has accounts. */
const keysMax = 1_000;

/** Numbers names from 0, in the order in which they come. */
const createNumbers = () => {
  const numbers = new Map<string, number>();
  return (name: string): number => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  };
};

/**
 * The transactions of the bank as a list-append history. The entries of an account are a list: each
 * posting appends its id, and keeps the lists that it has read. A last reading sees all lists.
 */
const historyOf = (
  accounts: readonly Account[],
  postings: readonly Posting[],
): readonly Transaction[] => {
  const keyOf = createNumbers();
  const numberOf = createNumbers();
  // A value is unique: a posting appends once to a list.
  const valueFor = (key: number, posting: string): number => numberOf(posting) * keysMax + key;
  const append = (account: string, posting: string): Operation => {
    const key = keyOf(account);
    return { kind: 'append', key, value: valueFor(key, posting) };
  };
  const read = ({ id, entries }: Account): Operation => {
    const key = keyOf(id);
    return { kind: 'read', key, seen: entries.map((posting) => valueFor(key, posting)) };
  };
  const committed = postings.map(
    (posting, id): Transaction => ({
      ...{ id, outcome: 'committed' },
      operations: [
        ...posting.read.map(read),
        ...posting.extended.map((account) => append(account, posting.id)),
      ],
    }),
  );
  const known = new Set(postings.map(({ id }) => id));
  const unknown = accounts.flatMap(({ id, entries }) =>
    entries.filter((posting) => !known.has(posting)).map((posting) => append(id, posting)),
  );
  const last = accounts.map(read);
  return [
    ...committed,
    { id: postings.length, outcome: 'aborted', operations: unknown },
    { id: postings.length + 1, outcome: 'committed', operations: last },
  ];
};

/** Anomalies that snapshot isolation forbids, and entries of an account that are gone. */
export const isolation = (rows: FinalRows): readonly string[] => {
  const accounts = rows<Account>('accounts');
  const postings = rows<Posting>('postings');
  const entriesOf = new Map(accounts.map(({ id, entries }) => [id, new Set(entries)]));
  const lost = postings.flatMap(({ id, extended }) =>
    extended
      .filter((account) => !entriesOf.get(account)?.has(id))
      .map((account) => `${account} has lost its entry ${id}`),
  );
  const found = [...anomalies(historyOf(accounts, postings))].filter((one) => !allowed.has(one));
  return [...found.map((anomaly) => `The transactions have the anomaly ${anomaly}`), ...lost];
};
