import { check, exactOptional, isoTimestamp, object, pipe, regex, string } from 'valibot';
import { declareEvents } from '../../domain/kernel/index.ts';
import { isCurrency, ledgerEventSource, ledgerEventVersion } from '../../domain/ledger/index.ts';

const amount = pipe(string(), regex(/^\d{1,16}(\.\d{1,3})?$/));
const currency = pipe(string(), check(isCurrency));
const time = pipe(string(), isoTimestamp());

/** Every event of the ledger, with its schema and version. Fields may be added; nothing else within a version. */
export const ledgerEvents = declareEvents(ledgerEventSource, {
  TransactionRecorded: {
    version: ledgerEventVersion,
    schema: object({
      transaction_id: string(),
      amount,
      currency,
      account_id: exactOptional(string()),
      recorded_at: time,
    }),
  },
  TransferCompleted: {
    version: ledgerEventVersion,
    schema: object({
      transaction_id: string(),
      amount,
      currency,
      from_account: string(),
      to_account: string(),
      recorded_at: time,
    }),
  },
});
