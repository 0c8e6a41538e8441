import { afterAll, beforeAll } from 'vitest';
import {
  createLocalClock,
  type LogLine,
  type StackOptions,
} from '../../../packages/cli/src/local/index.ts';
import { startCollector } from '../../adapters/opentelemetry/collector.ts';
import { describeBadInput } from './bad-input.ts';
import { describeDeadLetters } from './dead-letters.ts';
import { describeDlq } from './dlq-commands.ts';
import { describeEvents } from './events-commands.ts';
import { describeHttp } from './http-requests.ts';
import { describeLogIds } from './log-ids.ts';
import { type Operator, operatorOf } from './operator.ts';
import { describeOutbox, type Intercept, type Operations } from './outbox-commands.ts';
import { type LedgerStack, startLedger } from './stack.ts';
import { describeTrace } from './trace-command.ts';
import { describeConcurrentTransfers } from './transfers.ts';
import { describeRegions } from './two-regions.ts';
import { describeWatching } from './watching-commands.ts';

let ledger: LedgerStack;
let operator: Operator;
let collector: Awaited<ReturnType<typeof startCollector>>;
let intercepted: Intercept | undefined;
let aheadMs = 0;
/** Runs before the next PutEvents request of a function, which then fails. */
let beforePutEvents: (() => Promise<void>) | undefined;
/** Requests of PutEvents that fail from now on. */
let failingPutEvents = 0;
const lines: LogLine[] = [];

/** Fails a PutEvents request where a test has asked for it. */
const failPutEvents: Intercept = async (_, { headers }) => {
  if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') return undefined;
  const hook = beforePutEvents;
  const isFailing = failingPutEvents > 0;
  beforePutEvents = undefined;
  failingPutEvents -= failingPutEvents > 0 ? 1 : 0;
  if (!hook && !isFailing) return undefined;
  await hook?.();
  return { status: 500, body: '{}' };
};

beforeAll(async () => {
  const clock = createLocalClock({ speed: 30 });
  collector = await startCollector();
  const options: Partial<StackOptions> = {
    // The relay's minute takes two seconds.
    clock: { ...clock, now: () => clock.now() + aheadMs },
    interceptor: (region) => (request) =>
      intercepted ? intercepted(region, request) : failPutEvents(region, request),
    onLog: (line) => {
      lines.push(line);
      operator?.keep(line);
    },
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

// One stack for all, since a start takes as much processor time as a part: each part has accounts
// and events of its own. The operator's parts count the messages of queues: parts that leave some
// come after them. The first part verifies a service that nothing has happened to.
describeWatching(operations);
describeBadInput(() => ledger);
describeHttp(() => ledger);
describeRegions(
  () => ledger,
  (hook) => {
    beforePutEvents = hook;
  },
);
describeOutbox(operations);
describeEvents(operations);
describeDlq(operations);
describeTrace(operations, () => collector);
describeDeadLetters(() => ledger);
describeConcurrentTransfers(() => ledger, 20);
describeLogIds(
  () => ledger,
  lines,
  (times) => {
    failingPutEvents = times;
  },
);
