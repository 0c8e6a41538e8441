import { describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../../../../packages/cli/src/local/clock.ts';
import {
  createEventBridge,
  readRule,
} from '../../../../../../packages/cli/src/local/eventbridge/index.ts';
import type { DestinationMessage } from '../../../../../../packages/cli/src/local/lambda/index.ts';
import { createSqs, readQueue } from '../../../../../../packages/cli/src/local/sqs/index.ts';
import { createDestinations } from '../../../../../../packages/cli/src/local/stack/plan/destinations.ts';

const place = { region: 'us-east-1', account: '000000000000' };
const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:us-east-1:000000000000:${resource}`;
const traceHeader = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';

/** A queue, a function and a bus whose only rule invokes another function. */
const region = () => {
  const enqueued: unknown[] = [];
  const delivered: unknown[] = [];
  const clock = createLocalClock();
  const queues = [readQueue({}, { name: 'records', ...place })];
  const sqs = createSqs({ account: place.account, clock, queues });
  const everything = {
    EventBusName: 'ledger',
    EventPattern: { source: ['lambda'] },
    Targets: [{ Id: 'T', Arn: arnOf('lambda', 'function:consumer') }],
  };
  const bridge = createEventBridge({
    ...place,
    clock,
    buses: ['ledger'],
    rules: [readRule(everything, { name: 'everything', ...place })],
    targets: {
      invokeAsync: async (_arn, payload, trace) => {
        delivered.push({ event: JSON.parse(payload), trace });
        return 'accepted';
      },
      sendToQueue: sqs.sendToQueue,
      putOnBus: async () => 'missing',
    },
  });
  const send = createDestinations({
    sqs,
    bridge: () => bridge,
    functionByArn: (arn) =>
      arn.endsWith(':audit')
        ? { enqueue: (payload, options) => `${enqueued.push({ payload, ...options })}` }
        : undefined,
  });
  return { send, sqs, bridge, enqueued, delivered };
};

const about = (changes: Partial<DestinationMessage>): DestinationMessage => ({
  destinationArn: '',
  functionArn: arnOf('lambda', 'function:f:$LATEST'),
  succeeded: true,
  body: '{"version":"1.0","requestPayload":{"amount":100.50}}',
  attributes: {},
  traceHeader,
  ...changes,
});

describe('the message of an asynchronous invocation', () => {
  it('goes to a queue, with its attributes and its trace', async () => {
    const { send, sqs } = region();
    const destinationArn = arnOf('sqs', 'records');
    const attributes = { ErrorCode: { DataType: 'Number', StringValue: '200' } } as const;
    await send(about({ destinationArn, attributes }));
    const [message] = (await sqs.byArn(destinationArn)?.receive({ max: 1 })) ?? [];
    expect(message).toMatchObject({
      body: '{"version":"1.0","requestPayload":{"amount":100.50}}',
      attributes,
      systemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
    });
  });

  it('invokes a function asynchronously', async () => {
    const { send, enqueued } = region();
    const { body } = about({});
    await send(about({ destinationArn: arnOf('lambda', 'function:audit') }));
    expect(enqueued).toEqual([{ payload: body, traceHeader }]);
  });

  it.each([
    ['Success', true],
    ['Failure', false],
  ])('is an event on a bus whose type says %s', async (word, succeeded) => {
    const { send, bridge, delivered } = region();
    const destinationArn = arnOf('events', 'event-bus/ledger');
    await send(about({ destinationArn, succeeded }));
    await bridge.idle();
    expect(delivered).toMatchObject([
      {
        event: {
          source: 'lambda',
          'detail-type': `Lambda Function Invocation Result - ${word}`,
          resources: [destinationArn, arnOf('lambda', 'function:f:$LATEST')],
          detail: { version: '1.0', requestPayload: { amount: 100.5 } },
        },
        trace: traceHeader,
      },
    ]);
  });

  it.each([arnOf('sqs', 'nowhere'), arnOf('lambda', 'function:nowhere'), arnOf('sns', 'topic')])(
    'is refused by %s',
    (destinationArn) => {
      const { send } = region();
      expect(() => send(about({ destinationArn }))).toThrow(`there is no ${destinationArn}`);
    },
  );

  it('is refused by a bus that does not take it', () => {
    const { send } = region();
    const destinationArn = arnOf('events', 'event-bus/ledger');
    expect(() => send(about({ destinationArn, body: '[]' }))).toThrow('Detail is malformed.');
  });
});
