import { afterAll, beforeAll, describe, it } from 'vitest';
import type { EventBridgeObserver } from '../../../packages/cli/src/local/eventbridge/index.ts';
import { type Operator, operatorOf } from './operator.ts';
import { loseAt, type Reach, type StepName, steps } from './region-steps.ts';
import { type LedgerStack, startLedger } from './stack.ts';

let ledger: LedgerStack;
let operator: Operator;
let route: Parameters<Reach['intercept']>[0];
let observer: EventBridgeObserver | undefined;

beforeAll(async () => {
  ledger = await startLedger(
    {
      interceptor: (region) => (request) => (region === 'us-west-2' ? route?.(request) : undefined),
      eventObserver: (region) => ({
        arrived: (...event) => {
          if (region === 'us-west-2') observer?.arrived?.(...event);
        },
        delivered: (...delivery) => {
          if (region === 'us-west-2') observer?.delivered?.(...delivery);
        },
      }),
    },
    undefined,
    undefined,
    { graceMs: 2_000, takeoverAgeMs: 4_000 },
  );
  operator = operatorOf(ledger);
}, 180_000);

afterAll(async () => {
  operator?.stop();
  await ledger?.stop();
});

const reach = (): Reach => ({
  ledger,
  operator,
  intercept: (chosen) => {
    route = chosen;
  },
  observe: (chosen) => {
    observer = chosen;
  },
});

describe('a Region that is lost', () => {
  it.each(Object.keys(steps) as StepName[])(
    '%s leaves each consumer with the event once in effect',
    async (name) => loseAt(name, reach()),
    180_000,
  );
});
