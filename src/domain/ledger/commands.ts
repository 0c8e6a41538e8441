import type { RecordTransaction } from './record-transaction.ts';
import type { Transfer } from './transfer.ts';

/** Every command of the ledger: requests ask for each, and the API routes each. */
export type LedgerCommand = RecordTransaction | Transfer;
