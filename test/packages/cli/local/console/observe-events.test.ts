import { describe, expect, it } from 'vitest';
import { observeEvents } from '../../../../../packages/cli/src/local/console/observe-events.ts';
import { createRecorder } from '../../../../../packages/cli/src/local/console/recorder.ts';
import {
  createEventBridge,
  readRule,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import {
  account,
  functionArn,
  primary,
  put,
  queueArn,
  target,
} from '../eventbridge/bus-fixture.ts';
import { createSkippingClock } from '../eventbridge/skipping-clock.ts';

const busWith = (rules: readonly object[], answers: object = {}) => {
  const recorder = createRecorder({ now: () => 0 });
  const bridge = createEventBridge({
    ...{ region: primary, account, buses: ['ledger'], clock: createSkippingClock() },
    rules: rules.map((properties, index) =>
      readRule(
        { EventBusName: 'ledger', ...properties },
        { name: `rule${index}`, region: primary, account },
      ),
    ),
    targets: {
      invokeAsync: async () => 'accepted',
      sendToQueue: async () => 'accepted',
      putOnBus: async () => 'missing',
      ...answers,
    },
    observer: observeEvents(recorder, primary),
  });
  return { bridge, steps: () => recorder.after(0, 100) };
};

const detail = { id: 'event', correlationid: 'request', seats: 2 };
const ids = { eventId: 'event', correlationId: 'request', type: 'TransactionRecorded' };
const pattern = { 'detail-type': ['TransactionRecorded'] };

describe('the recorder of a bus', () => {
  it('has the way of an event to a target, with the ids of the service', async () => {
    const { bridge, steps } = busWith([{ EventPattern: pattern, Targets: [target()] }]);
    put(bridge, detail);
    await bridge.idle();
    expect(steps()).toMatchObject([
      { kind: 'published', outcome: 'ok', ...ids, reason: 'on the bus ledger' },
      { kind: 'rule', outcome: 'ok', rule: 'rule0', ...ids },
      {
        ...{ kind: 'delivery', outcome: 'ok', rule: 'rule0', attempt: 1, ...ids },
        target: functionArn(primary, 'f'),
      },
    ]);
    expect(JSON.parse(steps()[0]?.payload ?? '')).toMatchObject({ detail });
  });

  it('says which field keeps a rule from matching', () => {
    const { bridge, steps } = busWith([
      { EventPattern: { ...pattern, detail: { seats: [9] } }, Targets: [target()] },
    ]);
    put(bridge, detail);
    expect(steps()[1]).toMatchObject({
      ...{ kind: 'rule', outcome: 'skipped', rule: 'rule0' },
      reason: 'detail.seats must be one of [9], the event has 2',
    });
  });

  it('says that a rule is disabled', () => {
    const { bridge, steps } = busWith([{ EventPattern: pattern, State: 'DISABLED' }]);
    put(bridge, detail);
    expect(steps()[1]).toMatchObject({ outcome: 'skipped', reason: 'the rule is disabled' });
  });

  it('has each attempt that fails, and the dead letter at the end', async () => {
    const dead = target({
      RetryPolicy: { MaximumRetryAttempts: 1 },
      DeadLetterConfig: { Arn: queueArn(primary, 'dead') },
    });
    const { bridge, steps } = busWith([{ EventPattern: pattern, Targets: [dead] }], {
      invokeAsync: async () => 'throttled',
    });
    put(bridge, detail);
    await bridge.idle();
    expect(steps().slice(2)).toMatchObject([
      { kind: 'delivery', outcome: 'failed', attempt: 1 },
      { kind: 'dead-letter', outcome: 'failed', ...ids },
    ]);
  });

  it('has an entry that the bus refuses', () => {
    const { bridge, steps } = busWith([]);
    bridge.putEvents([{ Source: 'aws.x', DetailType: 'T', Detail: JSON.stringify(detail) }]);
    expect(steps()).toMatchObject([
      { kind: 'refused', outcome: 'failed', eventId: 'event', type: 'T' },
    ]);
  });

  it('has an event that is lost', async () => {
    const { bridge, steps } = busWith([{ EventPattern: pattern, Targets: [target()] }], {
      invokeAsync: async () => 'missing',
    });
    put(bridge, detail);
    await bridge.idle();
    expect(steps().at(-1)).toMatchObject({ kind: 'lost', outcome: 'failed', ...ids });
  });
});
