import { Aws, Stack } from 'aws-cdk-lib';
import { EventBus, type EventPattern, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as EventBusTarget } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';

export type CrossRegionRuleProps = {
  readonly ruleName: string;
  readonly eventBus: IEventBus;
  /** The bus in the other Region; built from names, since two stacks cannot wait for each other. */
  readonly peerEventBusName: string;
  readonly peerRegion: string;
  readonly source: string;
  /** The types that every Region must hear of. */
  readonly eventTypes: readonly string[];
};

/** The CDK's own type leaves out what only replayed events have. */
type ReplayAwarePattern = EventPattern & { readonly 'replay-name': string[] };

/**
 * Copies events that originate in this Region to the bus of the other one.
 *
 * Two filters keep it quiet. `originregion` is written by the service and never changes, so that a copy is not
 * copied back. `replay-name` is set by EventBridge on replays, which are the business of one Region.
 */
export class CrossRegionRule extends Construct {
  readonly rule: Rule;
  readonly undelivered: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: CrossRegionRuleProps) {
    super(scope, id);
    const { ruleName, peerRegion } = props;
    const stack = Stack.of(this);
    const peerArn = stack.formatArn({
      service: 'events',
      region: peerRegion,
      resource: 'event-bus',
      resourceName: props.peerEventBusName,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    this.undelivered = new DeadLetterQueue(this, 'Undelivered', {
      queueName: `${ruleName}-undelivered`,
      meaning: `Events did not cross from ${stack.region} to ${peerRegion}`,
    });
    const pattern: ReplayAwarePattern = {
      source: [props.source],
      detailType: [...props.eventTypes],
      detail: { originregion: [stack.region] },
      'replay-name': Match.doesNotExist(),
    };
    this.rule = new Rule(this, 'Rule', {
      ruleName,
      eventBus: props.eventBus,
      eventPattern: pattern,
      targets: [
        new EventBusTarget(EventBus.fromEventBusArn(this, 'PeerBus', peerArn), {
          deadLetterQueue: this.undelivered.queue,
          role,
        }),
      ],
    });
    // An event that comes before the permission is not retried: it would go straight to the queue.
    this.rule.node.addDependency(role);
  }
}
