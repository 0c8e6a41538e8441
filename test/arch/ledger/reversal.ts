/**
 * One step of a recipe of CONTRIBUTING: what it changes in one file, and what the compiler says
 * when it is left out.
 */
export type Step = {
  readonly file: string;
  /** Pairs of what is there and what takes its place; a file that is new has only its text. */
  readonly edits: readonly (readonly [found: string, replaced: string])[] | string;
  /**
   * The file that the compiler names when the step is left out: its own, but for a step that
   * defines what others use.
   */
  readonly named: string;
};

const domain = 'src/domain/ledger';
const adapters = 'src/adapters/ledger';

const reverseTransaction = `import {
  accept,
  type Decision,
  type Json,
  type Outcome,
  type RunContext,
  type WorkRunner,
  withResult,
} from '../kernel/index.ts';
import { ledgerEventVersion, type TransactionReversed } from './events.ts';
import type { LedgerQuery, LedgerState, TransactionOf } from './ledger.ts';
import { formatAmount, type Money } from './money.ts';
import { refuseInLedger } from './refusals.ts';

export type ReverseTransaction = {
  readonly type: 'ReverseTransaction';
  readonly transactionId: string;
  readonly accountId: string;
  readonly amount: Money;
  readonly region: string;
};

type Refusal = 'AccountNotFound' | 'NotReversible';

export const decideReverseTransaction = (
  state: LedgerState,
  command: ReverseTransaction,
  now: number,
): Decision<LedgerState, TransactionOf<'reversal'>, TransactionReversed, Refusal> => {
  const { transactionId, accountId, amount, region } = command;
  const account = state.accounts.find(({ id }) => id === accountId);
  if (!account) return refuseInLedger('AccountNotFound', 'There is no such account');
  const minor = account.balance.minor - amount.minor;
  if (minor < 0n) return refuseInLedger('NotReversible', 'The money has been spent');
  const transaction: TransactionOf<'reversal'> = {
    kind: 'reversal',
    id: transactionId,
    accountId,
    amount,
    region,
    recordedAt: now,
  };
  const changed = { ...account, balance: { ...amount, minor }, version: account.version + 1 };
  return accept({
    state: { accounts: [changed], transactions: [transaction] },
    events: [
      {
        type: 'TransactionReversed',
        schemaVersion: ledgerEventVersion,
        subject: transactionId,
        aggregateVersion: 1,
        data: {
          transaction_id: transactionId,
          amount: formatAmount(amount),
          currency: amount.currency,
          account_id: accountId,
          recorded_at: new Date(now).toISOString(),
        },
      },
    ],
    result: transaction,
  });
};

export const reverseTransaction =
  (
    ledger: WorkRunner<LedgerQuery, LedgerState, TransactionReversed>,
    view: (transaction: TransactionOf<'reversal'>) => Json,
  ) =>
  (command: ReverseTransaction, context: RunContext): Promise<Outcome<Json, Refusal>> =>
    ledger.run({
      ...context,
      once: { kind: 'command', key: command.transactionId, fingerprint: command.accountId },
      load: { accountIds: [command.accountId] },
      decide: (state) => withResult(decideReverseTransaction(state, command, context.now), view),
    });
`;

/** The entry of the new consumer: the compiler does not miss it, but looks for its declaration. */
export const watchBalances = {
  file: 'src/handlers/ledger/watch-balances.lambda.ts',
  text: `import { createTotalsRepository, ledger } from '../../adapters/ledger/index.ts';
import { serveConsumer } from '../runtime/index.ts';

export const handler = await serveConsumer(ledger, 'watch-balances', ({ db, runner }) => {
  const totals = runner(createTotalsRepository(db()));
  return (_event, run) => totals.run({ ...run, decide: () => ({ accepted: false, code: '', message: '' }) });
});
`,
} as const;

