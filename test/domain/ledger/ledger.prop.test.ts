import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/domain/kernel/index.ts';
import {
  type Account,
  decideRecordTransaction,
  decideTransfer,
  emptyLedger,
  type LedgerCommand,
  type LedgerEvent,
  type LedgerState,
  minorUnitsMax,
  type Transaction,
} from '../../../src/domain/ledger/index.ts';

const names = ['a', 'b', 'c', 'd'];
const accountId = fc.constantFrom(...names);
const amount = fc
  .oneof(
    // Small ones meet the limit of nothing by one, large ones the limit of what can be held.
    { arbitrary: fc.bigInt({ min: 1n, max: 4n }), weight: 3 },
    { arbitrary: fc.bigInt({ min: 1n, max: minorUnitsMax - 1n }), weight: 1 },
  )
  .map((minor) => ({ minor, currency: 'USD' }));
const region = 'us-east-1';

/** A command but for what each one has of its own: its id and its Region. */
type Named<Command extends LedgerCommand = LedgerCommand> = Command extends LedgerCommand
  ? Omit<Command, 'transactionId' | 'region'>
  : never;

const everyCommand: {
  readonly [Type in LedgerCommand['type']]: fc.Arbitrary<
    Named<Extract<LedgerCommand, { readonly type: Type }>>
  >;
} = {
  RecordTransaction: fc.record({
    type: fc.constant('RecordTransaction' as const),
    accountId,
    amount,
  }),
  Transfer: fc.record({
    type: fc.constant('Transfer' as const),
    fromAccount: accountId,
    toAccount: accountId,
    amount,
  }),
};
const commands = fc.array(fc.oneof(...Object.values(everyCommand)), { maxLength: 60 });

const decide = (
  state: LedgerState,
  command: Named,
  index: number,
): Decision<LedgerState, unknown, LedgerEvent> => {
  const transactionId = `t-${index}`;
  switch (command.type) {
    case 'RecordTransaction':
      return decideRecordTransaction(state, { ...command, transactionId, region }, index);
    case 'Transfer':
      return decideTransfer(state, { ...command, transactionId, region }, index);
  }
};

/**
 * By how much a transaction of each kind changes the sum of all balances, in units of its amount.
 */
const changeOfSum: Readonly<Record<Transaction['kind'], bigint>> = { deposit: 1n, transfer: 0n };

/** The accounts that a transaction changes. */
const accountsOf = (transaction: Transaction): readonly unknown[] => {
  switch (transaction.kind) {
    case 'deposit':
      return [transaction.accountId];
    case 'transfer':
      return [transaction.fromAccount, transaction.toAccount];
  }
};

/** Saves a decision as a repository does. */
const saved = (state: LedgerState, { accounts, transactions }: LedgerState): LedgerState => ({
  accounts: [
    ...state.accounts.filter(({ id }) => !accounts.some((account) => account.id === id)),
    ...accounts,
  ],
  transactions: [...state.transactions, ...transactions],
});

const sum = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((left, right) => left + right, 0n);

describe('any sequence of commands', () => {
  const play = (sequence: readonly Named[], see: (state: LedgerState) => void): LedgerState =>
    sequence.reduce((state, command, index) => {
      const decision = decide(state, command, index);
      if (!decision.accepted) return state;
      const next = saved(state, decision.state);
      see(next);
      return next;
    }, emptyLedger);

  it('conserves the sum, and overdraws or overfills nobody on the way', () => {
    fc.assert(
      fc.property(commands, (sequence) => {
        play(sequence, ({ accounts, transactions }) => {
          const changes = transactions.map(({ kind, amount }) => changeOfSum[kind] * amount.minor);
          const balances = accounts.map(({ balance }) => balance.minor);
          expect(sum(balances)).toBe(sum(changes));
          for (const balance of balances) {
            expect(balance >= 0n && balance < minorUnitsMax).toBe(true);
          }
        });
      }),
    );
  });

  it('counts each change of an account once', () => {
    fc.assert(
      fc.property(commands, (sequence) => {
        const { accounts, transactions } = play(sequence, () => undefined);
        const changesOf = ({ id }: Account): number =>
          transactions.filter((one) => accountsOf(one).includes(id)).length;
        for (const account of accounts) expect(account.version).toBe(changesOf(account));
      }),
    );
  });

  it('has one event for each transaction, about it', () => {
    fc.assert(
      fc.property(commands, (sequence) => {
        let state = emptyLedger;
        for (const [index, command] of sequence.entries()) {
          const decision = decide(state, command, index);
          if (!decision.accepted) continue;
          expect(decision.events.map(({ subject }) => subject)).toEqual(
            decision.state.transactions.map(({ id }) => id),
          );
          state = saved(state, decision.state);
        }
      }),
    );
  });
});
