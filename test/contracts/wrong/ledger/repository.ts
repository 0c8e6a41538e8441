import type { Json, Outcome, UnitOfWork, Work } from '../../../../src/domain/kernel/index.ts';
import type {
  Account,
  AuditState,
  LedgerQueries,
  LedgerQuery,
  LedgerState,
  ListPage,
  Total,
  TotalsState,
  Transaction,
} from '../../../../src/domain/ledger/index.ts';
import type { LedgerSubject } from '../../ledger/repository.ts';
import type { Wrong } from '../../suite.ts';

type Apply = Wrong<LedgerSubject>['apply'];

/** Changes the state that a decision has made before it is saved. */
const saving = <Query, State>(
  unit: UnitOfWork<Query, State>,
  change: (state: State) => State,
): UnitOfWork<Query, State> => ({
  execute: (async (work: Work<Query, State, Json>): Promise<Outcome> => {
    const decide = (loaded: State) => {
      const decision = work.decide(loaded);
      return decision.accepted ? { ...decision, state: change(decision.state) } : decision;
    };
    return unit.execute({ ...work, load: work.load ?? null, decide } as typeof work);
  }) as typeof unit.execute,
});

/** Changes the state that a decision is given. */
const loading = (change: (state: LedgerState) => LedgerState): Apply => {
  const wrapped = (unit: LedgerSubject['ledger']): typeof unit => ({
    execute: (async (work: Work<LedgerQuery, LedgerState, Json>): Promise<Outcome> => {
      const decide = (loaded: LedgerState) => work.decide(change(loaded));
      return unit.execute({ ...work, load: work.load ?? null, decide } as typeof work);
    }) as typeof unit.execute,
  });
  return (right) => ({ ...right, ledger: wrapped(right.ledger) });
};

const savingLedger =
  (change: (state: LedgerState) => LedgerState): Apply =>
  (right) => ({ ...right, ledger: saving(right.ledger, change) });

const savingAccount = (change: (account: Account) => Account): Apply =>
  savingLedger((state) => ({ ...state, accounts: state.accounts.map(change) }));

const savingTransaction = (change: (transaction: Transaction) => Transaction): Apply =>
  savingLedger((state) => ({ ...state, transactions: state.transactions.map(change) }));

const savingTotals =
  (change: (state: TotalsState) => TotalsState): Apply =>
  (right) => ({ ...right, totals: saving(right.totals, change) });

const savingAudit =
  (change: (state: AuditState) => AuditState): Apply =>
  (right) => ({ ...right, audit: saving(right.audit, change) });

const asking =
  (change: (queries: LedgerQueries) => Partial<LedgerQueries>): Apply =>
  (right) => ({ ...right, queries: { ...right.queries, ...change(right.queries) } });

const listing = (
  list: (
    page: ListPage,
    real: LedgerQueries['list'],
    at: number,
  ) => Promise<readonly Transaction[]>,
) => asking(({ list: real }) => ({ list: (page, at) => list(page, real, at) }));

const summing = (change: (totals: readonly Total[]) => readonly Total[]): Apply =>
  asking(({ totals }) => ({
    totals: async (deadline) => {
      const answer = await totals(deadline);
      return { ...answer, totals: change(answer.totals) };
    },
  }));

const pages = 'lists the newest first, page by page, each once, also at the same millisecond';
const sums = 'adds up increments of all shards, per Region, kind and currency';
const exists = 'refuses a second transaction of the same id, and saves nothing with it';

