import { Stack, Token } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, type EventPattern, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as EventBusTarget } from 'aws-cdk-lib/aws-events-targets';
import { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import { DeadLetterQueue, eventBridgeOfAccount } from './dead-letter-queue.ts';
import { InvalidProp } from './props.ts';

/** The bus of one Region, the bus of the other one, and the events that cross. */
export type CrossRegionRuleProps = {
  /** CloudFormation names the rule and its queue unless given. */
  readonly ruleName?: string;
  /**
   * The role by which the rule sends events. The other bus may take events from named roles only;
   * CloudFormation names it unless given.
   */
  readonly roleName?: string;
  /** The bus of this Region, whose events are copied. */
  readonly eventBus: IEventBus;
  /** The bus in the other Region; built from names, since two stacks cannot wait for each other. */
  readonly peerEventBusName: string;
  /** The Region that gets the copies, such as `us-west-2`. */
  readonly peerRegion: string;
  /** The `source` of the service, so that copies of other services do not cross. */
  readonly source: string;
  /** The event types that the rule copies to the other Region. */
  readonly eventTypes: readonly string[];
  /** Receive the alarm of the queue of undelivered events. */
  readonly alarmActions?: readonly IAlarmAction[];
  /** Encrypts undelivered events; SQS's own key unless given. */
  readonly encryptionKey?: IKey;
};

/** Adds `replay-name`, which only replayed events have, to the CDK's own type. */
type ReplayAwarePattern = EventPattern & { readonly 'replay-name': string[] };

/**
 * Copies events that originate in this Region to the bus of the other one.
 *
 * Two filters keep events from being copied too often. The service writes `originregion` and nobody
 * changes it, so the other Region does not copy an event back. EventBridge sets `replay-name` on
 * replays, which stay in their own Region.
 *
 * @throws {InvalidProp} for the stack's own Region, and for no event
 */
export class CrossRegionRule extends Construct {
  /** The rule on the bus of this Region. It leaves out copies and replays. */
  readonly rule: Rule;
  /** Holds the events that the other bus did not take. */
  readonly undelivered: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: CrossRegionRuleProps) {
    super(scope, id);
    const { ruleName, peerRegion, alarmActions, encryptionKey } = props;
    const stack = Stack.of(this);
    this.#require(props);
    const peerArn = stack.formatArn({
      service: 'events',
      region: peerRegion,
      resource: 'event-bus',
      resourceName: props.peerEventBusName,
    });
    const role = new Role(this, 'Role', {
      ...defined({ roleName: props.roleName }),
      assumedBy: eventBridgeOfAccount(),
    });
    this.undelivered = new DeadLetterQueue(this, 'Undelivered', {
      ...defined({
        queueName: ruleName === undefined ? undefined : `${ruleName}-undelivered`,
        alarmActions,
        encryptionKey,
      }),
      meaning: `Events did not cross from ${stack.region} to ${peerRegion}`,
    });
    this.undelivered.grantEncrypt(eventBridgeOfAccount());
    const pattern: ReplayAwarePattern = {
      source: [props.source],
      detailType: [...props.eventTypes],
      detail: { originregion: [stack.region] },
      'replay-name': Match.doesNotExist(),
    };
    this.rule = new Rule(this, 'Rule', {
      ...defined({ ruleName }),
      eventBus: props.eventBus,
      eventPattern: pattern,
      targets: [
        new EventBusTarget(EventBus.fromEventBusArn(this, 'PeerBus', peerArn), {
          deadLetterQueue: this.undelivered.queue,
          role,
        }),
      ],
    });
    // EventBridge does not retry an event without this permission. It would send the event straight
    // to the queue.
    this.rule.node.addDependency(role);
  }

  #require({ peerRegion, eventTypes }: CrossRegionRuleProps): void {
    const { region } = Stack.of(this);
    if (!Token.isUnresolved(region) && peerRegion === region) {
      throw new InvalidProp(
        `peerRegion of ${this.node.path} is its own Region ${region}, use the other one`,
      );
    }
    if (eventTypes.length === 0) {
      throw new InvalidProp(`eventTypes of ${this.node.path} is empty, name the events that cross`);
    }
  }
}
