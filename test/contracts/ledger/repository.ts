import { expect } from 'vitest';
import { accept, type UnitOfWork } from '../../../src/domain/kernel/index.ts';
import {
  type Account,
  type AuditState,
  type LedgerQueries,
  type LedgerQuery,
  type LedgerState,
  type ListPosition,
  type Money,
  minorUnitsMax,
  type TotalsState,
  type Transaction,
  type TransactionOf,
} from '../../../src/domain/ledger/index.ts';
import { collectCases, type Suite } from '../suite.ts';

export type LedgerSubject = {
  readonly ledger: UnitOfWork<LedgerQuery, LedgerState>;
  readonly totals: UnitOfWork<never, TotalsState>;
  readonly audit: UnitOfWork<never, AuditState>;
  readonly queries: LedgerQueries;
  /** The arrivals that are recorded of an event. */
  readonly arrivals: (eventId: string) => Promise<AuditState['arrivals']>;
};

const usd = (minor: bigint): Money => ({ minor, currency: 'USD' });
const unique = (name: string): string => `${name}-${crypto.randomUUID()}`;

const deposit = (changes: Partial<Transaction & { kind: 'deposit' }> = {}): Transaction => ({
  kind: 'deposit',
  id: unique('t'),
  amount: usd(10_050n),
  region: 'us-east-1',
  recordedAt: Date.now(),
  ...changes,
});

/** One of every kind. */
const ofKind: { readonly [Kind in Transaction['kind']]: () => TransactionOf<Kind> } = {
  deposit: () => ({ ...deposit(), kind: 'deposit', accountId: 'a' }),
  transfer: () => ({ ...deposit(), kind: 'transfer', fromAccount: 'a', toAccount: 'b' }),
};

const soon = (): number => Date.now() + 10_000;

const frame = () =>
  ({
    once: { kind: 'command', key: crypto.randomUUID(), fingerprint: '' },
    envelop: () => {
      throw new Error('nothing is published here');
    },
    deadline: soon(),
  }) as const;

const save = <State>(unitOfWork: UnitOfWork<never, State>, state: State) =>
  unitOfWork.execute({ ...frame(), decide: () => accept({ state, events: [], result: null }) });

/**
 * The contract of every repository of the ledger. Each test uses ids of its own; the first one
 * finds an empty ledger.
 */