/** The recipe "Add an event", for \`TransactionReversed\`. */
export const eventSteps: readonly Step[] = [
  {
    file: `${domain}/events.ts`,
    named: `${domain}/reverse-transaction.ts`,
    edits: [
      [
        '  readonly TransferCompleted: {',
        `  readonly TransactionReversed: {
    readonly transaction_id: string;
    readonly amount: string;
    readonly currency: string;
    readonly account_id: string;
    readonly recorded_at: string;
  };
  readonly TransferCompleted: {`,
      ],
      [
        'export type TransferCompleted =',
        "export type TransactionReversed = EventOf<'TransactionReversed'>;\nexport type TransferCompleted =",
      ],
    ],
  },
  {
    file: `${adapters}/event-catalogue.ts`,
    named: `${adapters}/event-catalogue.ts`,
    edits: [
      [
        '  TransferCompleted: {',
        `  TransactionReversed: {
    version: ledgerEventVersion,
    scope: 'all-regions',
    schema: pipe(
      object({
        ...everyTransaction,
        account_id: string(),
      }),
      forward(amountFits(), ['amount']),
    ),
  },
  TransferCompleted: {`,
      ],
    ],
  },
  {
    file: `${adapters}/service.ts`,
    named: 'src/handlers/ledger/project-totals.lambda.ts',
    edits: [
      [
        "on: ['TransactionRecorded', 'TransferCompleted'] }",
        "on: ['TransactionRecorded', 'TransactionReversed', 'TransferCompleted'] }",
      ],
      [
        "on: ['TransactionRecorded', 'TransferCompleted'], of",
        "on: ['TransactionRecorded', 'TransactionReversed', 'TransferCompleted'], of",
      ],
    ],
  },
  {
    file: `${domain}/totals.ts`,
    named: `${domain}/totals.ts`,
    edits: [
      [
        "  TransferCompleted: 'transfer',",
        "  TransferCompleted: 'transfer',\n  TransactionReversed: 'reversal',",
      ],
    ],
  },
  {
    file: 'test/adapters/ledger/event-catalogue.prop.test.ts',
    named: 'test/adapters/ledger/event-catalogue.prop.test.ts',
    edits: [
      [
        '  TransferCompleted: completedEvent,',
        '  TransferCompleted: completedEvent,\n  TransactionReversed: completedEvent,',
      ],
    ],
  },
];

/** The recipe "Add a kind of transaction", for \`reversal\`. */
export const kindSteps: readonly Step[] = [
  {
    file: `${domain}/ledger.ts`,
    named: `${domain}/reverse-transaction.ts`,
    edits: [
      ['(Deposit | Movement)', '(Deposit | Movement | Reversal)'],
      [
        '/** A recorded fact',
        "export type Reversal = { readonly kind: 'reversal'; readonly accountId: string };\n\n/** A recorded fact",
      ],
    ],
  },
  {
    file: `${domain}/ledger.ts`,
    named: `${domain}/ledger.ts`,
    edits: [['transfer: true }', 'transfer: true, reversal: true }']],
  },
  {
    file: `${adapters}/views.ts`,
    named: `${adapters}/views.ts`,
    edits: [
      [
        "    case 'transfer':\n      return { from_account",
        "    case 'reversal':\n      return { account_id: transaction.accountId };\n    case 'transfer':\n      return { from_account",
      ],
    ],
  },
  {
    file: `${adapters}/rows.ts`,
    named: `${adapters}/rows.ts`,
    edits: [
      [
        "    case 'transfer':\n      return { kind,",
        "    case 'reversal':\n      return { kind, accountId: partyOf(row.account_id) };\n    case 'transfer':\n      return { kind,",
      ],
    ],
  },
  {
    file: `${adapters}/rows.ts`,
    named: `${adapters}/rows.ts`,
    edits: [
      [
        "    case 'transfer':\n      return {\n        ...nobody,",
        "    case 'reversal':\n      return { ...nobody, account_id: transaction.accountId };\n    case 'transfer':\n      return {\n        ...nobody,",
      ],
    ],
  },
  {
    file: 'test/contracts/ledger/repository.ts',
    named: 'test/contracts/ledger/repository.ts',
    edits: [
      [
        "  transfer: () => ({ ...deposit(), kind: 'transfer'",
        "  reversal: () => ({ ...deposit(), kind: 'reversal', accountId: 'a' }),\n  transfer: () => ({ ...deposit(), kind: 'transfer'",
      ],
    ],
  },
  {
    file: 'test/adapters/ledger/arbitraries.ts',
    named: 'test/adapters/ledger/arbitraries.ts',
    edits: [
      [
        '  transfer: movement,\n',
        "  transfer: movement,\n  reversal: fc.record({ ...recorded, kind: fc.constant('reversal' as const), accountId: id }),\n",
      ],
    ],
  },
];

/**
 * The part of the recipe "Add a consumer" that the compiler sees, for one named `watch-balances`.
 */
export const consumerSteps: readonly Step[] = [
  {
    file: `${adapters}/service.ts`,
    named: 'src/handlers/ledger/watch-balances.lambda.ts',
    edits: [
      [
        "    'project-totals': {",
        "    'watch-balances': { on: ['TransferCompleted'] },\n    'project-totals': {",
      ],
    ],
  },
  {
    file: 'infra/ledger/entries.ts',
    named: 'infra/ledger/entries.ts',
    edits: [
      [
        "  'project-totals': join",
        "  'watch-balances': join(folder, 'project-totals.lambda.ts'),\n  'project-totals': join",
      ],
    ],
  },
];

