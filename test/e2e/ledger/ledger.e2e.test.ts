import { afterAll, beforeAll } from 'vitest';
import { describeBadInput } from './bad-input.ts';
import { describeDeadLetters } from './dead-letters.ts';
import { describeHttp } from './http-requests.ts';
import { type LedgerStack, startLedger } from './stack.ts';
import { describeConcurrentTransfers } from './transfers.ts';
import { describeRegions } from './two-regions.ts';

let ledger: LedgerStack;

/** Runs before the next PutEvents request of a function, which then fails. */
let beforePutEvents: (() => Promise<void>) | undefined;

beforeAll(async () => {
  ledger = await startLedger({
    interceptor: () => async (request) => {
      if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return undefined;
      const hook = beforePutEvents;
      beforePutEvents = undefined;
      if (!hook) return undefined;
      await hook();
      return { status: 500, body: '{}' };
    },
  });
});

afterAll(() => ledger.stop());

// One stack for all: each part has accounts of its own.
describeBadInput(() => ledger);
describeHttp(() => ledger);
describeRegions(
  () => ledger,
  (hook) => {
    beforePutEvents = hook;
  },
);
describeDeadLetters(() => ledger);
describeConcurrentTransfers(() => ledger, 20);
