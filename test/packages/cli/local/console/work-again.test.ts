import { describe, expect, it } from 'vitest';
import {
  deadLettersOf,
  redrive,
  sendAgain,
  type WorkRegion,
} from '../../../../../packages/cli/src/local/console/work-again.ts';
import type { PutEventsEntry } from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import { createSqs, readQueue } from '../../../../../packages/cli/src/local/sqs/index.ts';
import { createSkippingClock } from '../eventbridge/skipping-clock.ts';

const [account, region] = ['000000000000', 'us-east-1'];
const functionArn = `arn:aws:lambda:${region}:${account}:function:totals`;
const busArn = `arn:aws:events:us-west-2:${account}:event-bus/shop`;
const ruleArn = `arn:aws:events:${region}:${account}:rule/shop/replicate`;
const event = JSON.stringify({
  ...{ id: 'envelope', source: 'shop', 'detail-type': 'SeatsReserved', resources: [] },
  ...{ time: '2026-11-30T10:00:00Z', detail: { id: 'event', seats: 2 } },
});

const regionWith = (answer: { readonly payload: string; readonly functionError?: string }) => {
  const sqs = createSqs({
    ...{ account, clock: createSkippingClock() },
    queues: ['failures', 'work'].map((name) => readQueue({}, { name, region, account })),
  });
  const sent: PutEventsEntry[] = [];
  const inputs: string[] = [];
  const state = { running: true };
  const one: WorkRegion = {
    ...{ region, sqs, isRunning: () => state.running },
    functions: new Map([
      [
        'totals',
        {
          invoke: async (payload: string) => {
            inputs.push(payload);
            return answer;
          },
        },
      ],
    ]),
    events: {
      putEvents: (entries) => {
        sent.push(...entries);
        return { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: 'new' })) };
      },
    },
  };
  const arnOf = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`;
  const record = JSON.stringify({
    requestContext: { functionArn: `${functionArn}:$LATEST`, condition: 'RetriesExhausted' },
    requestPayload: JSON.parse(event),
    responsePayload: { errorType: 'TypeError', errorMessage: 'no seats' },
  });
  return {
    ...{ one, sent, inputs, state, sqs },
    failFunction: () => sqs.sendToQueue(arnOf('failures'), record, {}),
    failRule: () =>
      sqs.sendToQueue(arnOf('failures'), event, {
        ...{ RULE_ARN: ruleArn, TARGET_ARN: busArn },
        ...{ ERROR_CODE: 'THIRD_REGION_HOP_DETECTED', ERROR_MESSAGE: 'no' },
      }),
    addWork: () => sqs.sendToQueue(arnOf('work'), event, {}),
  };
};

const good = { payload: '{"status":"committed"}' };
const bad = {
  payload: '{"errorType":"TypeError","errorMessage":"still"}',
  functionError: 'Unhandled',
};

describe('the dead letters', () => {
  it('have their cause, their event and their target, and are not received', async () => {
    const { one, failFunction } = regionWith(good);
    await failFunction();
    for (let look = 0; look < 2; look += 1) {
      expect(deadLettersOf([one])).toMatchObject([
        {
          ...{ region, queue: 'failures', cause: 'TypeError: no seats', target: 'totals' },
          ...{ eventType: 'SeatsReserved', eventId: 'event', canBeRedriven: true },
        },
      ]);
    }
  });

  it('leave out work that waits in a queue', async () => {
    const { one, addWork } = regionWith(good);
    await addWork();
    expect(deadLettersOf([one])).toEqual([]);
  });
});

const redriveFirst = (one: WorkRegion) => redrive([one], { ...deadLettersOf([one])[0] });

describe('a redrive', () => {
  it('runs the function on the event, and deletes the message', async () => {
    const { one, inputs, failFunction } = regionWith(good);
    await failFunction();
    expect(await redriveFirst(one)).toMatchObject({ done: true });
    expect(inputs).toEqual([event]);
    expect(deadLettersOf([one])).toEqual([]);
  });

  it('keeps the message of a function that fails again', async () => {
    const { one, failFunction } = regionWith(bad);
    await failFunction();
    expect(await redriveFirst(one)).toEqual({
      done: false,
      message: 'It has failed again, and stays in the queue: TypeError: still',
    });
    expect(deadLettersOf([one])).toHaveLength(1);
  });

  it('puts the event of a rule on its bus again', async () => {
    const { one, sent, failRule } = regionWith(good);
    await failRule();
    expect(await redriveFirst(one)).toMatchObject({ done: true });
    expect(sent).toMatchObject([
      {
        ...{ EventBusName: 'shop', Source: 'shop', DetailType: 'SeatsReserved' },
        ...{ Time: Date.parse('2026-11-30T10:00:00Z') / 1_000, Detail: '{"id":"event","seats":2}' },
      },
    ]);
  });

  it('says that the message is gone, or that its Region is stopped', async () => {
    const { one, state, failFunction } = regionWith(good);
    await failFunction();
    const [letter] = deadLettersOf([one]);
    await redriveFirst(one);
    expect(await redrive([one], { ...letter })).toMatchObject({
      message: 'This message is no longer in the queue.',
    });
    state.running = false;
    expect((await redrive([one], { ...letter })).message).toContain('us-east-1 is stopped');
  });
});

describe('a step that is sent again', () => {
  it('puts an edited event on its bus', async () => {
    const { one, sent } = regionWith(good);
    const payload = event.replace('"seats":2', '"seats":3');
    expect(await sendAgain([one], { region, bus: 'shop', payload })).toMatchObject({ done: true });
    expect(sent).toMatchObject([{ Detail: '{"id":"event","seats":3}' }]);
  });

  it('invokes a function, and tells its answer', async () => {
    const { one } = regionWith(good);
    const asked = { region, functionName: 'totals', payload: '{"seats":3}' };
    expect(await sendAgain([one], asked)).toEqual({
      done: true,
      message: 'totals has answered: {"status":"committed"}',
    });
  });

  it.each([
    [{ region: 'eu-west-1', functionName: 'totals', payload: '{}' }, 'Give the Region'],
    [{ region, functionName: 'nobody', payload: '{}' }, 'There is no function nobody'],
    [{ region, functionName: 'totals', payload: '{' }, 'JSON'],
  ])('%j is refused: %s', async (asked, reason) => {
    const { one, inputs } = regionWith(good);
    expect(await sendAgain([one], asked)).toEqual({
      done: false,
      message: expect.stringContaining(reason),
    });
    expect(inputs).toEqual([]);
  });
});
