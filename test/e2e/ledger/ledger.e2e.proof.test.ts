import { afterAll, beforeAll } from 'vitest';
import { type LedgerStack, startLedger } from './stack.ts';
import { describeConcurrentTransfers } from './transfers.ts';

let ledger: LedgerStack;

beforeAll(async () => {
  ledger = await startLedger();
});

afterAll(() => ledger.stop());

describeConcurrentTransfers(() => ledger, 200);
