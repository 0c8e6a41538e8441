import {
  createMemoryAuditRepository,
  createMemoryLedgerRepository,
  createMemoryTotalsRepository,
} from '../../../src/adapters/ledger/memory-ledger.ts';
import { ledger } from '../../../src/adapters/ledger/service.ts';
import { viewTransaction, viewTransferred } from '../../../src/adapters/ledger/views.ts';
import type { AnyService, Json, Outcome, RunContext } from '../../../src/domain/kernel/index.ts';
import {
  type Account,
  auditReplica,
  type LedgerEvent,
  type LedgerQuery,
  type LedgerState,
  type Money,
  parseAmount,
  projectTotals,
  recordTransaction,
  type Total,
  type Transaction,
  transfer,
} from '../../../src/domain/ledger/index.ts';
import type {
  FinalRows,
  History,
  Scenario,
  SeededRandom,
  SimulatedCommand,
  SimulatedParts,
  Violation,
} from '../../../src/testing/simulation/index.ts';

type Request = {
  readonly id: string;
  readonly from?: string;
  readonly to: string;
  /** A decimal text. */
  readonly amount: string;
};

const accountIds = Array.from({ length: 10 }, (_, index) => `account-${index}`);

const moneyOf = (amount: string): Money => {
  const parsed = parseAmount(amount, 'USD');
  if (!parsed.ok) throw new TypeError(`${amount} is no amount`);
  return parsed.money;
};

const createApi = ({ runner, region }: SimulatedParts) => {
  const work = runner<LedgerQuery, LedgerState, LedgerEvent>(createMemoryLedgerRepository());
  const record = recordTransaction(work, viewTransaction);
  const move = transfer(work, viewTransferred);
  return (request: Request, run: RunContext): Promise<Outcome<Json>> => {
    const { id: transactionId, from: fromAccount, to, amount } = request;
    const command = { transactionId, amount: moneyOf(amount), region } as const;
    return fromAccount === undefined
      ? record({ ...command, type: 'RecordTransaction', accountId: to }, run)
      : move({ ...command, type: 'Transfer', fromAccount, toAccount: to }, run);
  };
};

const commandsOf = (random: SeededRandom, count: number): readonly SimulatedCommand[] =>
  Array.from({ length: count }, (_, index) => {
    const id = random.uuid();
    const to = accountIds[index] ?? random.pick(accountIds);
    const amount = `${random.below(40)}.${random.below(100)}`.padEnd(4, '0');
    const from = random.pick(accountIds.filter((one) => one !== to));
    const isDeposit = index < accountIds.length || random.chance(0.3);
    return { key: id, request: isDeposit ? { id, to, amount } : { id, from, to, amount } };
  });

const minorOf = (transactions: readonly Transaction[]): bigint =>
  transactions.reduce((sum, { amount }) => sum + amount.minor, 0n);

const check = (rows: FinalRows, history: History): readonly Violation[] => {
  const accounts = rows<Account>('accounts');
  const transactions = rows<Transaction>('transactions');
  const held = accounts.reduce((sum, { balance }) => sum + balance.minor, 0n);
  const deposits = minorOf(transactions.filter(({ kind }) => kind === 'deposit'));
  const totals = rows<Total>('totals');
  const total = totals.reduce((sum, { amount }) => sum + amount.minor, 0n);
  const count = totals.reduce((sum, one) => sum + one.count, 0);
  const arrivals = rows('arrivals').length;
  const facts: readonly (readonly [oracle: string, holds: boolean, message: string])[] = [
    ['money is conserved', held === deposits, `${held} are held, and ${deposits} have come in`],
    ['nobody is overdrawn', accounts.every(({ balance }) => balance.minor >= 0n), 'one is'],
    [
      'totals equal transactions',
      total === minorOf(transactions) && count === transactions.length,
      `the totals are ${total} of ${count} transactions, not of ${transactions.length}`,
    ],
    [
      'every event crosses',
      arrivals === history.events.size && arrivals === transactions.length,
      `${arrivals} of ${history.events.size} events have arrived`,
    ],
  ];
  return facts
    .filter(([, holds]) => !holds)
    .map(([oracle, , message]): Violation => ({ oracle, message }));
};

/** The reference service: its domain, its declaration and its repositories in memory. */
export const scenario: Scenario = {
  declaration: () => ledger as unknown as AnyService,
  api: createApi,
  consumers: {
    'project-totals': ({ runner, clock }) =>
      projectTotals(runner(createMemoryTotalsRepository(clock))),
    'audit-replica': ({ runner, region }) =>
      auditReplica(runner(createMemoryAuditRepository()), region),
  },
  commands: commandsOf,
  check,
};
