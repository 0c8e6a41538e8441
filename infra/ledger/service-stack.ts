import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { LedgerEvent, ledgerEventSource } from '../../src/domain/ledger/index.ts';
import { CrossRegionRule } from '../constructs/cross-region-rule.ts';
import type { DsqlCluster } from '../constructs/dsql-cluster.ts';
import { EventBus } from '../constructs/event-bus.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { Migration } from '../constructs/migration.ts';
import { OutboxRelay } from '../constructs/outbox-relay.ts';
import { type AsyncPolicy, patient, ServiceFunction } from '../constructs/service-function.ts';
import type { TwoRegionConfig } from '../two-regions/config.ts';
import type { LedgerBundles, LedgerConsumer } from './entries.ts';

/** As the service writes it into its events. */
const source: typeof ledgerEventSource = 'antipode.ledger';

/** Every event of the ledger, and whether the other Region hears of it too. */
const crossesRegions: Readonly<Record<LedgerEvent['type'], boolean>> = {
  TransactionRecorded: true,
  TransferCompleted: true,
};
const allEvents = Object.keys(crossesRegions);
const crossingEvents = Object.entries(crossesRegions)
  .filter(([, crosses]) => crosses)
  .map(([type]) => type);

/** Under what the functions report their metrics. */
const metrics = { namespace: 'Antipode', service: 'ledger' };

/** The database role of the service. */
const databaseRole = 'ledger_app';

/**
 * A command publishes its own events right after COMMIT: for as long as its function may run, and this margin, the
 * relay leaves them to it. Milliseconds.
 */
const outboxGraceMarginMs = 1_000;

/** Two runs of the relay: an event that waits longer is taken over by the other Region. */
const outboxTakeoverAgeMs = 120_000;

/** Published events are kept this long: what a Region that is lost with its bus may not have delivered. */
const outboxReplayWindowMs = 24 * 60 * 60 * 1_000;

/**
 * A consumer recognises an event for as long as the archive may bring it back, a dead-letter queue may keep it after
 * that (14 days), and retries may take (2): in days beyond the archive's.
 */
const inboxMarginDays = 16;

/** Building indexes on tables with data takes minutes; it is Lambda's maximum. */
const migrationTimeout = Duration.minutes(15);

/** Less than the minute between two runs, so that a run ends before the next one is due. */
const relayTimeout = Duration.seconds(50);

/** A run that failed is not repeated: the next one, a minute later, does its work. */
const relayPolicy: AsyncPolicy = { retriesMax: 0, eventAgeMax: Duration.minutes(5) };

export type ServiceStackProps = StackProps & {
  readonly config: TwoRegionConfig;
  readonly region: string;
  readonly peerRegion: string;
  readonly cluster: DsqlCluster;
  readonly bundles: LedgerBundles;
};

