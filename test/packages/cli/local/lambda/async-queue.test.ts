import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  type AsyncConfiguration,
  createAsyncQueue,
} from '../../../../../packages/cli/src/local/lambda/async-queue.ts';
import type { DestinationMessage } from '../../../../../packages/cli/src/local/lambda/async-result.ts';
import {
  FunctionStopped,
  FunctionThrottled,
} from '../../../../../packages/cli/src/local/lambda/errors.ts';
import type { InvocationResult } from '../../../../../packages/cli/src/local/lambda/invocation.ts';
import { createOutage } from '../../../../../packages/cli/src/local/outage.ts';

/** The result of one attempt: it succeeds, the function fails, or there is no room to run it. */
type Script = 'succeeds' | 'fails' | 'throttled' | 'off' | 'broken';

const resultOf = (requestId: string, script: Script): InvocationResult => {
  if (script === 'throttled') throw new FunctionThrottled(1);
  if (script === 'off') throw new FunctionThrottled(0);
  if (script === 'broken') throw new Error('listen EMFILE');
  return script === 'fails'
    ? {
        requestId,
        functionError: 'Unhandled',
        payload: '{"errorType":"Error","errorMessage":"no"}',
        logTail: '',
      }
    : { requestId, payload: 'null', logTail: '' };
};

/** Runs one event through the queue; the last script repeats. */
const run = async (
  scripts: readonly Script[],
  configuration: AsyncConfiguration = {},
  { payload = '{"n":1}', refused = false, traceHeader = undefined as string | undefined } = {},
) => {
  const waits: number[] = [];
  const delivered: DestinationMessage[] = [];
  const log: string[] = [];
  const requestIds: string[] = [];
  const clock: LocalClock = {
    now: () => Date.UTC(2026, 10, 23),
    speed: Number.POSITIVE_INFINITY,
    sleep: async (ms) => {
      waits.push(ms / 1000);
      await turn();
    },
  };
  const queue = createAsyncQueue({
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
    invoke: async ({ requestId }) => {
      const script = scripts[Math.min(requestIds.length, scripts.length - 1)] ?? 'succeeds';
      requestIds.push(requestId);
      return resultOf(requestId, script);
    },
    configuration: () => configuration,
    clock,
    sendToDestination: (message) => {
      if (refused) throw new Error('it is full');
      delivered.push(message);
    },
    onLog: (line) => log.push(line),
  });
  const { requestId, done } = queue.enqueue(payload, traceHeader);
  await done;
  const messages = delivered.map(({ destinationArn, body, attributes }) => ({
    arn: destinationArn,
    body,
    attributes,
  }));
  return { requestId, requestIds, waits, delivered, messages, log };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

test('invokes once when the function succeeds', async () => {
  const { requestIds, waits, messages } = await run(['succeeds']);
  expect({ calls: requestIds.length, waits, messages }).toEqual({
    calls: 1,
    waits: [],
    messages: [],
  });
});

test('repeats an attempt that the end of its Region interrupted, once the Region is back', async () => {
  const outage = createOutage();
  const requestIds: string[] = [];
  const queue = createAsyncQueue({
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
    invoke: async ({ requestId }) => {
      requestIds.push(requestId);
      if (requestIds.length > 1) return resultOf(requestId, 'succeeds');
      outage.begin();
      throw new FunctionStopped();
    },
    configuration: () => ({ maximumRetryAttempts: 0 }),
    clock: { now: () => 0, speed: 1, sleep: () => Promise.reject(new Error('no wait')) },
    sendToDestination: () => {},
    onLog: () => {},
    outage,
  });
  const { requestId, done } = queue.enqueue('{}');
  await turn();
  expect(requestIds).toEqual([requestId]);
  outage.end();
  await done;
  expect(requestIds).toEqual([requestId, requestId]);
});

test('retries a function error after one minute and after two more, under the same request id', async () => {
  const { requestId, requestIds, waits, messages } = await run(['fails', 'fails', 'succeeds']);
  expect(waits).toEqual([60, 120]);
  expect(requestIds).toEqual([requestId, requestId, requestId]);
  expect(messages).toEqual([]);
});

test('records an event whose retries are exhausted at the on-failure destination', async () => {
  const { requestId, messages } = await run(['fails'], { onFailureArn: 'arn:queue' });
  expect(messages.map(({ arn, attributes }) => ({ arn, attributes }))).toEqual([
    { arn: 'arn:queue', attributes: {} },
  ]);
  expect(JSON.parse(messages[0]?.body ?? '')).toEqual({
    version: '1.0',
    timestamp: '2026-11-23T00:00:00.000Z',
    requestContext: {
      requestId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'Error', errorMessage: 'no' },
  });
});

test('sends the event itself to the dead-letter queue, with the error as attributes', async () => {
  const { requestId, messages } = await run(['fails'], {
    maximumRetryAttempts: 0,
    deadLetterArn: 'arn:dlq',
  });
  expect(messages).toEqual([
    {
      arn: 'arn:dlq',
      body: '{"n":1}',
      attributes: {
        RequestID: { DataType: 'String', StringValue: requestId },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: 'no' },
      },
    },
  ]);
});

