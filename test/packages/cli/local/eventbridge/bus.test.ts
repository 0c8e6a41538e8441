import { describe, expect, it } from 'vitest';
import { createLocalClock, type LocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  type BusEvent,
  createBusNetwork,
  createEventBridge,
  type EventBridge,
  type EventTargets,
  type InjectedDeliveryFailures,
  readRule,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import { createSkippingClock } from './skipping-clock.ts';

const account = '000000000000';
const primary = 'us-east-1';
const secondary = 'us-west-2';

const functionArn = (region: string, name: string): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`;
const queueArn = (region: string, name: string): string =>
  `arn:aws:sqs:${region}:${account}:${name}`;
const busArn = (region: string): string => `arn:aws:events:${region}:${account}:event-bus/ledger`;

type Setup = {
  readonly rules: readonly object[];
  readonly answers?: Partial<EventTargets>;
  readonly clock?: LocalClock;
  readonly failures?: InjectedDeliveryFailures;
};

/** The bus `ledger` of a Region, with targets that record what they get. */
const regionWith = (region: string, setup: Setup) => {
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

const put = (bridge: EventBridge, detail: object = {}, busName = 'ledger') =>
  bridge.putEvents([
    {
      Source: 'antipode.ledger',
      DetailType: 'TransactionRecorded',
      Detail: JSON.stringify(detail),
      EventBusName: busName,
    },
  ]);

const target = (changes: object = {}): object => ({
  Id: 'T',
  Arn: functionArn(primary, 'f'),
  ...changes,
});

const toSecondary = (changes: object = {}): object => ({
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

describe('a bus that has ended', () => {
  it('takes no event, which would be lost', async () => {
    const { bridge } = regionWith(primary, { rules: [] });
    await bridge.stop();
    expect(() => put(bridge)).toThrow(
      expect.objectContaining({ name: 'ServiceUnavailable', status: 503 }),
    );
    const event = { id: 'i', source: 's', detailType: 't', account, time: '', region: primary };
    const hop = { fromRegion: secondary, ruleArn: 'arn:rule' };
    const whole = { ...event, resources: [], detail: '{}' };
    expect(bridge.receive(busArn(primary), whole, hop)).toBe('unreachable');
  });
});

describe('the trace header of PutEvents', () => {
  const own = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
  const ofRequest = 'Root=1-67891233-abcdef012345678912345678';
  const seen = async (headers: readonly (string | undefined)[]) => {
    const traces: (string | undefined)[] = [];
    const Arn = queueArn(primary, 'q');
    const { bridge, arrived } = regionWith(primary, {
      rules: [
        {
          EventPattern: { source: ['s'] },
          Targets: [
            { Id: 'Q', Arn, DeadLetterConfig: { Arn: queueArn(primary, 'dlq') } },
            target({ Id: 'F' }),
          ],
        },
      ],
      answers: {
        sendToQueue: async (arn, _body, _attributes, trace) => {
          traces.push(trace);
          return arn === Arn ? 'missing' : 'accepted';
        },
        invokeAsync: async (_arn, payload, trace) => {
          expect(payload).not.toContain('Root=');
          traces.push(trace);
          return 'accepted';
        },
      },
    });
    const [TraceHeader, header] = headers;
    bridge.putEvents(
      [{ Source: 's', DetailType: 't', Detail: '{}', EventBusName: 'ledger', TraceHeader }],
      header,
    );
    await bridge.idle();
    expect(arrived).toHaveLength(1);
    return traces;
  };

  it('goes to functions, to queues and into dead letters, and not into the event', async () => {
    expect(await seen([own])).toEqual([own, own, own]);
  });

  it('is that of the request unless the entry has one', async () => {
    expect(await seen([undefined, ofRequest])).toEqual([ofRequest, ofRequest, ofRequest]);
    expect(await seen([own, ofRequest])).toEqual([own, own, own]);
  });

  it('is dropped when it is none, and the event is delivered', async () => {
    expect(await seen(['nonsense'])).toEqual([undefined, undefined, undefined]);
  });
});

describe('the bus of another account', () => {
  const foreign = 'arn:aws:events:us-east-1:123456789012:event-bus/ledger';
  const toFunction = { EventPattern: { source: [{ exists: true }] }, Targets: [target()] };

  it('is refused to PutEvents as a whole, although a bus here has its name', async () => {
    const { bridge, invoked } = regionWith(primary, { rules: [toFunction] });
    expect(() => put(bridge, {}, foreign)).toThrow(
      expect.objectContaining({
        name: 'AccessDeniedException',
        status: 400,
        message: expect.stringMatching(
          /is not authorized to perform: events:PutEvents on resource: arn:aws:events:us-east-1:123456789012:event-bus\/ledger because no resource-based policy allows/,
        ),
      }),
    );
    await bridge.idle();
    expect(invoked).toEqual([]);
  });

  it('takes no event of a rule', async () => {
    const { bridge, invoked } = regionWith(primary, { rules: [toFunction] });
    const event = { id: 'i', source: 's', detailType: 't', account, time: '', region: primary };
    const hop = { fromRegion: primary, ruleArn: 'arn:rule' };
    expect(bridge.receive(foreign, { ...event, resources: [], detail: '{}' }, hop)).toBe('denied');
    await bridge.idle();
    expect(invoked).toEqual([]);
  });
});

describe('a bus', () => {
  it('delivers an event to every target of every rule that matches, and of no other', async () => {
    const { bridge, invoked } = regionWith(primary, {
      rules: [
        {
          EventPattern: { 'detail-type': ['TransactionRecorded'] },
          Targets: [target(), target({ Id: 'U', Arn: functionArn(primary, 'g') })],
        },
        {
          EventPattern: { detail: { amount: [{ numeric: ['>', 100] }] } },
          Targets: [target({ Arn: functionArn(primary, 'h') })],
        },
        {
          EventPattern: { source: ['other'] },
          Targets: [target({ Arn: functionArn(primary, 'i') })],
        },
        {
          EventPattern: { source: ['antipode.ledger'] },
          State: 'DISABLED',
          Targets: [target({ Arn: functionArn(primary, 'j') })],
        },
      ],
    });
    const result = put(bridge, { amount: 100.5 });
    await bridge.idle();
    expect(invoked.map(({ arn }) => arn.at(-1))).toEqual(['f', 'g', 'h']);
    expect(result.Entries).toEqual([{ EventId: invoked[0]?.event['id'] }]);
  });

  it('does not deliver to rules of another bus', async () => {
    const { bridge, invoked } = regionWith(primary, {
      rules: [{ EventPattern: { source: ['antipode.ledger'] }, Targets: [target()] }],
    });
    put(bridge, {}, 'default');
    await bridge.idle();
    expect(invoked).toEqual([]);
  });

  it('acknowledges an event for a bus that does not exist, and says aloud that it is lost', async () => {
    const { bridge, dropped } = regionWith(primary, { rules: [] });
    expect(put(bridge, {}, 'nowhere')).toMatchObject({
      FailedEntryCount: 0,
      Entries: [{ EventId: expect.any(String) }],
    });
    expect(dropped).toEqual([
      expect.stringContaining('there is no event bus nowhere in us-east-1'),
    ]);
  });

  const nested = (levels: number): string =>
    `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

  it.each([
    ['999 levels', nested(999)],
    ['1,000 levels', nested(1_000)],
    ['a value on the last level', `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`],
    ['1,000 levels of arrays', `{"a":${'['.repeat(999)}1${']'.repeat(999)}}`],
  ])('delivers a detail of %s, and the entries around it', async (_title, detail) => {
    const { bridge, queued } = regionWith(primary, {
      rules: ['$.detail', '$'].map((InputPath, index) => ({
        EventPattern: {
          source: ['antipode.ledger'],
          detail: { z: [{ exists: false }], $or: [{ y: ['1'] }, { x: [{ exists: false }] }] },
        },
        Targets: [target({ Arn: queueArn(primary, `q${index}`), InputPath })],
      })),
    });
    const entry = { Source: 'antipode.ledger', DetailType: 't', EventBusName: 'ledger' };
    const { FailedEntryCount } = bridge.putEvents(
      ['{"n":1}', detail, '{"n":3}'].map((Detail) => ({ ...entry, Detail })),
    );
    await bridge.idle();
    expect(FailedEntryCount).toBe(0);
    const bodies = queued.filter(({ arn }) => arn.endsWith('q0')).map(({ body }) => body);
    expect(bodies).toEqual(['{"n":1}', detail, '{"n":3}']);
    expect(queued).toHaveLength(6);
  });

  it('fails an entry alone when its publication throws, and delivers the others', async () => {
    let arrivals = 0;
    const dropped: string[] = [];
    const bridge = createEventBridge({
      region: primary,
      account,
      buses: [],
      rules: [],
      targets: {
        invokeAsync: async () => 'accepted',
        sendToQueue: async () => 'accepted',
        putOnBus: async () => 'missing',
      },
      clock: createSkippingClock(),
      observer: {
        arrived: () => {
          arrivals += 1;
          if (arrivals === 2) throw new Error('the observer is broken');
        },
        dropped: (description, reason) => dropped.push(`${description}: ${reason}`),
      },
    });
    const entry = { Source: 's', DetailType: 't', Detail: '{}' };
    expect(bridge.putEvents([entry, { ...entry, Source: '' }, entry, entry])).toEqual({
      FailedEntryCount: 2,
      Entries: [
        { EventId: expect.any(String) },
        { ErrorCode: 'InvalidArgument', ErrorMessage: expect.any(String) },
        { ErrorCode: 'InternalFailure', ErrorMessage: expect.any(String) },
        { EventId: expect.any(String) },
      ],
    });
    expect(arrivals).toBe(3);
    expect(dropped).toEqual([expect.stringContaining('the observer is broken')]);
  });

  it('refuses a rule on a bus that does not exist', () => {
    const rules = [{ EventBusName: 'nowhere', EventPattern: { a: [1] } }];
    expect(() => regionWith(primary, { rules })).toThrow(
      'Rule rule0 is on the event bus nowhere, which does not exist; there are default, ledger.',
    );
  });

  it.each([
    [
      {},
      expect.stringMatching(/^\{"version":"0","id":.*"detail":\{"amount":1,"to":\{"x":2\}\}\}$/),
    ],
    [{ InputPath: '$' }, expect.stringMatching(/^\{"version":"0"/)],
    [{ InputPath: '$.detail.to' }, '{"x":2}'],
    [{ InputPath: '$.detail-type' }, '"TransactionRecorded"'],
    [{ Input: '{"fixed":true}' }, '{"fixed":true}'],
  ])('sends %j to a queue', async (input, body) => {
    const { bridge, queued } = regionWith(primary, {
      rules: [
        {
          EventPattern: { source: ['antipode.ledger'] },
          Targets: [target({ Arn: queueArn(primary, 'q'), ...input })],
        },
      ],
    });
    put(bridge, { amount: 1, to: { x: 2 } });
    await bridge.idle();
    expect(queued).toEqual([{ arn: queueArn(primary, 'q'), body, attributes: {} }]);
  });

  it('dead-letters an event without the part that its target wants', async () => {
    const { bridge, queued } = regionWith(primary, {
      rules: [
        {
          EventPattern: { source: ['antipode.ledger'] },
          Targets: [
            target({
              InputPath: '$.detail.none',
              DeadLetterConfig: { Arn: queueArn(primary, 'dlq') },
            }),
          ],
        },
      ],
    });
    put(bridge);
    await bridge.idle();
    expect(queued).toMatchObject([
      {
        attributes: {
          ERROR_CODE: 'INVALID_JSON',
          ERROR_MESSAGE: 'The event has no $.detail.none.',
        },
      },
    ]);
  });

  it.each([
    ['missing', 'NO_RESOURCE', undefined],
    ['denied', 'NO_PERMISSIONS', undefined],
    ['throttled', 'THROTTLING', 'MaximumRetryAttempts'],
  ] as const)('dead-letters what a function answers with %s', async (answer, code, condition) => {
    const { bridge, queued } = regionWith(primary, {
      answers: { invokeAsync: async () => answer },
      rules: [
        {
          EventPattern: { source: ['antipode.ledger'] },
          Targets: [
            target({
              RetryPolicy: { MaximumRetryAttempts: 3 },
              DeadLetterConfig: { Arn: queueArn(primary, 'dlq') },
            }),
          ],
        },
      ],
    });
    put(bridge, { n: 1 });
    await bridge.idle();
    expect(queued).toEqual([
      {
        arn: queueArn(primary, 'dlq'),
        body: expect.stringContaining('"detail":{"n":1}'),
        attributes: {
          RULE_ARN: `arn:aws:events:${primary}:${account}:rule/ledger/rule0`,
          TARGET_ARN: functionArn(primary, 'f'),
          ERROR_CODE: code,
          ERROR_MESSAGE: expect.any(String),
          ...(condition && { EXHAUSTED_RETRY_CONDITION: condition, RETRY_ATTEMPTS: '3' }),
        },
      },
    ]);
  });

  it('sends a scheduled event to the targets of one rule', async () => {
    const { bridge, invoked } = regionWith(primary, {
      rules: [
        { EventBusName: 'default', ScheduleExpression: 'rate(1 minute)', Targets: [target()] },
      ],
    });
    const [rule] = bridge.rules;
    if (rule) bridge.fire(rule, Date.UTC(2026, 0, 1));
    await bridge.idle();
    expect(invoked).toMatchObject([
      {
        event: {
          source: 'aws.events',
          'detail-type': 'Scheduled Event',
          time: '2026-01-01T00:00:00Z',
          resources: [rule?.arn],
          detail: {},
        },
      },
    ]);
  });
});

