import { defined } from '../kernel/defined.ts';
import {
  accept,
  type Decision,
  type Json,
  type Outcome,
  type RunContext,
  type WorkRunner,
  withResult,
} from '../kernel/index.ts';
import { ledgerEventVersion, type TransactionRecorded } from './events.ts';
import type { Account, LedgerQuery, LedgerState, TransactionOf } from './ledger.ts';
import { formatAmount, type Money, minorUnitsMax } from './money.ts';
import { type LedgerRefusal, refuseInLedger } from './refusals.ts';

/** Record money that came in. */
export type RecordTransaction = {
  readonly type: 'RecordTransaction';
  readonly transactionId: string;
  readonly amount: Money;
  readonly accountId?: string;
  readonly description?: string;
  readonly region: string;
};

const credited = (account: Account | undefined, id: string, amount: Money): Account => ({
  id,
  balance: { ...amount, minor: (account?.balance.minor ?? 0n) + amount.minor },
  version: (account?.version ?? 0) + 1,
});

/** The codes with which a deposit is refused. */
export type RecordRefusal = Extract<LedgerRefusal, 'CurrencyMismatch' | 'BalanceTooLarge'>;

/**
 * Records a transaction and, where it names an account, credits it; the first one opens the
 * account.
 */
export const decideRecordTransaction = (
  state: LedgerState,
  command: RecordTransaction,
  now: number,
): Decision<LedgerState, TransactionOf<'deposit'>, TransactionRecorded, RecordRefusal> => {
  const { transactionId, amount, accountId, description, region } = command;
  const account = state.accounts.find(({ id }) => id === accountId);
  if (account && account.balance.currency !== amount.currency) {
    const { currency } = account.balance;
    return refuseInLedger(
      'CurrencyMismatch',
      `Account ${account.id} is in ${currency}, not ${amount.currency}`,
    );
  }
  const changed = accountId === undefined ? undefined : credited(account, accountId, amount);
  if (changed && changed.balance.minor >= minorUnitsMax) {
    return refuseInLedger('BalanceTooLarge', `Account ${changed.id} cannot hold that much`);
  }
  const transaction: TransactionOf<'deposit'> = {
    kind: 'deposit',
    id: transactionId,
    amount,
    ...defined({ accountId, description }),
    region,
    recordedAt: now,
  };
  return accept({
    state: { accounts: changed ? [changed] : [], transactions: [transaction] },
    events: [recorded(transaction, accountId)],
    result: transaction,
  });
};

const recorded = (
  transaction: TransactionOf<'deposit'>,
  accountId: string | undefined,
): TransactionRecorded => ({
  type: 'TransactionRecorded',
  schemaVersion: ledgerEventVersion,
  subject: transaction.id,
  aggregateVersion: 1,
  data: {
    transaction_id: transaction.id,
    amount: formatAmount(transaction.amount),
    currency: transaction.amount.currency,
    ...defined({ account_id: accountId }),
    recorded_at: new Date(transaction.recordedAt).toISOString(),
  },
});

/** The content that makes a repeated transaction id the same request. */
const fingerprint = ({ type, amount, accountId, description }: RecordTransaction): string =>
  JSON.stringify([type, formatAmount(amount), amount.currency, accountId, description]);

/** A transaction without an account depends on nothing, so it needs no read. */
const needs = ({ accountId }: RecordTransaction): LedgerQuery | null =>
  accountId === undefined ? null : { accountIds: [accountId] };

/**
 * Records a transaction once per transaction id; `view` makes of it the result that is recorded,
 * and given to replays.
 */
export const recordTransaction =
  (
    ledger: WorkRunner<LedgerQuery, LedgerState, TransactionRecorded>,
    view: (transaction: TransactionOf<'deposit'>) => Json,
  ) =>
  (command: RecordTransaction, context: RunContext): Promise<Outcome<Json, RecordRefusal>> =>
    ledger.run({
      ...context,
      once: { kind: 'command', key: command.transactionId, fingerprint: fingerprint(command) },
      load: needs(command),
      decide: (state) => withResult(decideRecordTransaction(state, command, context.now), view),
    });
