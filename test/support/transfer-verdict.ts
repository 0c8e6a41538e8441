import type { BankBooks, Transfer } from './bank.ts';

/** A caller's knowledge of its transfer in the end. */
export type Knowledge =
  /** It was told that it has happened, now or before. */
  | 'acknowledged'
  /** It was told that nothing has happened: refused, or given up after faults that say so. */
  | 'denied'
  /** It was told that it may have happened, and has not asked again. */
  | 'unknown';

export type Told = { readonly transfer: Transfer; readonly knowledge: Knowledge };

export type Verdict = {
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly doubled: readonly string[];
  /** Denied, and there. */
  readonly ghosts: readonly string[];
  /** Journal, idempotency record and outbox row disagree, or the journal and the command. */
  readonly torn: readonly string[];
  /** Accounts that hold less than nothing, or not what the journal makes of them. */
  readonly wrongBalances: readonly string[];
  readonly sum: { readonly expected: number; readonly found: number };
};

const counted = (ids: Iterable<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

const same = (one: Transfer, other: Transfer | undefined): boolean =>
  one.from === other?.from && one.to === other.to && one.amount === other.amount;

const wrongBalances = ({ balances, journal }: BankBooks, opening: number): readonly string[] => {
  const expected = new Map([...balances.keys()].map((id) => [id, opening]));
  for (const { from, to, amount } of journal) {
    expected.set(from, (expected.get(from) ?? 0) - amount);
    expected.set(to, (expected.get(to) ?? 0) + amount);
  }
  return [...expected.keys()].filter(
    (id) => (balances.get(id) ?? -1) < 0 || balances.get(id) !== expected.get(id),
  );
};

/** Compares what callers were told with what is there. */
export const judgeBooks = (told: readonly Told[], books: BankBooks, opening: number): Verdict => {
  const journal = counted(books.journal.map(({ id }) => id));
  const [recorded, announced] = [counted(books.recorded), counted(books.announced)];
  const entries = new Map(books.journal.map((entry) => [entry.id, entry]));
  const timesOf = (id: string): readonly number[] =>
    [journal, recorded, announced].map((counts) => counts.get(id) ?? 0);
  const idsWhere = (isSo: (one: Told, times: readonly number[]) => boolean): readonly string[] =>
    told.filter((one) => isSo(one, timesOf(one.transfer.id))).map(({ transfer: { id } }) => id);
  const known = new Set(told.map(({ transfer: { id } }) => id));
  const strangers = [journal, recorded, announced]
    .flatMap((counts) => [...counts.keys()])
    .filter((id) => !known.has(id));
  return {
    lost: idsWhere(({ knowledge }, times) => knowledge === 'acknowledged' && times.includes(0)),
    doubled: idsWhere((_, times) => times.some((count) => count > 1)),
    ghosts: [
      ...idsWhere(({ knowledge }, times) => knowledge === 'denied' && times.some((n) => n > 0)),
      ...strangers,
    ],
    torn: idsWhere(
      ({ transfer }, times) =>
        new Set(times).size > 1 || (times[0] !== 0 && !same(transfer, entries.get(transfer.id))),
    ),
    wrongBalances: wrongBalances(books, opening),
    sum: {
      expected: opening * books.balances.size,
      found: [...books.balances.values()].reduce((sum, balance) => sum + balance, 0),
    },
  };
};

/** One line for each rule that is broken; none when all is well. */
export const violationsOf = (verdict: Verdict): readonly string[] => {
  const list = (what: string, ids: readonly string[]): readonly string[] =>
    ids.length === 0 ? [] : [`${ids.length} ${what}: ${ids.slice(0, 5).join(', ')}`];
  const { expected, found } = verdict.sum;
  return [
    ...list('acknowledged and not there', verdict.lost),
    ...list('there more than once', verdict.doubled),
    ...list('denied, or never sent, and there', verdict.ghosts),
    ...list('in disagreement with their record or event', verdict.torn),
    ...list('accounts overdrawn or not what the journal makes of them', verdict.wrongBalances),
    ...(expected === found ? [] : [`the sum is ${found} and should be ${expected}`]),
  ];
};
