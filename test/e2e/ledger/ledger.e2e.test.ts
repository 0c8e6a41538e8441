import { afterAll, beforeAll } from 'vitest';
import type { LogLine } from '../../../packages/cli/src/local/index.ts';
import { describeBadInput } from './bad-input.ts';
import { describeDeadLetters } from './dead-letters.ts';
import { describeHttp } from './http-requests.ts';
import { describeLogIds } from './log-ids.ts';
import { type LedgerStack, startLedger } from './stack.ts';
import { describeConcurrentTransfers } from './transfers.ts';
import { describeRegions } from './two-regions.ts';

let ledger: LedgerStack;

/** Runs before the next PutEvents request of a function, which then fails. */
let beforePutEvents: (() => Promise<void>) | undefined;
/** Requests of PutEvents that fail from now on. */
let failingPutEvents = 0;
const lines: LogLine[] = [];

beforeAll(async () => {
  ledger = await startLedger({
    onLog: (line) => lines.push(line),
    interceptor: () => async (request) => {
      if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return undefined;
      const hook = beforePutEvents;
      const isFailing = failingPutEvents > 0;
      beforePutEvents = undefined;
      failingPutEvents -= failingPutEvents > 0 ? 1 : 0;
      if (!hook && !isFailing) return undefined;
      await hook?.();
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
describeLogIds(
  () => ledger,
  lines,
  (times) => {
    failingPutEvents = times;
  },
);
