import { describe, expect, it } from 'vitest';
import { InvalidRule, readRule } from '../../../../../packages/cli/src/local/eventbridge/rule.ts';

const place = { name: 'Rule', region: 'us-east-1', account: '000000000000' };
const ownBus = 'arn:aws:events:us-east-1:000000000000:event-bus/ledger';
const otherBus = 'arn:aws:events:us-west-2:000000000000:event-bus/ledger';
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const queueArn = 'arn:aws:sqs:us-east-1:000000000000:dlq';

const rule = (...targets: readonly object[]): object => ({
  EventBusName: ownBus,
  EventPattern: { source: ['antipode.ledger'] },
  State: 'ENABLED',
  Targets: targets.map((target) => ({ Id: 'Target0', Arn: functionArn, ...target })),
});

describe('a rule of a template', () => {
  it('is read with its targets and EventBridge’s defaults', () => {
    const read = readRule(rule({ DeadLetterConfig: { Arn: queueArn } }), place);
    expect(read).toMatchObject({
      name: 'Rule',
      arn: 'arn:aws:events:us-east-1:000000000000:rule/ledger/Rule',
      busName: 'ledger',
      enabled: true,
      pattern: { text: '{"source":["antipode.ledger"]}' },
      targets: [
        {
          kind: 'function',
          arn: functionArn,
          retryPolicy: { retriesMax: 185, ageSecondsMax: 86_400 },
          deadLetterQueueArn: queueArn,
        },
      ],
    });
  });

  it('on the default bus has no bus in its ARN', () => {
    const { arn } = readRule({ Name: 'tick', ScheduleExpression: 'rate(1 minute)' }, place);
    expect(arn).toBe('arn:aws:events:us-east-1:000000000000:rule/tick');
  });

  it.each([
    ['neither a pattern nor a schedule', { State: 'ENABLED' }, 'neither an EventPattern nor'],
    [
      'a schedule on a custom bus',
      { EventBusName: 'ledger', ScheduleExpression: 'rate(1 day)' },
      'only the default event bus',
    ],
    ['a property that is not known', { ...rule(), Unknown: 1 }, 'Unknown'],
    ['a pattern that is not valid', { EventPattern: { a: [] } }, 'Empty arrays are not allowed'],
    ['six targets', rule({}, {}, {}, {}, {}, {}), 'Targets'],
    [
      'a target of another service',
      rule({ Arn: 'arn:aws:states:us-east-1:0:stateMachine:m' }),
      'functions, queues and event buses',
    ],
    [
      'a function in another Region',
      rule({ Arn: 'arn:aws:lambda:us-west-2:0:function:f' }),
      'is not in us-east-1',
    ],
    [
      'a dead-letter queue in another Region',
      rule({ DeadLetterConfig: { Arn: 'arn:aws:sqs:us-west-2:0:dlq' } }),
      'dead-letter queue that is not in us-east-1',
    ],
    [
      'an input transformer',
      rule({ InputTransformer: { InputTemplate: 'x' } }),
      'InputTransformer',
    ],
    ['input and input path', rule({ Input: '1', InputPath: '$' }), 'both Input and InputPath'],
    ['an input path with an index', rule({ InputPath: '$.a[0]' }), 'InputPath'],
    ['186 retries', rule({ RetryPolicy: { MaximumRetryAttempts: 186 } }), 'MaximumRetryAttempts'],
    [
      'an age of 59 seconds',
      rule({ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }),
      'MaximumEventAgeInSeconds',
    ],
    [
      'a property of a target that is not known',
      rule({ KinesisParameters: {} }),
      'KinesisParameters',
    ],
    ['a bus target without a role', rule({ Arn: otherBus }), 'needs a RoleArn'],
    [
      'a bus target with an input',
      rule({ Arn: otherBus, RoleArn: 'r', Input: '1' }),
      'neither Input nor InputPath',
    ],
    [
      'a bus target with a retry policy',
      rule({ Arn: otherBus, RoleArn: 'r', RetryPolicy: {} }),
      'takes no RetryPolicy',
    ],
    ['itself as a bus target', rule({ Arn: ownBus, RoleArn: 'r' }), "the rule's own event bus"],
  ])('that has %s is refused', (_what, properties, reason) => {
    expect(() => readRule(properties, place)).toThrow(reason);
    expect(() => readRule(properties, place)).toThrow(Error);
  });

  it('is refused by name', () => {
    expect(() => readRule(rule({ Arn: otherBus }), place)).toThrow(InvalidRule);
    expect(() => readRule(rule({ Arn: otherBus }), place)).toThrow('Target Target0 of rule Rule');
  });
});
