import {
  createMemoryAuditRepository,
  createMemoryLedgerRepository,
  createMemoryTotalsRepository,
} from '../../../src/adapters/ledger/memory-ledger.ts';
import { ledger } from '../../../src/adapters/ledger/service.ts';
import { viewTransaction, viewTransferred } from '../../../src/adapters/ledger/views.ts';
import type { AnyService, Json, Outcome, RunContext } from '../../../src/domain/kernel/index.ts';
import {
  auditReplica,
  type LedgerEvent,
  type LedgerQuery,
  type LedgerState,
  type Money,
  parseAmount,
  projectTotals,
  recordTransaction,
  transfer,
} from '../../../src/domain/ledger/index.ts';
import type {
  Scenario,
  SeededRandom,
  SimulatedCommand,
  SimulatedParts,
} from '../../../src/testing/simulation/index.ts';
import { checkLedger } from './check.ts';

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
    const amount = `${random.below(40)}.${random.below(99) + 1}`.padEnd(4, '0');
    const from = random.pick(accountIds.filter((one) => one !== to));
    const isDeposit = index < accountIds.length || random.chance(0.3);
    return { key: id, request: isDeposit ? { id, to, amount } : { id, from, to, amount } };
  });

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
  check: checkLedger,
};