type FunctionOptions = {
  readonly description: string;
  readonly asynchronous?: AsyncPolicy;
  readonly timeout?: Duration;
  readonly databaseUser?: string;
  readonly reservedConcurrency?: number;
  /** Whether it may put events on the bus of its Region, and knows which that is. */
  readonly publishes?: boolean;
  /** What only this function is told. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** One Region's half of the ledger: whole in itself, and the other half's stand-in. */
export class ServiceStack extends Stack {
  readonly #props: ServiceStackProps;
  readonly #bus: EventBus;

  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    super(scope, id, props);
    this.#props = props;
    const { config, cluster, bundles } = props;
    this.#bus = new EventBus(this, 'Events', {
      eventBusName: this.#eventBusName,
      source,
      retentionDays: config.eventRetentionDays,
    });
    const clients = [this.#ledgerApi(), ...this.#consumers(), this.#relayOutbox()];
    const migrate = this.#function('migrate', {
      description: 'Migrates the schema and grants the database role, at each deployment',
      timeout: migrationTimeout,
      databaseUser: 'admin',
    });
    new Migration(this, 'Migration', {
      cluster,
      migrate,
      clients,
      revision: bundles.migrate.hash,
      databaseRole,
    });
    if (config.crossRegionReplication) this.#replicate();
    new CfnOutput(this, 'EventBusName', { value: this.#bus.bus.eventBusName });
  }

  get #eventBusName(): string {
    return `${this.#props.config.eventBusPrefix}-ledger`;
  }

  #ledgerApi(): ServiceFunction {
    const ledgerApi = this.#function('ledger-api', {
      description: 'Records transactions and transfers, and answers questions about them',
      publishes: true,
    });
    const url = ledgerApi.function.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    new CfnOutput(this, 'LedgerApiFunctionName', { value: ledgerApi.function.functionName });
    new CfnOutput(this, 'LedgerApiUrl', { value: url.url });
    return ledgerApi;
  }

  #consumers(): readonly ServiceFunction[] {
    const { crossRegionReplication } = this.#props.config;
    const made: Readonly<Record<LedgerConsumer, () => readonly ServiceFunction[]>> = {
      'project-totals': () => [this.#projectTotals()],
      'audit-replica': () => (crossRegionReplication ? [this.#auditReplica()] : []),
    };
    return Object.values(made).flatMap((make) => make());
  }

  #projectTotals(): ServiceFunction {
    const { region } = this.#props;
    const description = 'Keeps the totals of the events that are published in this Region';
    // Where it was put on a bus, not where it originates: a survivor also handles what it has taken over.
    return this.#consumer('project-totals', description, allEvents, { region: [region] });
  }

  #auditReplica(): ServiceFunction {
    const { peerRegion } = this.#props;
    const description = 'Records which events of the other Region arrived here, and how late';
    // Where it originates: copies come over by the rule, and what this Region has taken over is here already.
    const pattern = { detail: { originregion: [peerRegion] } };
    return this.#consumer('audit-replica', description, crossingEvents, pattern);
  }

  #consumer(
    name: LedgerConsumer,
    description: string,
    eventTypes: readonly string[],
    pattern: EventPattern,
  ): ServiceFunction {
    const consumer = this.#function(name, { description, asynchronous: patient });
    new EventConsumer(this, `${consumer.node.id}Events`, {
      ruleName: this.#name(name),
      eventBus: this.#bus.bus,
      pattern: {
        source: [source],
        detailType: [...eventTypes],
        ...pattern,
      },
      consumerName: name,
      consumer,
    });
    return consumer;
  }

  #relayOutbox(): ServiceFunction {
    const { eventRetentionDays, reserveConcurrency } = this.#props.config;
    const inboxRetention = Duration.days(eventRetentionDays + inboxMarginDays);
    const relay = this.#function('relay-outbox', {
      description: 'Publishes what no command could publish, deletes what nobody needs any more',
      asynchronous: relayPolicy,
      timeout: relayTimeout,
      publishes: true,
      environment: { INBOX_RETENTION_MS: String(inboxRetention.toMilliseconds()) },
      ...(reserveConcurrency ? { reservedConcurrency: 1 } : {}),
    });
    new OutboxRelay(this, 'OutboxRelay', {
      scheduleName: this.#name('relay-outbox'),
      relay,
      metrics,
    });
    return relay;
  }

  #replicate(): void {
    new CrossRegionRule(this, 'Replication', {
      ruleName: `${this.#name('ledger')}-to-${this.#props.peerRegion}`,
      eventBus: this.#bus.bus,
      peerEventBusName: this.#eventBusName,
      peerRegion: this.#props.peerRegion,
      source,
      eventTypes: crossingEvents,
    });
  }

  #function(name: keyof LedgerBundles, options: FunctionOptions): ServiceFunction {
    const { config, bundles } = this.#props;
    const {
      databaseUser = databaseRole,
      timeout,
      publishes = false,
      environment = {},
      ...others
    } = options;
    const created = new ServiceFunction(this, pascalCase(name), {
      functionName: this.#name(name),
      bundle: bundles[name],
      environment: {
        ...this.#environment(databaseUser),
        ...(publishes ? { EVENT_BUS_NAME: this.#bus.bus.eventBusName } : {}),
        ...environment,
      },
      memoryMb: config.lambdaMemoryMb,
      timeout: timeout ?? Duration.seconds(config.lambdaTimeoutSeconds),
      tracing: config.tracing,
      ...others,
    });
    if (publishes) this.#bus.grantPutEvents(created);
    return created;
  }

  #environment(databaseUser: string): Readonly<Record<string, string>> {
    const { config, cluster } = this.#props;
    return {
      DSQL_ENDPOINT: cluster.endpoint,
      DSQL_USER: databaseUser,
      DSQL_SERIAL: String(config.dsqlSerial),
      DSQL_PLAIN_BEGIN: String(config.dsqlPlainBegin),
      DSQL_PREPARED_STATEMENTS_MAX: String(config.dsqlPreparedStatementsMax),
      OUTBOX_GRACE_MS: String(config.lambdaTimeoutSeconds * 1_000 + outboxGraceMarginMs),
      OUTBOX_TAKEOVER_AGE_MS: String(outboxTakeoverAgeMs),
      OUTBOX_REPLAY_WINDOW_MS: String(outboxReplayWindowMs),
      POWERTOOLS_SERVICE_NAME: metrics.service,
      POWERTOOLS_METRICS_NAMESPACE: metrics.namespace,
      POWERTOOLS_TRACE_ENABLED: String(config.tracing),
      LOG_LEVEL: 'INFO',
    };
  }

  #name(name: string): string {
    return `${this.#props.config.functionPrefix}-${name}`;
  }
}

const pascalCase = (name: string): string =>
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