export const ledgerRepositoryContract = (createSubject: () => Promise<LedgerSubject>): Suite =>
  collectCases(({ beforeEach, it }) => {
    let subject: LedgerSubject;

    const record = (...transactions: readonly Transaction[]) =>
      save(subject.ledger as UnitOfWork<never, LedgerState>, { accounts: [], transactions });

    const saveAccounts = (...accounts: readonly Account[]) =>
      save(subject.ledger as UnitOfWork<never, LedgerState>, { accounts, transactions: [] });

    const load = async (...accountIds: readonly string[]): Promise<readonly Account[]> => {
      let loaded: readonly Account[] = [];
      await subject.ledger.execute({
        ...frame(),
        load: { accountIds },
        decide: ({ accounts }) => {
          loaded = accounts;
          return { accepted: false, code: 'Looked', message: 'only looking' };
        },
      });
      return loaded;
    };

    beforeEach(async () => {
      subject = await createSubject();
    });

    const samples: readonly (readonly [string, Transaction])[] = [
      ...Object.entries(ofKind).map(([kind, make]): [string, Transaction] => [`a ${kind}`, make()]),
      ['a deposit to no account', deposit()],
      ['a deposit with everything', deposit({ accountId: 'a', description: 'é "quoted" \\ 日本' })],
      ['the smallest amount', deposit({ amount: usd(1n) })],
      ['the largest amount', deposit({ amount: usd(minorUnitsMax - 1n) })],
      ['no decimal places', deposit({ amount: { minor: minorUnitsMax - 1n, currency: 'JPY' } })],
      ['three decimal places', deposit({ amount: { minor: 1_234_567n, currency: 'KWD' } })],
    ];
    for (const [what, transaction] of samples)
      it(`gives back ${what} exactly`, async () => {
        await record(transaction);
        expect(await subject.queries.transaction(transaction.id, soon())).toEqual(transaction);
      });

    it('finds no transaction and no account that were never recorded', async () => {
      expect(await subject.queries.transaction(unique('t'), soon())).toBeUndefined();
      expect(await subject.queries.account(unique('a'), soon())).toBeUndefined();
      expect(await load(unique('a'))).toEqual([]);
    });

    it('refuses a second transaction of the same id, and saves nothing with it', async () => {
      const first = deposit();
      const account = { id: unique('a'), balance: usd(1n), version: 1 };
      await record(first);
      const other = deposit();
      const second = await save(subject.ledger as UnitOfWork<never, LedgerState>, {
        accounts: [account],
        transactions: [other, { ...first, amount: usd(1n) }],
      });
      expect(second).toMatchObject({ status: 'refused', refusal: { code: 'TransactionExists' } });
      expect(await subject.queries.transaction(first.id, soon())).toEqual(first);
      expect(await subject.queries.transaction(other.id, soon())).toBeUndefined();
      expect(await subject.queries.account(account.id, soon())).toBeUndefined();
    });

    it('keeps all accounts and transactions of one decision', async () => {
      const accounts = [unique('z'), unique('a')].map((id, index) => ({
        id,
        balance: { minor: BigInt(index), currency: 'JPY' },
        version: 1,
      }));
      const transactions = [deposit(), { ...ofKind.transfer(), id: unique('t') }];
      await save(subject.ledger as UnitOfWork<never, LedgerState>, { accounts, transactions });
      for (const account of accounts) {
        expect(await subject.queries.account(account.id, soon())).toEqual(account);
      }
      for (const transaction of transactions) {
        expect(await subject.queries.transaction(transaction.id, soon())).toEqual(transaction);
      }
    });

    it('tells ids apart by capitals', async () => {
      const id = unique('a');
      await saveAccounts({ id, balance: usd(1n), version: 1 });
      await record(deposit({ id }));
      expect(await subject.queries.account(id.toUpperCase(), soon())).toBeUndefined();
      expect(await subject.queries.transaction(id.toUpperCase(), soon())).toBeUndefined();
    });

    it('keeps the newest balance and version of an account', async () => {
      const account = { id: unique('a'), balance: usd(500n), version: 1 };
      await saveAccounts(account);
      const changed = { ...account, balance: usd(0n), version: 2 };
      await saveAccounts(changed);
      expect(await subject.queries.account(account.id, soon())).toEqual(changed);
      expect(await load(account.id)).toEqual([changed]);
    });

    it('loads the accounts that are asked for', async () => {
      const accounts = [1n, 2n, 3n].map((minor) => ({
        id: unique('a'),
        balance: usd(minor),
        version: 1,
      }));
      const [first, second] = accounts;
      await saveAccounts(...accounts);
      const loaded = await load(...[first, second].flatMap((account) => account?.id ?? []));
      expect(loaded).toHaveLength(2);
      expect(loaded).toEqual(expect.arrayContaining([first, second]));
    });

    it('lists the newest first, page by page, each once, also at the same millisecond', async () => {
      const start = Date.UTC(2100, 0, 1) + Math.floor(Math.random() * 1e9);
      const recorded = Array.from({ length: 25 }, (_, index) =>
        deposit({ recordedAt: start + Math.floor(index / 3) }),
      );
      for (const transaction of recorded) await record(transaction);
      const nextPage = (after: ListPosition) => subject.queries.list({ limit: 10, after }, soon());
      const listed: Transaction[] = [];
      let page = await nextPage({ recordedAt: start + 1_000, id: '' });
      while (page.length > 0 && listed.length < 25) {
        listed.push(...page);
        const last = page.at(-1);
        page = last ? await nextPage(last) : [];
      }
      const newestFirst = recorded.toSorted((left, right) =>
        left.recordedAt === right.recordedAt
          ? left.id < right.id
            ? 1
            : -1
          : right.recordedAt - left.recordedAt,
      );
      expect(listed.slice(0, 25)).toEqual(newestFirst);
    });

    it('lists from the newest where no page came before, and no more than it was asked for', async () => {
      const newest = [1, 2, 3].map((ms) => deposit({ recordedAt: Date.UTC(2200, 0, 1) + ms }));
      // Later than those that another run of this case has left.
      const shift = Date.now() - Date.UTC(2026, 0, 1);
      const recorded = newest.map((one) => ({ ...one, recordedAt: one.recordedAt + shift }));
      for (const transaction of recorded) await record(transaction);
      const page = await subject.queries.list({ limit: 2 }, soon());
      expect(page).toEqual(recorded.toReversed().slice(0, 2));
    });

    it('adds up increments of all shards, per Region, kind and currency', async () => {
      const region = unique('region');
      const increment = (shard: number, minor: bigint) =>
        ({ region, kind: 'deposit', shard, amount: usd(minor) }) as const;
      await save(subject.totals, { increments: [increment(0, 5n), increment(7, 6n)] });
      await save(subject.totals, { increments: [increment(7, 7n)] });
      await save(subject.totals, {
        increments: [
          { ...increment(0, 1n), kind: 'transfer' },
          { ...increment(0, 2n), amount: { minor: 2n, currency: 'EUR' } },
          { ...increment(0, 9n), region: unique('other') },
        ],
      });
      const { totals, asOf } = await subject.queries.totals(soon());
      expect(totals.filter((total) => total.region === region)).toEqual([
        { region, kind: 'deposit', count: 1, amount: { minor: 2n, currency: 'EUR' } },
        { region, kind: 'deposit', count: 3, amount: usd(18n) },
        { region, kind: 'transfer', count: 1, amount: usd(1n) },
      ]);
      expect(Math.abs((asOf ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    it('records an arrival', async () => {
      const arrival = {
        eventId: crypto.randomUUID(),
        eventType: 'TransactionRecorded',
        originRegion: 'us-east-1',
        arrivalRegion: 'us-west-2',
        occurredAt: Date.now() - 100,
        arrivedAt: Date.now(),
      };
      expect((await save(subject.audit, { arrivals: [arrival] })).status).toBe('committed');
      expect(await subject.arrivals(arrival.eventId)).toEqual([arrival]);
    });
  });
