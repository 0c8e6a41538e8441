import { expect, test } from 'vitest';
import { functionOf } from './support.ts';

/** Fails as often as its event says, counting over the attempts in one environment. */
const failing = `
  let calls = 0;
  export const handler = async ({ failures }) => {
    calls += 1;
    console.log('call ' + calls);
    if (calls <= failures) throw new Error('attempt ' + calls);
  };`;

test('retries a failing function until it succeeds, and is idle only then', async () => {
  const lines: string[] = [];
  const target = await functionOf(failing, { onLog: (line) => lines.push(line) });
  target.enqueue('{"failures":2}');
  await target.idle();
  expect(lines.filter((line) => /call \d$/.test(line))).toHaveLength(3);
});

test('sends an event that keeps failing to the dead-letter queue', async () => {
  const sent: unknown[] = [];
  const target = await functionOf(failing, {
    asyncConfig: { deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:dlq' },
    sendToDestination: (message) => void sent.push(message),
  });
  const requestId = target.enqueue('{"failures":9}');
  await target.idle();
  expect(sent).toEqual([
    {
      destinationArn: 'arn:aws:sqs:us-east-1:000000000000:dlq',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample:$LATEST',
      succeeded: false,
      body: '{"failures":9}',
      attributes: {
        RequestID: { DataType: 'String', StringValue: requestId },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: 'attempt 3' },
      },
      traceHeader: expect.stringMatching(/^Root=1-/),
    },
  ]);
});

test('runs every attempt under one trace, which the record has too', async () => {
  const lines: string[] = [];
  const sent: (string | undefined)[] = [];
  const target = await functionOf(
    `export const handler = async () => {
       console.log('trace ' + process.env._X_AMZN_TRACE_ID);
       throw new Error('no');
     };`,
    {
      asyncConfig: { onFailureArn: 'arn:queue' },
      onLog: (line) => lines.push(line),
      sendToDestination: ({ traceHeader }) => void sent.push(traceHeader),
    },
  );
  target.enqueue('{}');
  await target.idle();
  const traces = lines.flatMap((line) => line.match(/trace (Root=\S+)/)?.[1] ?? []);
  expect(traces).toHaveLength(3);
  expect(new Set([...traces, ...sent]).size).toBe(1);
});

test('runs each of many events', async () => {
  const lines: string[] = [];
  const target = await functionOf(
    `export const handler = async ({ n }) => console.log('event ' + n);`,
    {
      concurrencyMax: 3,
      onLog: (line) => lines.push(line),
    },
  );
  for (let n = 0; n < 50; n += 1) target.enqueue(JSON.stringify({ n }));
  await target.idle();
  const seen = lines.flatMap((line) => line.match(/event (\d+)$/)?.[1] ?? []);
  expect(new Set(seen).size).toBe(50);
  expect(seen).toHaveLength(50);
});

test('runs events again once the throttle ends', async () => {
  const lines: string[] = [];
  const target = await functionOf(
    `export const handler = async () => {
       await new Promise((resolve) => setTimeout(resolve, 50));
       console.log('ran');
     };`,
    { reservedConcurrency: 1, onLog: (line) => lines.push(line) },
  );
  for (let n = 0; n < 3; n += 1) target.enqueue('{}');
  await target.idle();
  expect(lines.filter((line) => line.endsWith('ran'))).toHaveLength(3);
});

test('a stopped function drops the events that wait for a retry', async () => {
  const target = await functionOf(
    `export const handler = async () => { throw new Error('no'); };`,
    {
      clock: {
        now: Date.now,
        speed: 1,
        sleep: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(signal.reason));
          }),
      },
    },
  );
  target.enqueue('{}');
  await target.warmUp();
  await target.stop();
  await target.idle();
  expect(target.environments()).toEqual([]);
});
