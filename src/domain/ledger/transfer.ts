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
import { ledgerEventVersion, type TransferCompleted } from './events.ts';
import type { Account, LedgerQuery, LedgerState, TransactionOf } from './ledger.ts';
import { formatAmount, type Money, minorUnitsMax } from './money.ts';
import { type LedgerRefusal, refuseInLedger } from './refusals.ts';

/** Move money from one account to another. */
export type Transfer = {
  readonly type: 'Transfer';
  readonly transactionId: string;
  readonly fromAccount: string;
  readonly toAccount: string;
  readonly amount: Money;
  readonly description?: string;
  readonly region: string;
};

/** A transfer that was recorded, and both accounts after it. */
export type Transferred = {
  readonly transaction: TransactionOf<'transfer'>;
  readonly from: Account;
  readonly to: Account;
};

const changedBy = (account: Account, minor: bigint): Account => ({
  ...account,
  balance: { ...account.balance, minor: account.balance.minor + minor },
  version: account.version + 1,
});

/** The codes with which a transfer is refused. */
export type TransferRefusal = Exclude<LedgerRefusal, 'TransactionExists'>;

/** Moves money if both accounts exist, share the currency, and the first one holds enough. */
export const decideTransfer = (
  state: LedgerState,
  command: Transfer,
  now: number,
): Decision<LedgerState, Transferred, TransferCompleted, TransferRefusal> => {
  const { transactionId, fromAccount, toAccount, amount, description, region } = command;
  if (fromAccount === toAccount) {
    return refuseInLedger('SameAccount', 'from_account and to_account must differ');
  }
  const from = state.accounts.find(({ id }) => id === fromAccount);
  if (!from) return refuseInLedger('AccountNotFound', `Account ${fromAccount} does not exist`);
  const to = state.accounts.find(({ id }) => id === toAccount);
  if (!to) return refuseInLedger('AccountNotFound', `Account ${toAccount} does not exist`);
  for (const { id, balance } of [from, to]) {
    if (balance.currency !== amount.currency) {
      return refuseInLedger(
        'CurrencyMismatch',
        `Account ${id} is in ${balance.currency}, not ${amount.currency}`,
      );
    }
  }
  if (from.balance.minor < amount.minor) {
    const held = `${formatAmount(from.balance)} ${amount.currency}`;
    return refuseInLedger(
      'InsufficientFunds',
      `Account ${fromAccount} holds ${held}, less than the amount`,
    );
  }
  const debited = changedBy(from, -amount.minor);
  const credited = changedBy(to, amount.minor);
  if (credited.balance.minor >= minorUnitsMax) {
    return refuseInLedger('BalanceTooLarge', `Account ${toAccount} cannot hold that much`);
  }
  const transaction: TransactionOf<'transfer'> = {
    kind: 'transfer',
    id: transactionId,
    fromAccount,
    toAccount,
    amount,
    ...defined({ description }),
    region,
    recordedAt: now,
  };
  return accept({
    state: { accounts: [debited, credited], transactions: [transaction] },
    events: [completed(transaction)],
    result: { transaction, from: debited, to: credited },
  });
};

const completed = (transaction: TransactionOf<'transfer'>): TransferCompleted => ({
  type: 'TransferCompleted',
  schemaVersion: ledgerEventVersion,
  subject: transaction.id,
  aggregateVersion: 1,
  data: {
    transaction_id: transaction.id,
    amount: formatAmount(transaction.amount),
    currency: transaction.amount.currency,
    from_account: transaction.fromAccount,
    to_account: transaction.toAccount,
    recorded_at: new Date(transaction.recordedAt).toISOString(),
  },
});

/** The content that makes a repeated transaction id the same request. */
const fingerprint = (command: Transfer): string => {
  const { type, fromAccount, toAccount, amount, description } = command;
  return JSON.stringify([
    type,
    fromAccount,
    toAccount,
    formatAmount(amount),
    amount.currency,
    description,
  ]);
};

/**
 * Moves money once per transaction id; `view` makes of it the result that is recorded, and given to
 * replays.
 */
export const transfer =
  (
    ledger: WorkRunner<LedgerQuery, LedgerState, TransferCompleted>,
    view: (transferred: Transferred) => Json,
  ) =>
  (command: Transfer, context: RunContext): Promise<Outcome<Json, TransferRefusal>> =>
    ledger.run({
      ...context,
      once: { kind: 'command', key: command.transactionId, fingerprint: fingerprint(command) },
      load: { accountIds: [command.fromAccount, command.toAccount] },
      decide: (state) => withResult(decideTransfer(state, command, context.now), view),
    });
