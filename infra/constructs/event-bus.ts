import { Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import { EventBus as Bus, type IEventBus, IncludeDetail, Level } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  CfnDelivery,
  CfnDeliveryDestination,
  CfnDeliverySource,
  LogGroup,
  RetentionDays,
} from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { requireWithin } from './props.ts';

export type EventBusProps = {
  /**
   * The name of the bus and its archive, at most 48 characters; made of its path unless given.
   * Replication needs one.
   */
  readonly eventBusName?: string;
  /** The `source` of the events that are archived. */
  readonly source: string;
  /** The days for which events can be replayed from the archive, 1 to 3,650. */
  readonly retentionDays: number;
  /** How long the log of events that could not be delivered is kept; a month unless given. */
  readonly logRetention?: RetentionDays;
};

/** Characters of an archive's name, which is the bus's. */
const nameLengthMax = 48;

/**
 * A custom event bus with an archive, and a log of the events that it could not deliver.
 *
 * The log is the only view of events that EventBridge drops; it has no event details, which may be
 * personal.
 *
 * @throws {InvalidProp} for a retention outside 1 to 3,650 days
 */
export class EventBus extends Construct {
  readonly bus: IEventBus;

  constructor(scope: Construct, id: string, props: EventBusProps) {
    super(scope, id);
    const { source, retentionDays } = props;
    requireWithin(this, 'retentionDays', retentionDays, [1, 3_650]);
    const eventBusName =
      props.eventBusName ?? Names.uniqueResourceName(this, { maxLength: nameLengthMax });
    this.bus = new Bus(this, 'Bus', {
      eventBusName,
      logConfig: { level: Level.ERROR, includeDetail: IncludeDetail.NONE },
      // The CDK's classes do not meet its own interfaces under `exactOptionalPropertyTypes`.
    }) as IEventBus;
    this.bus.archive('Archive', {
      archiveName: eventBusName,
      eventPattern: { source: [source] },
      retention: Duration.days(retentionDays),
    });
    this.#deliverErrorLogs(eventBusName, props);
  }

  /** Lets a function send events to this bus. */
  grantPutEvents(sender: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee: sender,
      actions: ['events:PutEvents'],
      resourceArns: [this.bus.eventBusArn],
    });
  }

  #deliverErrorLogs(
    eventBusName: string,
    { logRetention = RetentionDays.ONE_MONTH }: EventBusProps,
  ): void {
    const logGroup = new LogGroup(this, 'ErrorLogs', {
      // CloudWatch's own prefix for logs that a service delivers: it keeps the resource policy
      // short.
      logGroupName: `/aws/vendedlogs/events/event-bus/${eventBusName}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const source = new CfnDeliverySource(this, 'ErrorLogSource', {
      name: `${eventBusName}-errors`,
      logType: 'ERROR_LOGS',
      resourceArn: this.bus.eventBusArn,
    });
    const destination = new CfnDeliveryDestination(this, 'ErrorLogDestination', {
      name: `${eventBusName}-errors`,
      destinationResourceArn: logGroup.logGroupArn,
    });
    const delivery = new CfnDelivery(this, 'ErrorLogDelivery', {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.attrArn,
    });
    delivery.addResourceDependency(source);
  }
}
