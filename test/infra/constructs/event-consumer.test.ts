import { App, CfnParameter, Stack, Stage } from 'aws-cdk-lib';
import { EventBus, type EventPattern, Match } from 'aws-cdk-lib/aws-events';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { EventConsumer, type ServiceFunction } from '../../../infra/index.ts';
import { booking } from '../support/booking.ts';
import { appOf, busOf, emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import { at, find, listOf, ofType, textOf, theOnly } from '../support/template.ts';

const functionOf = functionMaker(emptyBundle());

const consume = (
  scope: Construct,
  consumerName: string,
  options: {
    readonly rule?: string;
    readonly eventBus: EventConsumer['eventBus'];
    readonly consumer?: ServiceFunction;
  },
) => {
  const { rule = `rule-${scope.node.children.length}`, eventBus } = options;
  const consumer = options.consumer ?? functionOf(scope, `${rule}-function`);
  const pattern = { source: ['shop.box'] };
  return new EventConsumer(scope, rule, {
    eventBus,
    ruleName: rule,
    pattern,
    consumerName,
    consumer,
  });
};

describe('the consumers of a bus', () => {
  it('are told their names, by which the inbox knows them', () => {
    const stack = stackOf();
    const eventBus = busOf(stack);
    for (const name of ['occupancy', 'notices']) {
      const { consumer } = consume(stack, name, { eventBus });
      const { environment } = consumer.function.node.defaultChild as CfnFunction;
      expect(stack.resolve(environment)).toMatchObject({ variables: { CONSUMER_NAME: name } });
    }
  });

  it('are told the queue of their failures, into which they may put events that they cannot read', () => {
    const stack = stackOf();
    const { consumer } = consume(stack, 'occupancy', { eventBus: busOf(stack) });
    const { environment } = consumer.function.node.defaultChild as CfnFunction;
    const queue = consumer.failures?.queue;
    expect(stack.resolve(environment)).toMatchObject({
      variables: { DEAD_LETTER_QUEUE_URL: stack.resolve(queue?.queueUrl) },
    });
    const policies = ofType(templateOf(stack), 'AWS::IAM::Policy').map(([, policy]) => policy);
    const statements = policies.flatMap((policy) =>
      listOf(at(policy, 'Properties', 'PolicyDocument', 'Statement')),
    );
    const Resource = stack.resolve(queue?.queueArn);
    expect(statements).toContainEqual({ Action: 'sqs:SendMessage', Effect: 'Allow', Resource });
  });

  it('are refused where two have one name, and the message names both', () => {
    const stack = stackOf();
    const eventBus = busOf(stack);
    consume(stack, 'occupancy', { eventBus, rule: 'first' });
    const second = () => consume(stack, 'occupancy', { eventBus, rule: 'second' });
    expect(second).toThrow('us-east-1/first and us-east-1/second have one name, "occupancy"');
  });

  it('are refused in two stacks of one Region', () => {
    const app = new App();
    const [first, second] = [stackOf(app, 'us-east-1', 'a'), stackOf(app, 'us-east-1', 'b')];
    const eventBus = busOf(first);
    consume(first, 'occupancy', { eventBus });
    expect(() => consume(second, 'occupancy', { eventBus })).toThrow('one name');
    const imported = EventBus.fromEventBusName(second, 'Imported', 'other');
    const again = EventBus.fromEventBusName(first, 'Imported', 'other');
    consume(first, 'notices', { eventBus: again });
    expect(() => consume(second, 'notices', { eventBus: imported })).toThrow('one name');
    const byName = EventBus.fromEventBusName(second, 'ByName', 'shop');
    expect(() => consume(second, 'occupancy', { eventBus: byName })).toThrow('one name');
  });

  it('are refused on a bus of which only the deployment knows the name, in one stack', () => {
    const app = appOf();
    const [first, second] = [stackOf(app, 'us-east-1', 'a'), stackOf(app, 'us-east-1', 'b')];
    const name = new CfnParameter(first, 'BusName').valueAsString;
    const imported = (stack: Stack, id: string) => EventBus.fromEventBusName(stack, id, name);
    consume(first, 'occupancy', { eventBus: imported(first, 'One') });
    const again = () => consume(first, 'occupancy', { eventBus: imported(first, 'Two') });
    expect(again).toThrow('one name');
    const elsewhere = () => consume(second, 'occupancy', { eventBus: imported(second, 'Three') });
    expect(elsewhere).not.toThrow();
  });

  it('have the same names on imported buses of two Regions or accounts, or of other names', () => {
    const app = appOf();
    const environments = [
      { region: 'us-east-1', account: '111111111111' },
      { region: 'us-west-2', account: '111111111111' },
      { region: 'us-east-1', account: '222222222222' },
    ];
    for (const env of environments) {
      const stack = new Stack(app, `${env.region}-${env.account}`, { env });
      for (const name of ['shop', 'other']) {
        const eventBus = EventBus.fromEventBusName(stack, name, name);
        expect(() => consume(stack, 'occupancy', { eventBus })).not.toThrow();
      }
    }
  });

  it('may be one function with two rules, under one name and not under two', () => {
    const stack = stackOf();
    const eventBus = busOf(stack);
    const consumer = functionOf(stack, 'one');
    consume(stack, 'occupancy', { eventBus, consumer, rule: 'reserved' });
    expect(() =>
      consume(stack, 'occupancy', { eventBus, consumer, rule: 'released' }),
    ).not.toThrow();
    expect(() => consume(stack, 'notices', { eventBus, consumer, rule: 'closed' })).toThrow(
      /give one function two names, "occupancy" and "notices"/,
    );
  });

  it('have the same names in both Regions, in both stages, and on another bus', () => {
    const app = new App();
    for (const region of ['us-east-1', 'us-west-2']) {
      const stack = stackOf(app, region);
      consume(stack, 'occupancy', { eventBus: busOf(stack) });
    }
    for (const name of ['dev', 'prod']) {
      const stack = stackOf(new Stage(app, name));
      consume(stack, 'occupancy', { eventBus: busOf(stack) });
    }
    for (const id of ['here', 'there']) {
      const stack = new Stack(app, id);
      consume(stack, 'occupancy', { eventBus: busOf(stack) });
    }
    const stack = stackOf(app, 'us-east-1', 'another');
    const eventBus = busOf(stack, 'another');
    expect(() => consume(stack, 'occupancy', { eventBus })).not.toThrow();
  });

  it.each(['', 'a b', 'n'.repeat(129)])('are refused with the name %j', (name) => {
    const stack = stackOf();
    expect(() => consume(stack, name, { eventBus: busOf(stack) })).toThrow(
      /consumerName of .* must/,
    );
  });
});

describe('a pattern for events of a declared service', () => {
  const consuming = (pattern: EventPattern) => () => {
    const stack = stackOf();
    const eventBus = busOf(stack);
    const consumer = functionOf(stack, 'function');
    const props = { eventBus, pattern, consumer, consumerName: 'occupancy', service: booking };
    return new EventConsumer(stack, 'Consumer', props);
  };

  it.each([
    [
      { detailType: ['SeatsReserved', 'SeatsReleasd'] },
      'pattern of us-east-1/Consumer names the event "SeatsReleasd", which booking does not declare: did you mean "SeatsReleased"?',
    ],
    [
      { detailType: ['Moved'] },
      'pattern of us-east-1/Consumer names the event "Moved", which booking does not declare: declare it in `events`',
    ],
    [{ detail: { type: ['toString'] } }, 'names the event "toString", which booking'],
    [
      { source: ['shop.bookings'] },
      'pattern of us-east-1/Consumer matches no event of booking: its source is "shop.booking", not "shop.bookings"',
    ],
  ] satisfies [EventPattern, string][])(
    'is refused where no event can match it: %j',
    (pattern, message) => {
      expect(consuming(pattern)).toThrow(message);
    },
  );

  it.each([
    { source: ['shop.booking'], detailType: ['SeatsReserved'] },
    { detailType: Match.prefix('Seats') },
    { source: Match.prefix('shop.') },
    { source: ['shop.booking', 'shop.parking'] },
    { region: ['us-east-1'] },
  ] satisfies EventPattern[])('is taken where one can: %j', (pattern) => {
    expect(consuming(pattern)).not.toThrow();
  });
});

describe('an event for a consumer', () => {
  it('is delivered for a day, and then kept: EventBridge may try 185 times', () => {
    const stack = stackOf();
    consume(stack, 'occupancy', { eventBus: busOf(stack), rule: 'seats' });
    const template = templateOf(stack);
    const { Properties } = theOnly(template, 'AWS::Events::Rule');
    expect(Properties).toMatchObject({
      Name: 'seats',
      EventPattern: { source: ['shop.box'] },
      State: 'ENABLED',
    });
    expect(textOf(Properties['EventBusName'])).toBe('shop');
    const [target, ...others] = listOf(Properties['Targets']);
    expect(others).toEqual([]);
    expect(at(target, 'RetryPolicy')).toEqual({
      MaximumEventAgeInSeconds: 24 * 60 * 60,
      MaximumRetryAttempts: 185,
    });
    const queue = find(template, 'AWS::SQS::Queue', 'QueueName', 'seats-undelivered');
    const [queueId] = ofType(template, 'AWS::SQS::Queue').find(([, one]) => one === queue) ?? [];
    expect(at(target, 'DeadLetterConfig', 'Arn')).toEqual({ 'Fn::GetAtt': [queueId, 'Arn'] });
  });

  it('is not handed to a function that forgets what it failed at', () => {
    const stack = stackOf();
    const consumer = functionOf(stack, 'forgetful', {});
    expect(() => consume(stack, 'occupancy', { eventBus: busOf(stack), consumer })).toThrow(
      /us-east-1\/forgetful consumes events: give it an asynchronous policy/,
    );
  });
});
