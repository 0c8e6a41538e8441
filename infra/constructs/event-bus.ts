import { Duration, Lazy, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  type Archive,
  EventBus as Bus,
  type CfnArchive,
  type CfnEventBus,
  CfnEventBusPolicy,
  type IEventBus,
  IncludeDetail,
  Level,
} from 'aws-cdk-lib/aws-events';
import {
  AnyPrincipal,
  Effect,
  Grant,
  type IGrantable,
  type IPrincipal,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  CfnDelivery,
  CfnDeliveryDestination,
  CfnDeliverySource,
  LogGroup,
  RetentionDays,
} from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import { eventBridgeOfAccount } from './dead-letter-queue.ts';
import { requireWithin } from './props.ts';
import { logsOfAccount } from './service-function.ts';

/** The bus, the senders that it takes events from, and the time that its archive keeps them. */
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
  /** Encrypts the events of the bus and its archive, and the log; keys of AWS unless given. */
  readonly encryptionKey?: IKey;
  /**
   * The principals that may send events of `source`, beside those of `grantPutEvents`: ARNs, with
   * stars. Nobody else may then, whatever an identity's own policy says. Every principal of the
   * account that may put events on the bus unless given.
   */
  readonly senders?: readonly string[];
};

/** Characters of an archive's name, which is the bus's. */
const nameLengthMax = 48;

/** The ARNs by which a policy knows a principal. */
const arnsOf = ({ policyFragment }: IPrincipal): readonly string[] =>
  policyFragment.principalJson['AWS'] ?? [];

/**
 * A custom event bus with an archive, and a log of the events that it could not deliver.
 *
 * The log is the only view of events that EventBridge drops; it has no event details, which may be
 * personal.
 *
 * @throws {InvalidProp} for a retention outside 1 to 3,650 days
 */
export class EventBus extends Construct {
  /** The bus itself, for rules of your own. */
  readonly bus: IEventBus;
  readonly #senders: string[] = [];

  constructor(scope: Construct, id: string, props: EventBusProps) {
    super(scope, id);
    const { source, retentionDays, encryptionKey } = props;
    requireWithin(this, 'retentionDays', retentionDays, [1, 3_650]);
    const eventBusName =
      props.eventBusName ?? Names.uniqueResourceName(this, { maxLength: nameLengthMax });
    this.bus = new Bus(this, 'Bus', {
      eventBusName,
      logConfig: { level: Level.ERROR, includeDetail: IncludeDetail.NONE },
      // The CDK's classes do not meet its own interfaces under `exactOptionalPropertyTypes`.
    }) as IEventBus;
    const archive = this.bus.archive('Archive', {
      archiveName: eventBusName,
      eventPattern: { source: [source] },
      retention: Duration.days(retentionDays),
    });
    if (encryptionKey) this.#encrypt(encryptionKey, archive);
    if (props.senders) this.#denyOthers(props.source, props.senders);
    this.#deliverErrorLogs(eventBusName, props);
  }

  /** Lets a function send events to this bus. */
  grantPutEvents(sender: IGrantable): Grant {
    this.#senders.push(...arnsOf(sender.grantPrincipal));
    return Grant.addToPrincipal({
      grantee: sender,
      actions: ['events:PutEvents'],
      resourceArns: [this.bus.eventBusArn],
    });
  }

  /**
   * A policy of the bus that denies events of the service from others. Consumers take an event for
   * a fact of the service, so no other workload of the account may make one up.
   *
   * A request may have entries of several sources: one of this service is enough to deny it
   * (service authorization reference of EventBridge, `events:source`).
   */
  #denyOthers(source: string, others: readonly string[]): void {
    const policy = new CfnEventBusPolicy(this, 'Senders', {
      eventBusName: this.bus.eventBusName,
      statementId: 'OwnEventsFromOwnSenders',
      statement: new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['events:PutEvents'],
        resources: [this.bus.eventBusArn],
        conditions: {
          'ForAnyValue:StringEquals': { 'events:source': [source] },
          ArnNotLike: {
            'aws:PrincipalArn': Lazy.list({ produce: () => [...this.#senders, ...others] }),
          },
        },
      }).toStatementJson(),
    });
    // cdk-nag reads this property, which the statement replaces, and the CDK warns of each read.
    Object.defineProperty(policy, 'principal', { value: undefined });
  }

  /**
   * Has EventBridge use the key on behalf of this account alone. The CDK's own property would let
   * it in for any account.
   */
  #encrypt(key: IKey, archive: Archive): void {
    const [bus, kept] = [this.bus.node.defaultChild, archive.node.defaultChild];
    (bus as CfnEventBus).kmsKeyIdentifier = key.keyArn;
    (kept as CfnArchive).kmsKeyIdentifier = key.keyArn;
    key.grant(eventBridgeOfAccount(), 'kms:DescribeKey', 'kms:GenerateDataKey*', 'kms:Decrypt');
  }

  #deliverErrorLogs(
    eventBusName: string,
    { logRetention = RetentionDays.ONE_MONTH, encryptionKey }: EventBusProps,
  ): void {
    encryptionKey?.grantEncryptDecrypt(logsOfAccount(Stack.of(this)));
    const logGroup = new LogGroup(this, 'ErrorLogs', {
      // CloudWatch's own prefix for logs that a service delivers: it keeps the resource policy
      // short.
      logGroupName: `/aws/vendedlogs/events/event-bus/${eventBusName}`,
      ...defined({ encryptionKey }),
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
