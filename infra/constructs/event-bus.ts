import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { EventBus as Bus, type IEventBus, IncludeDetail, Level } from 'aws-cdk-lib/aws-events';
import {
  CfnDelivery,
  CfnDeliveryDestination,
  CfnDeliverySource,
  LogGroup,
  RetentionDays,
} from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

export type EventBusProps = {
  readonly eventBusName: string;
  /** The `source` of the events that are archived. */
  readonly source: string;
  /** How long events can be replayed from the archive. */
  readonly retentionDays: number;
};

/**
 * A custom event bus with an archive, and a log of what it could not deliver.
 *
 * The log is the only view of events that EventBridge drops; it has no event details, which may be personal.
 */
export class EventBus extends Construct {
  readonly bus: IEventBus;

  constructor(scope: Construct, id: string, props: EventBusProps) {
    super(scope, id);
    const { eventBusName, source } = props;
    this.bus = new Bus(this, 'Bus', {
      eventBusName,
      logConfig: { level: Level.ERROR, includeDetail: IncludeDetail.NONE },
      // The CDK's classes do not meet its own interfaces under `exactOptionalPropertyTypes`.
    }) as IEventBus;
    this.bus.archive('Archive', {
      archiveName: eventBusName,
      eventPattern: { source: [source] },
      retention: Duration.days(props.retentionDays),
    });
    this.#deliverErrorLogs(eventBusName);
  }

  /** Lets a function send events to this bus. */
  grantPutEvents(sender: ServiceFunction): void {
    sender.allow(['events:PutEvents'], this.bus.eventBusArn);
  }

  #deliverErrorLogs(eventBusName: string): void {
    const logGroup = new LogGroup(this, 'ErrorLogs', {
      // CloudWatch's own prefix for logs that a service delivers: it keeps the resource policy short.
      logGroupName: `/aws/vendedlogs/events/event-bus/${eventBusName}`,
      retention: RetentionDays.ONE_MONTH,
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
