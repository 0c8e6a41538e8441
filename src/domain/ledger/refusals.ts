import { type Refused, refuse } from '../kernel/index.ts';

/** Every refusal of the ledger, by the code that callers see; the API has a status for each. */
export type LedgerRefusal =
  | 'AccountNotFound'
  | 'BalanceTooLarge'
  | 'CurrencyMismatch'
  | 'InsufficientFunds'
  | 'SameAccount'
  | 'TransactionExists';

/** Refuses with a code that the ledger knows. */
export const refuseInLedger = <Code extends LedgerRefusal>(
  code: Code,
  message: string,
): Refused<Code> => refuse(code, message);
