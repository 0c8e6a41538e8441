import { App, Duration, Stack, Stage } from 'aws-cdk-lib';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { EventConsumer, patient, ServiceFunction } from '../../../infra/constructs/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const directory = temporaryFolder();

const bundle = { directory, hash: 'a'.repeat(64) } as ConstructorParameters<
  typeof ServiceFunction
>[2]['bundle'];

const functionOf = (scope: Construct, functionName: string) =>
  new ServiceFunction(scope, functionName, {
    functionName,
    description: functionName,
    bundle,
    environment: {},
    memoryMb: 128,
    timeout: Duration.seconds(3),
    asynchronous: patient,
  });

/** The CDK's classes do not meet its own interfaces under `exactOptionalPropertyTypes`. */
const busOf = (stack: Stack, name = 'shop'): IEventBus =>
  new EventBus(stack, name, { eventBusName: name }) as IEventBus;

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

const stackOf = (scope: Construct = new App(), region = 'us-east-1', id = region) =>
  new Stack(scope, id, { env: { region } });

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
