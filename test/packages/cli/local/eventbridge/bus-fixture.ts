import type { LocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  type BusEvent,
  createEventBridge,
  type Denies,
  type EventBridge,
  type EventTargets,
  type InjectedDeliveryFailures,
  readRule,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import { createSkippingClock } from './skipping-clock.ts';

export const account = '000000000000';
export const primary = 'us-east-1';
export const secondary = 'us-west-2';

export const functionArn = (region: string, name: string): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`;
export const queueArn = (region: string, name: string): string =>
  `arn:aws:sqs:${region}:${account}:${name}`;
export const busArn = (region: string): string =>
  `arn:aws:events:${region}:${account}:event-bus/ledger`;

type Setup = {
  readonly rules: readonly object[];
  readonly answers?: Partial<EventTargets>;
  readonly clock?: LocalClock;
  readonly failures?: InjectedDeliveryFailures;
  readonly denies?: Denies;
};

/** The bus `ledger` of a Region, with targets that record what they get. */
export const regionWith = (region: string, setup: Setup) => {
  const invoked: { readonly arn: string; readonly event: Record<string, unknown> }[] = [];
  const queued: { readonly arn: string; readonly body: string; readonly attributes: object }[] = [];
  const dropped: string[] = [];
  const arrived: BusEvent[] = [];
  const bridge = createEventBridge({
    region,
    account,
    buses: ['ledger'],
    rules: setup.rules.map((properties, index) =>
      readRule(
        { EventBusName: 'ledger', ...properties },
        { name: `rule${index}`, region, account },
      ),
    ),
    clock: setup.clock ?? createSkippingClock(),
    ...(setup.failures && { failures: setup.failures }),
    ...(setup.denies && { denies: setup.denies }),
    targets: {
      invokeAsync: async (arn, payload) => {
        invoked.push({ arn, event: JSON.parse(payload) });
        return 'accepted';
      },
      sendToQueue: async (arn, body, attributes) => {
        queued.push({ arn, body, attributes });
        return 'accepted';
      },
      putOnBus: async () => 'missing',
      ...setup.answers,
    },
    observer: {
      dropped: (description, reason) => dropped.push(`${description}: ${reason}`),
      arrived: (event) => arrived.push(event),
    },
  });
  return { bridge, invoked, queued, dropped, arrived };
};

export const put = (
  bridge: EventBridge,
  detail: object = {},
  busName = 'ledger',
): ReturnType<EventBridge['putEvents']> =>
  bridge.putEvents([
    {
      Source: 'antipode.ledger',
      DetailType: 'TransactionRecorded',
      Detail: JSON.stringify(detail),
      EventBusName: busName,
    },
  ]);

export const target = (changes: object = {}): object => ({
  Id: 'T',
  Arn: functionArn(primary, 'f'),
  ...changes,
});

export const toSecondary = (changes: object = {}): object => ({
  EventPattern: { detail: { global: [true] } },
  Targets: [
    {
      Id: 'T',
      Arn: busArn(secondary),
      RoleArn: 'arn:aws:iam::000000000000:role/r',
      DeadLetterConfig: { Arn: queueArn(primary, 'dlq') },
    },
  ],
  ...changes,
});
