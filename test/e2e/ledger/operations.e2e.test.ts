import { afterAll, beforeAll } from 'vitest';
import { createLocalClock } from '../../../packages/cli/src/local/index.ts';
import { describeDlq } from './dlq-commands.ts';
import { describeEvents } from './events-commands.ts';
import { type Operator, operatorOf } from './operator.ts';
import { describeOutbox, type Intercept, type Operations } from './outbox-commands.ts';
import { type LedgerStack, startLedger } from './stack.ts';
import { describeTrace } from './trace-command.ts';

let ledger: LedgerStack;
let operator: Operator;
let intercepted: Intercept | undefined;
let aheadMs = 0;

beforeAll(async () => {
  const clock = createLocalClock({ speed: 30 });
  ledger = await startLedger({
    // The relay's minute takes two seconds.
    clock: { ...clock, now: () => clock.now() + aheadMs },
    interceptor: (region) => (request) => intercepted?.(region, request),
    onLog: (line) => operator?.keep(line),
  });
  operator = operatorOf(ledger);
});

afterAll(async () => {
  operator.stop();
  await ledger.stop();
});

const operations = (): Operations => ({
  ledger,
  operator,
  intercept: (intercept) => {
    intercepted = intercept;
  },
  advance: (ms) => {
    aheadMs += ms;
  },
});

// One stack for all: each part has events of its own.
describeOutbox(operations);
describeEvents(operations);
describeDlq(operations);
describeTrace(operations);
