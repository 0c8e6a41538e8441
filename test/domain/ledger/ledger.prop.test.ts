import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Account,
  decideRecordTransaction,
  decideTransfer,
  emptyLedger,
  type LedgerState,
  minorUnitsMax,
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

const deposit = fc.record({ type: fc.constant('RecordTransaction' as const), accountId, amount });
const movement = fc.record({
  type: fc.constant('Transfer' as const),
  fromAccount: accountId,
  toAccount: accountId,
  amount,
});
const commands = fc.array(fc.oneof(deposit, movement), { maxLength: 60 });

type Command = typeof commands extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

const decide = (state: LedgerState, command: Command, index: number) => {
  const transactionId = `t-${index}`;
  return command.type === 'Transfer'
    ? decideTransfer(state, { ...command, transactionId, region }, index)
    : decideRecordTransaction(state, { ...command, transactionId, region }, index);
};

/** What a repository does with a decision. */
const saved = (state: LedgerState, { accounts, transactions }: LedgerState): LedgerState => ({
  accounts: [
    ...state.accounts.filter(({ id }) => !accounts.some((account) => account.id === id)),
    ...accounts,
  ],
  transactions: [...state.transactions, ...transactions],
});

const sum = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((left, right) => left + right, 0n);

describe('any sequence of deposits and transfers', () => {
  const play = (sequence: readonly Command[], see: (state: LedgerState) => void): LedgerState =>
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
          const deposits = transactions.filter(({ kind }) => kind === 'deposit');
          const balances = accounts.map(({ balance }) => balance.minor);
          expect(sum(balances)).toBe(sum(deposits.map((one) => one.amount.minor)));
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
          transactions.filter((one) =>
            one.kind === 'transfer'
              ? one.fromAccount === id || one.toAccount === id
              : one.accountId === id,
          ).length;
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
