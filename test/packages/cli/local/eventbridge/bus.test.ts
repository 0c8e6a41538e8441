import { describe, expect, it } from 'vitest';
import { createEventBridge } from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import {
  account,
  busArn,
  functionArn,
  primary,
  put,
  queueArn,
  regionWith,
  secondary,
  target,
} from './bus-fixture.ts';
import { createSkippingClock } from './skipping-clock.ts';

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
