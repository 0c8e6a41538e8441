import { Duration, Stack, Stage, Token } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import {
  CfnEventBus,
  type EventPattern,
  type IEventBus,
  type IRuleTarget,
  Rule,
} from 'aws-cdk-lib/aws-events';
import { addToDeadLetterQueueResourcePolicy, LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { ConsumerQueue as ConsumerQueueOptions } from '../../src/domain/kernel/index.ts';
import { consumerNameProblem } from '../../src/domain/kernel/work/consumer.ts';
import {
  consumerQueueProblem,
  consumerQueueSettings,
} from '../../src/domain/kernel/work/consumer-queue.ts';
import { ConsumerQueue } from './consumer-queue.ts';
import { DeadLetterQueue, eventBridgeOfAccount } from './dead-letter-queue.ts';
import { type DeclaredEvents, requireDeclaredEvents } from './declared-events.ts';
import { InvalidProp } from './props.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * EventBridge's own defaults and maxima, written down because they decide how long an outage may
 * last.
 */
const deliveryAttemptsMax = 185;
const deliveryAgeMax = Duration.hours(24);

/** A rule on a bus, and the function that handles its events. */
export type EventConsumerProps = {
  /** The bus of the Region in which the events are handled. */
  readonly eventBus: IEventBus;
  /** CloudFormation names the rule and its queue unless given. */
  readonly ruleName?: string;
  /** The events that the consumer gets, as EventBridge matches them. */
  readonly pattern: EventPattern;
  /** Declares the events. A pattern that names another one is refused where this is given. */
  readonly service?: DeclaredEvents;
  /**
   * The consumer's name in the inbox, where an event that it has handled is known by it. It is the
   * same in every Region and unique on its bus; another name makes it a new consumer, which has
   * handled nothing yet.
   */
  readonly consumerName: string;
  /**
   * An asynchronous function, since EventBridge does not wait for its result. It gets
   * `consumerName` as `CONSUMER_NAME`, and the queue of its failures as `DEAD_LETTER_QUEUE_URL`.
   */
  readonly consumer: ServiceFunction;
  /** Puts a queue between the bus and the function, which then gets several events at once. */
  readonly queue?: true | ConsumerQueueOptions;
  /** Receive the alarms of its queues. */
  readonly alarmActions?: readonly IAlarmAction[];
  /** Encrypts the events in its queues; SQS's own key unless given. */
  readonly encryptionKey?: IKey;
};

/** A bus that the app makes, as opposed to one that it refers to by name. */
const madeOf = (bus: IEventBus): CfnEventBus | undefined => {
  const { defaultChild } = bus.node;
  return defaultChild instanceof CfnEventBus ? defaultChild : undefined;
};

/** Consumers that may get the same event. */
const shareBus = (one: EventConsumer, other: EventConsumer): boolean => {
  const buses = [one.eventBus, other.eventBus] as const;
  if (buses[0] === buses[1]) return true;
  // The app makes both buses, so they differ: AWS refuses two of one name in an account and Region.
  if (buses.every(madeOf)) return false;
  const [stack, otherStack] = [Stack.of(one), Stack.of(other)];
  const [name, otherName] = buses.map((bus) => madeOf(bus)?.name ?? bus.eventBusName);
  const known = stack === otherStack || !Token.isUnresolved(name);
  const where = ({ account, region }: Stack) => JSON.stringify([account, region]);
  return known && where(stack) === where(otherStack) && name === otherName;
};

/** The other consumers of the app, or of its stage, that were made before. */
const othersOf = (consumer: EventConsumer): readonly EventConsumer[] =>
  (Stage.of(consumer) ?? consumer.node.root).node
    .findAll()
    .filter((node): node is EventConsumer => node instanceof EventConsumer && node !== consumer);

/**
 * Hands the events that fit a pattern to a function.
 *
 * Two things can fail, so there are two queues: EventBridge could not invoke the function
 * (`undelivered`), or the function failed at the event (`consumer.failures`). The function itself
 * puts an event that it cannot read into the latter at once. With `queue`, a third one holds the
 * events until the function gets them, and gives those that fail for good to `consumer.failures`.
 *
 * @throws {InvalidProp} when the function keeps no failures, or already has another name, or the
 * pattern names an event that `service` does not declare
 * @throws {InvalidProp} when another function on the same bus has the name: each would skip the
 * events that the other has handled
 */
export class EventConsumer extends Construct {
  /** The name in the inbox. */
  readonly consumerName: string;
  /** The function that handles the events. */
  readonly consumer: ServiceFunction;
  /** The bus that the events come from. */
  readonly eventBus: IEventBus;
  /** The rule that leads the events to the function, or to its queue. */
  readonly rule: Rule;
  /**
   * Holds the events that EventBridge could not deliver. Those that the function gave up are in
   * `consumer.failures`.
   */
  readonly undelivered: DeadLetterQueue;
  /** Absent where the bus invokes the function. */
  readonly queue: ConsumerQueue | undefined;

  constructor(scope: Construct, id: string, props: EventConsumerProps) {
    super(scope, id);
    const { ruleName, consumer, consumerName, eventBus, alarmActions, encryptionKey } = props;
    this.consumerName = consumerName;
    this.consumer = consumer;
    this.eventBus = eventBus;
    this.#requireName();
    if (props.service) requireDeclaredEvents(this, props.pattern, props.service);
    if (!consumer.failures) {
      throw new InvalidProp(
        `${consumer.node.path} consumes events: give it an asynchronous policy`,
      );
    }
    consumer.function.addEnvironment('CONSUMER_NAME', consumerName);
    // The function's role may send to this queue, since Lambda does so in its name.
    consumer.function.addEnvironment('DEAD_LETTER_QUEUE_URL', consumer.failures.queue.queueUrl);
    this.undelivered = new DeadLetterQueue(this, 'Undelivered', {
      ...defined({
        queueName: ruleName === undefined ? undefined : `${ruleName}-undelivered`,
        alarmActions,
        encryptionKey,
      }),
      meaning: `EventBridge could not hand events of rule ${ruleName ?? this.node.path} to their function`,
    });
    this.undelivered.grantEncrypt(eventBridgeOfAccount());
    this.queue = this.#queue(props, consumer.failures);
    this.rule = new Rule(this, 'Rule', {
      ...defined({ ruleName }),
      eventBus,
      eventPattern: props.pattern,
      targets: [this.#target()],
    });
    if (this.queue) addToDeadLetterQueueResourcePolicy(this.rule, this.undelivered.queue);
  }

  #queue(
    { queue, ruleName, consumer, alarmActions, encryptionKey }: EventConsumerProps,
    { queue: deadLetters }: DeadLetterQueue,
  ): ConsumerQueue | undefined {
    if (queue === undefined) return undefined;
    const problem = consumerQueueProblem(queue);
    if (problem !== undefined) throw new InvalidProp(`${this.node.path} ${problem}`);
    const settings = consumerQueueSettings(queue);
    // At its last delivery, the function keeps an event together with the cause.
    consumer.function.addEnvironment('QUEUE_RECEIVES_MAX', String(settings.receivesMax));
    return new ConsumerQueue(this, 'Queue', {
      ...defined({
        queueName: ruleName === undefined ? undefined : `${ruleName}-queue`,
        alarmActions,
        encryptionKey,
      }),
      settings,
      consumer,
      deadLetters,
    });
  }

  #target(): IRuleTarget {
    const { queue, consumer, undelivered } = this;
    if (queue) {
      return queue.targetOf({
        deadLetterConfig: { arn: undelivered.queue.queueArn },
        retryPolicy: {
          maximumRetryAttempts: deliveryAttemptsMax,
          maximumEventAgeInSeconds: deliveryAgeMax.toSeconds(),
        },
      });
    }
    return new LambdaFunction(consumer.function, {
      deadLetterQueue: undelivered.queue,
      retryAttempts: deliveryAttemptsMax,
      maxEventAge: deliveryAgeMax,
    });
  }

  #requireName(): void {
    const { consumerName: name, consumer } = this;
    const problem = consumerNameProblem(name);
    if (problem !== undefined)
      throw new InvalidProp(`consumerName of ${this.node.path} ${problem}`);
    for (const other of othersOf(this)) {
      const paths = `${other.node.path} and ${this.node.path}`;
      if (other.consumer === consumer && other.consumerName !== name) {
        throw new InvalidProp(
          `${paths} give one function two names, "${other.consumerName}" and "${name}": an inbox knows it by one`,
        );
      }
      if (other.consumer !== consumer && other.consumerName === name && shareBus(this, other)) {
        throw new InvalidProp(
          `${paths} have one name, "${name}": each would skip the events that the other has handled. Give each its own consumerName`,
        );
      }
    }
  }
}