test('sends a failed event to both places when both are configured', async () => {
  const { messages } = await run(['fails'], {
    onFailureArn: 'arn:queue',
    deadLetterArn: 'arn:dlq',
  });
  expect(messages.map(({ arn }) => arn)).toEqual(['arn:queue', 'arn:dlq']);
});

test('makes no more attempts than configured', async () => {
  const { requestIds } = await run(['fails'], {
    maximumRetryAttempts: 1,
    onFailureArn: 'arn:queue',
  });
  expect(requestIds).toHaveLength(2);
});

test('gives up an event that would be too old at its next attempt', async () => {
  const { requestIds, messages } = await run(['fails'], {
    maximumEventAgeSeconds: 60,
    maximumRetryAttempts: 2,
    onFailureArn: 'arn:queue',
  });
  expect(requestIds).toHaveLength(2);
  expect(JSON.parse(messages[0]?.body ?? '')).toMatchObject({
    requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 2 },
  });
});

test.each(['throttled', 'broken'] as const)(
  'backs off from one second to five minutes, for six hours, while an event is %s',
  async (script) => {
    const { waits, messages } = await run([script], { onFailureArn: 'arn:queue' });
    expect(waits.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(sum(waits)).toBeGreaterThan(6 * 3600 - 300);
    expect(sum(waits)).toBeLessThanOrEqual(6 * 3600);
    const record = JSON.parse(messages[0]?.body ?? '');
    expect(record.requestContext).toMatchObject({
      condition: 'EventAgeExceeded',
      approximateInvokeCount: 0,
    });
    expect(record).not.toHaveProperty('responsePayload');
  },
);

test('says where an event went that it has given up', async () => {
  const { requestId, log } = await run(['fails'], {
    onFailureArn: 'arn:one',
    deadLetterArn: 'arn:two',
  });
  expect(log).toEqual([
    `Event ${requestId} is given up (RetriesExhausted) and sent to arn:one`,
    `Event ${requestId} is given up (RetriesExhausted) and sent to arn:two`,
  ]);
});

test.each([
  ['{"detail-type":"T","id":"bus-1","detail":{"id":"e-1"}}', 'e-1'],
  ['{"detail-type":"T","id":"bus-1","detail":{}}', 'bus-1'],
])(
  'names an event that it has given up by the id that other logs have: %s',
  async (payload, id) => {
    const { requestId, log } = await run(['fails'], {}, { payload });
    expect(log).toEqual([
      `Event ${id} of request ${requestId} is dropped (RetriesExhausted): the function has no failure queue`,
    ]);
  },
);

test.each(['e\n2026-11-30 ERROR forged', 'e\u001b[2J', 'e'.repeat(129), ''])(
  'names an event by its request alone where its id is none for a line: %j',
  async (id) => {
    const payload = JSON.stringify({ 'detail-type': 'T', id: 'bus-1', detail: { id } });
    const { requestId, log } = await run(['fails'], {}, { payload });
    expect(log).toEqual([
      `Event ${requestId} is dropped (RetriesExhausted): the function has no failure queue`,
    ]);
  },
);

test('says why the function was not run for an event that it has given up', async () => {
  const { requestId, log } = await run(['off'], { onFailureArn: 'arn:one' });
  expect(log).toEqual([
    `Event ${requestId} is given up (ZeroReservedConcurrency, throttled at a reserved concurrency of 0) and sent to arn:one`,
  ]);
});

test('does not count a throttle as one of the attempts', async () => {
  const { requestIds, messages } = await run(
    ['throttled', 'fails', 'throttled', 'fails', 'fails', 'succeeds'],
    { onFailureArn: 'arn:queue' },
  );
  expect(requestIds).toHaveLength(5);
  expect(JSON.parse(messages[0]?.body ?? '').requestContext.approximateInvokeCount).toBe(3);
});

test('fails an event at once when the function is switched off', async () => {
  const { waits, messages } = await run(['off'], { onFailureArn: 'arn:queue' });
  expect(waits).toEqual([]);
  expect(JSON.parse(messages[0]?.body ?? '').requestContext.condition).toBe(
    'ZeroReservedConcurrency',
  );
});

test('says that an event is dropped when the function has nowhere to send it', async () => {
  const { requestId, log } = await run(['fails']);
  expect(log).toEqual([
    `Event ${requestId} is dropped (RetriesExhausted): the function has no failure queue`,
  ]);
});

test('records an event that was handled, with the answer, at the on-success destination alone', async () => {
  const { requestId, delivered, messages } = await run(['fails', 'succeeds'], {
    onSuccessArn: 'arn:queue',
    onFailureArn: 'arn:other',
    deadLetterArn: 'arn:dlq',
  });
  expect(delivered).toMatchObject([
    {
      destinationArn: 'arn:queue',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST',
      succeeded: true,
      attributes: {},
    },
  ]);
  expect(JSON.parse(messages[0]?.body ?? '')).toEqual({
    version: '1.0',
    timestamp: '2026-11-23T00:00:00.000Z',
    requestContext: {
      requestId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST',
      condition: 'Success',
      approximateInvokeCount: 2,
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: null,
  });
});

test('sends no record of a failed event to the on-success destination', async () => {
  const { delivered } = await run(['fails'], {
    onSuccessArn: 'arn:queue',
    deadLetterArn: 'arn:dlq',
  });
  expect(delivered).toMatchObject([{ destinationArn: 'arn:dlq', succeeded: false }]);
});

test('keeps the spelling of numbers in a record', async () => {
  const payload = '{"amount":100.50,"id":12345678901234567890}';
  const { messages } = await run(['succeeds'], { onSuccessArn: 'arn:queue' }, { payload });
  expect(messages[0]?.body).toContain(`"requestPayload":${payload}`);
});

test.each([
  ['The record of event', 'succeeds', { onSuccessArn: 'arn:queue' }],
  ['Event', 'fails', { onFailureArn: 'arn:queue' }],
  ['Event', 'fails', { deadLetterArn: 'arn:queue' }],
] as const)('says that %s is dropped when its destination refuses it', async (what, script, to) => {
  const { requestId, log } = await run([script], to, { refused: true });
  expect(log).toEqual([
    `${what} ${requestId} is dropped: its destination arn:queue refused it: Error: it is full`,
  ]);
});

test('gives its messages the trace header of the sender, or a new one', async () => {
  const traceHeader = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
  const to = { onFailureArn: 'arn:queue', deadLetterArn: 'arn:dlq' };
  const sent = await run(['fails'], to, { traceHeader });
  expect(sent.delivered.map((message) => message.traceHeader)).toEqual([traceHeader, traceHeader]);
  const [fresh] = (await run(['fails'], to)).delivered;
  expect(fresh?.traceHeader).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16}/);
});