/** The recipe "Add a command", for \`ReverseTransaction\`. */
export const commandSteps: readonly Step[] = [
  {
    file: `${domain}/reverse-transaction.ts`,
    named: `${domain}/index.ts`,
    edits: reverseTransaction,
  },
  {
    file: `${domain}/index.ts`,
    named: 'src/handlers/ledger/ledger-api.ts',
    edits: [
      [
        "export * from './totals.ts';",
        "export * from './reverse-transaction.ts';\nexport * from './totals.ts';",
      ],
    ],
  },
  {
    file: `${domain}/commands.ts`,
    named: `${adapters}/requests.ts`,
    edits: [
      [
        'import type { Transfer }',
        "import type { ReverseTransaction } from './reverse-transaction.ts';\nimport type { Transfer }",
      ],
      ['RecordTransaction | Transfer', 'RecordTransaction | ReverseTransaction | Transfer'],
    ],
  },
  {
    file: `${domain}/refusals.ts`,
    named: `${domain}/reverse-transaction.ts`,
    edits: [["  | 'SameAccount'", "  | 'NotReversible'\n  | 'SameAccount'"]],
  },
  {
    file: `${adapters}/requests.ts`,
    named: `${adapters}/requests.ts`,
    edits: [
      [
        '  read: strictObject(',
        '  reverse: strictObject({\n    operation,\n    amount,\n    transaction_id: id,\n    account_id: id,\n    currency: optional(currency, defaultCurrency),\n  }),\n  read: strictObject(',
      ],
      ["  Transfer: 'transfer',", "  Transfer: 'transfer',\n  ReverseTransaction: 'reverse',"],
      ["  read: ['read', 'count'],", "  reverse: ['reverse'],\n  read: ['read', 'count'],"],
      [
        "    case 'transfer':\n      return checkWithAmount",
        "    case 'reverse':\n      return checkWithAmount(operation, payload, key);\n    case 'transfer':\n      return checkWithAmount",
      ],
    ],
  },
  {
    file: 'src/handlers/ledger/ledger-api.ts',
    named: 'src/handlers/ledger/ledger-api.ts',
    edits: [
      [
        "      case 'read': {",
        `      case 'reverse': {
        const { transaction_id: transactionId, account_id: accountId, amount } = request;
        const command = { type: 'ReverseTransaction', transactionId, accountId, amount, region };
        return answerOutcome(await reverse(command as ReverseTransaction, run), asked);
      }
      case 'read': {`,
      ],
      [
        '  const move = transfer(ledger, viewTransferred);',
        '  const move = transfer(ledger, viewTransferred);\n  const reverse = reverseTransaction(ledger, viewTransaction);',
      ],
      [
        '  recordTransaction,\n',
        '  type ReverseTransaction,\n  recordTransaction,\n  reverseTransaction,\n',
      ],
    ],
  },
  {
    file: 'src/handlers/ledger/ledger-api.ts',
    named: 'src/handlers/ledger/ledger-api.ts',
    edits: [['  SameAccount: 422,', '  NotReversible: 422,\n  SameAccount: 422,']],
  },
  {
    file: 'test/domain/ledger/ledger.prop.test.ts',
    named: 'test/domain/ledger/ledger.prop.test.ts',
    edits: [
      [
        '  Transfer: fc.record({',
        "  ReverseTransaction: fc.record({\n    type: fc.constant('ReverseTransaction' as const),\n    accountId,\n    amount,\n  }),\n  Transfer: fc.record({",
      ],
      [
        "    case 'Transfer':",
        "    case 'ReverseTransaction':\n      return decideReverseTransaction(state, { ...command, transactionId, region }, index);\n    case 'Transfer':",
      ],
      ['  decideTransfer,\n', '  decideReverseTransaction,\n  decideTransfer,\n'],
      ['deposit: 1n, transfer: 0n', 'deposit: 1n, reversal: -1n, transfer: 0n'],
      [
        "    case 'transfer':",
        "    case 'reversal':\n      return [transaction.accountId];\n    case 'transfer':",
      ],
    ],
  },
  {
    file: 'test/e2e/ledger/bad-requests.ts',
    named: 'test/e2e/ledger/bad-requests.ts',
    edits: [
      [
        '  read: [\n',
        '  reverse: [[\'no amount\', 400, \'{"operation":"reverse"}\']],\n  read: [\n',
      ],
    ],
  },
];
