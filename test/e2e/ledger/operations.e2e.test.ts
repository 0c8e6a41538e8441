import { afterAll, beforeAll } from 'vitest';
import { createLocalClock, type StackOptions } from '../../../packages/cli/src/local/index.ts';
import { startCollector } from '../../adapters/opentelemetry/collector.ts';
import { describeDlq } from './dlq-commands.ts';
import { describeEvents } from './events-commands.ts';
import { type Operator, operatorOf } from './operator.ts';
import { describeOutbox, type Intercept, type Operations } from './outbox-commands.ts';
import { type LedgerStack, startLedger } from './stack.ts';
import { describeTrace } from './trace-command.ts';

let ledger: LedgerStack;
let operator: Operator;
let collector: Awaited<ReturnType<typeof startCollector>>;
let intercepted: Intercept | undefined;
let aheadMs = 0;

beforeAll(async () => {
  const clock = createLocalClock({ speed: 30 });
  collector = await startCollector();
  const options: Partial<StackOptions> = {
    // The relay's minute takes two seconds.
    clock: { ...clock, now: () => clock.now() + aheadMs },
    interceptor: (region) => (request) => intercepted?.(region, request),
    onLog: (line) => operator?.keep(line),
  };
  const settings = {
    TRACES_ENDPOINT: `${collector.url}/v1/traces`,
    // The relay's minute is two seconds, but its runs take as long as anywhere. On a busy machine
    // ticks that wait for each other would outlive their age, and fill its dead letters.
    RESERVE_CONCURRENCY: 'off',
  };
  ledger = await startLedger(options, undefined, settings);
  operator = operatorOf(ledger);
});

afterAll(async () => {
  operator.stop();
  await ledger.stop();
  await collector.stop();
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
describeTrace(operations, () => collector);
