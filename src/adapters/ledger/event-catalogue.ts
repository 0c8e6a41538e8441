import { check, exactOptional, forward, isoTimestamp, object, pipe, string } from 'valibot';
import type { EventDeclaration, EventScope } from '../../domain/kernel/index.ts';
import {
  formatAmount,
  isCurrency,
  type LedgerEvent,
  ledgerEventVersion,
  parseAmount,
} from '../../domain/ledger/index.ts';

/**
 * One declaration for each event of the domain: the schema of its data, its version, and the
 * Regions that hear of it.
 */
type LedgerDeclarations = {
  readonly [Type in LedgerEvent['type']]: EventDeclaration<
    Extract<LedgerEvent, { readonly type: Type }>['data']
  > & { readonly scope: EventScope };
};

const everyTransaction = {
  transaction_id: string(),
  amount: string(),
  currency: pipe(string(), check(isCurrency)),
  recorded_at: pipe(string(), isoTimestamp()),
};

type Priced = { readonly amount: string; readonly currency: string };

const isAmount = (data: Priced): boolean => {
  if (!isCurrency(data.currency)) return true; // The check of the currency reports this.
  const parsed = parseAmount(data.amount, data.currency);
  return parsed.ok && formatAmount(parsed.money) === data.amount;
};

/** The amount is as `formatAmount` writes it: nothing that a sum would lose or change. */
const amountFits = <Data extends Priced>() => check<Data>(isAmount);

/**
 * Every event of the ledger, with its schema and version. Fields may be added; nothing else within
 * a version.
 */
export const ledgerEventDeclarations = {
  TransactionRecorded: {
    version: ledgerEventVersion,
    scope: 'all-regions',
    schema: pipe(
      object({
        ...everyTransaction,
        account_id: exactOptional(string()),
      }),
      forward(amountFits(), ['amount']),
    ),
  },
  TransferCompleted: {
    version: ledgerEventVersion,
    scope: 'all-regions',
    schema: pipe(
      object({
        ...everyTransaction,
        from_account: string(),
        to_account: string(),
      }),
      forward(amountFits(), ['amount']),
    ),
  },
} as const satisfies LedgerDeclarations;