/** Keepers of the ledger that the contract must refuse. */
export const wrongLedgers: readonly Wrong<LedgerSubject>[] = [
  {
    fault: 'drops a description',
    caughtBy: 'gives back a deposit with everything exactly',
    apply: savingTransaction(({ description: _, ...transaction }) => transaction as Transaction),
  },
  {
    fault: 'keeps a time that is a millisecond off',
    caughtBy: 'gives back a deposit exactly',
    apply: savingTransaction((one) => ({ ...one, recordedAt: one.recordedAt - 1 })),
  },
  {
    fault: 'loses digits of a large amount',
    caughtBy: 'gives back the largest amount exactly',
    apply: savingTransaction((one) => {
      const rounded = one.amount.minor - (one.amount.minor % 1_000n);
      return {
        ...one,
        amount: { ...one.amount, minor: rounded > 0n ? rounded : one.amount.minor },
      };
    }),
  },
  {
    fault: 'confuses the two accounts of a transfer',
    caughtBy: 'gives back a transfer exactly',
    apply: savingTransaction((one) =>
      one.kind === 'transfer'
        ? { ...one, fromAccount: one.toAccount, toAccount: one.fromAccount }
        : one,
    ),
  },
  {
    fault: 'keeps one Region for all',
    caughtBy: 'gives back a deposit exactly',
    apply: savingTransaction((one) => ({ ...one, region: 'eu-central-1' })),
  },
  {
    fault: 'saves a second transaction of the same id under another',
    caughtBy: exists,
    apply: (right) => {
      const known = new Set<string>();
      const change = (state: LedgerState): LedgerState => ({
        ...state,
        transactions: state.transactions.map((one) => {
          const id = known.has(one.id) ? crypto.randomUUID() : one.id;
          known.add(one.id);
          return { ...one, id };
        }),
      });
      return { ...right, ledger: saving(right.ledger, change) };
    },
  },
  {
    fault: 'leaves out a second transaction of the same id, and saves the rest',
    caughtBy: exists,
    apply: (right) => {
      const known = new Set<string>();
      const change = (state: LedgerState): LedgerState => ({
        ...state,
        transactions: state.transactions.filter(({ id }) => {
          const isNew = !known.has(id);
          known.add(id);
          return isNew;
        }),
      });
      return { ...right, ledger: saving(right.ledger, change) };
    },
  },
  {
    fault: 'saves the first transaction of a decision only',
    caughtBy: 'keeps all accounts and transactions of one decision',
    apply: savingLedger((state) => ({ ...state, transactions: state.transactions.slice(0, 1) })),
  },
  {
    fault: 'saves the first account of a decision only',
    caughtBy: 'keeps all accounts and transactions of one decision',
    apply: savingLedger((state) => ({ ...state, accounts: state.accounts.slice(0, 1) })),
  },
  {
    fault: 'keeps balances in one currency',
    caughtBy: 'keeps all accounts and transactions of one decision',
    apply: savingAccount((one) => ({ ...one, balance: { ...one.balance, currency: 'USD' } })),
  },
  {
    fault: 'keeps the first balance of an account',
    caughtBy: 'keeps the newest balance and version of an account',
    apply: (right) => {
      const first = new Map<string, Account>();
      const change = (state: LedgerState): LedgerState => ({
        ...state,
        accounts: state.accounts.map((account) => {
          const kept = first.get(account.id) ?? account;
          first.set(account.id, kept);
          return { ...account, balance: kept.balance };
        }),
      });
      return { ...right, ledger: saving(right.ledger, change) };
    },
  },
  {
    fault: 'answers the first version of an account',
    caughtBy: 'keeps the newest balance and version of an account',
    apply: asking(({ account }) => ({
      account: async (id, deadline) => {
        const found = await account(id, deadline);
        return found && { ...found, version: 1 };
      },
    })),
  },
  {
    fault: 'answers an empty account where nobody has opened one',
    caughtBy: 'finds no transaction and no account that were never recorded',
    apply: asking(({ account }) => ({
      account: async (id, deadline) =>
        (await account(id, deadline)) ?? {
          id,
          balance: { minor: 0n, currency: 'USD' },
          version: 0,
        },
    })),
  },
  {
    fault: 'loads one account of several',
    caughtBy: 'loads the accounts that are asked for',
    apply: loading((state) => ({ ...state, accounts: state.accounts.slice(0, 1) })),
  },
  {
    fault: 'loads an account twice',
    caughtBy: 'loads the accounts that are asked for',
    apply: loading((state) => ({ ...state, accounts: [...state.accounts, ...state.accounts] })),
  },
  {
    fault: 'does not tell capitals apart in an id',
    caughtBy: 'tells ids apart by capitals',
    apply: asking(({ transaction }) => ({
      transaction: (id, deadline) => transaction(id.toLowerCase(), deadline),
    })),
  },
  {
    fault: 'lists the oldest of a page first',
    caughtBy: pages,
    apply: listing(async (page, list, at) => (await list(page, at)).toReversed()),
  },
  {
    fault: 'begins a page with the last one of the page before',
    caughtBy: pages,
    apply: listing((page, list, at) =>
      list(
        { ...page, ...(page.after && { after: { ...page.after, id: `${page.after.id}~` } }) },
        at,
      ),
    ),
  },
  {
    fault: 'goes on behind the whole millisecond of the last one',
    caughtBy: pages,
    apply: listing((page, list, at) =>
      list({ ...page, ...(page.after && { after: { ...page.after, id: '' } }) }, at),
    ),
  },
  {
    fault: 'lists the same page again and again',
    caughtBy: pages,
    apply: (right) => {
      let first: ListPage['after'];
      return listing((page, list, at) => {
        first ??= page.after;
        return list({ ...page, ...(first && { after: first }) }, at);
      })(right);
    },
  },
  {
    fault: 'lists one more than was asked for',
    caughtBy: 'lists from the newest where no page came before, and no more than it was asked for',
    apply: listing((page, list, at) => list({ ...page, limit: page.limit + 1 }, at)),
  },
  {
    fault: 'begins with the oldest where no page came before',
    caughtBy: 'lists from the newest where no page came before, and no more than it was asked for',
    apply: listing(async (page, list, at) => {
      if (page.after) return list(page, at);
      const newestFirst = await list({ ...page, limit: page.limit + 1 }, at);
      return newestFirst.toReversed().slice(0, page.limit);
    }),
  },
  {
    fault: 'keeps the first increment of several',
    caughtBy: sums,
    apply: savingTotals(({ increments }) => ({ increments: increments.slice(0, 1) })),
  },
  {
    fault: 'adds the amounts of all currencies',
    caughtBy: sums,
    apply: savingTotals(({ increments }) => ({
      increments: increments.map((one) => ({ ...one, amount: { ...one.amount, currency: 'USD' } })),
    })),
  },
  {
    fault: 'adds the amounts of all kinds',
    caughtBy: sums,
    apply: savingTotals(({ increments }) => ({
      increments: increments.map((one) => ({ ...one, kind: 'deposit' })),
    })),
  },
  {
    fault: 'adds the amounts of all Regions',
    caughtBy: sums,
    apply: savingTotals(({ increments }) => {
      const region = increments[0]?.region ?? '';
      return { increments: increments.map((one) => ({ ...one, region })) };
    }),
  },
  {
    fault: 'counts each total as one transaction',
    caughtBy: sums,
    apply: summing((totals) => totals.map((total) => ({ ...total, count: 1 }))),
  },
  {
    fault: 'gives totals in no order',
    caughtBy: sums,
    apply: summing((totals) => totals.toReversed()),
  },
  {
    fault: 'does not say of when the totals are',
    caughtBy: sums,
    apply: asking(({ totals }) => ({
      totals: async (deadline) => ({ ...(await totals(deadline)), asOf: undefined }),
    })),
  },
  {
    fault: 'keeps no arrivals',
    caughtBy: 'records an arrival',
    apply: savingAudit(() => ({ arrivals: [] })),
  },
  {
    fault: 'confuses the Regions of an arrival',
    caughtBy: 'records an arrival',
    apply: savingAudit(({ arrivals }) => ({
      arrivals: arrivals.map(({ originRegion, arrivalRegion, ...arrival }) => ({
        ...arrival,
        originRegion: arrivalRegion,
        arrivalRegion: originRegion,
      })),
    })),
  },
];