describe('a hop to another Region', () => {
  /** Two Regions; the secondary one has a rule for everything, and may send on. */
  const twoRegions = (changes: { secondaryRules?: readonly object[]; clock?: LocalClock } = {}) => {
    const network = createBusNetwork();
    const answers = { putOnBus: network.putOnBus };
    const clock = changes.clock ?? createSkippingClock();
    const first = regionWith(primary, { rules: [toSecondary()], answers, clock });
    const second = regionWith(secondary, {
      rules: changes.secondaryRules ?? [
        {
          EventPattern: { source: ['antipode.ledger'] },
          Targets: [target({ Arn: functionArn(secondary, 'f') })],
        },
      ],
      answers,
      clock,
    });
    network.join(first.bridge);
    network.join(second.bridge);
    const idle = async (): Promise<void> => {
      await first.bridge.idle();
      await second.bridge.idle();
    };
    return { network, first, second, idle };
  };

  it('gives the event a new id and time and keeps its region, account and detail', async () => {
    const { first, second, idle } = twoRegions();
    first.bridge.putEvents([
      {
        Source: 'antipode.ledger',
        DetailType: 'TransactionRecorded',
        Detail: '{"global":true,"id":"own"}',
        EventBusName: 'ledger',
        Time: 0,
      },
    ]);
    await idle();
    const [sent] = first.arrived;
    expect(sent?.time).toBe('1970-01-01T00:00:00Z');
    expect(second.invoked).toEqual([
      {
        arn: functionArn(secondary, 'f'),
        event: expect.objectContaining({
          id: expect.not.stringMatching(sent?.id ?? ''),
          time: '2026-11-23T10:00:00Z',
          region: primary,
          account,
          detail: { global: true, id: 'own' },
        }),
      },
    ]);
  });

  it('happens once: the second, also home, is refused into the dead-letter queue', async () => {
    const home = {
      EventPattern: { source: ['antipode.ledger'] },
      Targets: [
        {
          Id: 'T',
          Arn: busArn(primary),
          RoleArn: 'arn:aws:iam::000000000000:role/r',
          DeadLetterConfig: { Arn: queueArn(secondary, 'dlq') },
        },
      ],
    };
    const { first, second, idle } = twoRegions({ secondaryRules: [home] });
    put(first.bridge, { global: true });
    await idle();
    expect(first.arrived).toHaveLength(1);
    expect(second.queued).toMatchObject([
      {
        attributes: {
          ERROR_CODE: 'THIRD_REGION_HOP_DETECTED',
          ERROR_MESSAGE: expect.stringContaining('can be sent to an event bus target only once'),
        },
      },
    ]);
    expect(second.queued[0]?.attributes).not.toHaveProperty('RETRY_ATTEMPTS');
  });

  it('to a bus that does not exist loses the event aloud', async () => {
    const first = regionWith(primary, { rules: [toSecondary()] });
    put(first.bridge, { global: true });
    await first.bridge.idle();
    expect(first.dropped).toEqual([expect.stringContaining(`${busArn(secondary)} does not exist`)]);
    expect(first.queued).toEqual([]);
  });

  it('waits while the link is cut, and happens when it is restored', async () => {
    const { network, first, second, idle } = twoRegions({
      clock: createLocalClock({ speed: 0.01 }),
    });
    network.cut(secondary, primary);
    put(first.bridge, { global: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(second.arrived).toEqual([]);
    const startedAt = performance.now();
    network.restore(primary, secondary);
    await idle();
    expect(second.invoked).toHaveLength(1);
    // The wait for the next try would take a hundred times as long as in AWS.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('is dead-lettered when the other Region stays away for a day', async () => {
    const { network, first, idle } = twoRegions();
    network.leave(secondary);
    put(first.bridge, { global: true });
    await idle();
    expect(first.queued).toMatchObject([
      {
        attributes: {
          ERROR_CODE: 'CROSS_REGION_INGESTION_FAILED',
          RETRY_ATTEMPTS: expect.any(String),
        },
      },
    ]);
  });
});
