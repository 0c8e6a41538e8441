import { Duration, Stack } from 'aws-cdk-lib';
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import { type DeclaredService, deriveSafety, type Safety } from '../../src/domain/kernel/index.ts';
import type { Bundle } from '../bundling/bundle.ts';
import { CrossRegionRule } from '../constructs/cross-region-rule.ts';
import type { DsqlClusterBase } from '../constructs/dsql-cluster.ts';
import { EventBus } from '../constructs/event-bus.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { Migration } from '../constructs/migration.ts';
import { OutboxRelay } from '../constructs/outbox-relay.ts';
import { InvalidProp } from '../constructs/props.ts';
import {
  type AsyncPolicy,
  type FunctionSurroundings,
  patient,
  ServiceFunction,
} from '../constructs/service-function.ts';
import type { ServiceBundles } from './bundles.ts';
import type { TwoRegionConfig } from './config.ts';
import { functionEnvironment, metricsOf } from './function-environment.ts';
import {
  type AddedFunction,
  describeConsumer,
  type FunctionPart,
  type FunctionSettings,
} from './function-settings.ts';
import { namesOf, pascalCase, type ServiceNames } from './names.ts';
import { crossingEvents, type FunctionName, functionNames, originOf } from './service-functions.ts';
import { addOperations, aliasOf, sendersOf } from './service-operations.ts';

/** Lambda does not repeat a run that failed. The next run does its work. */
const relayPolicy: AsyncPolicy = { retriesMax: 0, eventAgeMax: Duration.minutes(5) };

/** One Region's half of a declared service. */
export type RegionalServiceProps<Service extends DeclaredService = DeclaredService> = {
  /** The declaration, as `defineService` returns it. */
  readonly service: Service;
  /** The settings of the deployment, from `readConfig`. */
  readonly config: TwoRegionConfig;
  /** The other Region that serves. */
  readonly peerRegion: string;
  /** This Region's half of the database. */
  readonly cluster: DsqlClusterBase;
  /** The code of each function, from `bundleService`. */
  readonly bundles: ServiceBundles<Service>;
  /** Settings of single functions, by their names: `api`, `relay`, `migrate`, or a consumer's. */
  readonly functions?: Readonly<Partial<Record<FunctionName<Service>, FunctionSettings>>>;
  /** The runtime, network, keys and alarm actions of its functions. */
  readonly surroundings?: FunctionSurroundings;
  /** Times that are not as `deriveSafety` derives them. */
  readonly safety?: Partial<Safety>;
};

/**
 * One Region's half of a declared service. It serves alone when the other half is lost. It belongs
 * to a stack of its Region.
 *
 * @throws {InvariantViolation} when `safety` breaks a rule of `deriveSafety`
 */
export class RegionalService<Service extends DeclaredService = DeclaredService> extends Construct {
  /** The bus of this Region. */
  readonly eventBus: EventBus;
  /** The function that answers requests. */
  readonly api: ServiceFunction;
  /** Takes signed requests only. */
  readonly apiUrl: FunctionUrl;
  /** The function that publishes what commands left behind. */
  readonly relay: ServiceFunction;
  /** The function that changes the schema before the others are updated. */
  readonly migrate: ServiceFunction;
  /** By their names in the inbox. */
  readonly consumers: Readonly<Record<string, EventConsumer>>;
  readonly #migration: Migration;
  readonly #props: RegionalServiceProps<Service>;
  readonly #names: ServiceNames;
  readonly #safety: Safety;
  readonly #region: string;

  constructor(scope: Construct, id: string, props: RegionalServiceProps<Service>) {
    super(scope, id);
    const { service, config } = props;
    this.#props = props;
    this.#names = namesOf(service, config);
    this.#region = Stack.of(this).region;
    this.#safety = deriveSafety({
      ...props.safety,
      functionTimeoutSeconds: config.lambdaTimeoutSeconds,
      eventRetentionDays: config.eventRetentionDays,
    });
    this.eventBus = new EventBus(this, 'Events', {
      eventBusName: this.#names.eventBus,
      source: service.source,
      retentionDays: config.eventRetentionDays,
      logRetention: config.logRetentionDays,
      ...defined({ encryptionKey: props.surroundings?.encryptionKey }),
      senders: sendersOf(Stack.of(this), this.#names, config),
    });
    this.api = this.#function(this, 'Api', 'api', {
      description: `Answers commands and queries of ${service.name}`,
      timeout: Duration.seconds(config.lambdaTimeoutSeconds),
      publishes: true,
      ...aliasOf(config),
    });
    this.apiUrl = this.api.entry.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    this.consumers = this.#consumers();
    this.relay = this.#relay();
    this.migrate = this.#migrate();
    this.#migration = this.#migrations();
    const consumers = Object.values(this.consumers);
    const replication = config.crossRegionReplication ? this.#replicate() : undefined;
    addOperations(this, {
      ...{ service, config, cluster: props.cluster, api: this.api, eventBus: this.eventBus },
      names: this.#names,
      rules: [...consumers, replication].flatMap((one) => one?.rule ?? []),
      behind: [...consumers.map(({ consumer }) => consumer), this.relay],
      ...this.#watched(),
    });
  }

  /**
   * Adds a function that does not follow from the declaration, such as the one of a schedule. It
   * has the variables, the database role and the surroundings of the others.
   *
   * @throws {InvalidProp} for the name of a function that the service has already
   */
  addFunction(name: string, { bundle, memoryMb, ...part }: AddedFunction): ServiceFunction {
    const { service, config } = this.#props;
    if (functionNames(service).some((one) => one === name)) {
      throw new InvalidProp(
        `function ${name} of ${service.name} is there already: rename this one`,
      );
    }
    const scope = this.node.tryFindChild('Added') ?? new Construct(this, 'Added');
    const timeout = Duration.seconds(config.lambdaTimeoutSeconds);
    const settings = defined({ memoryMb });
    const added = this.#bundled(scope as Construct, pascalCase(name), name, bundle, settings, {
      ...part,
      timeout,
    });
    this.#migration.addClient(added);
    return added;
  }

  #consumers(): Readonly<Record<string, EventConsumer>> {
    const { service, config } = this.#props;
    // Consumers have a scope of their own, since a consumer may have the name of any part of the
    // service.
    const scopes = {
      functions: new Construct(this, 'Consumers'),
      subscriptions: new Construct(this, 'Subscriptions'),
    };
    const made = Object.entries(service.consumers)
      .filter(([, { of }]) => of === undefined || config.crossRegionReplication)
      .map(([name, declared]) => [name, this.#consumer(scopes, name, declared)] as const);
    return Object.fromEntries(made);
  }

  #consumer(
    scopes: { readonly functions: Construct; readonly subscriptions: Construct },
    name: string,
    { on, of, publishes, queue }: DeclaredService['consumers'][string],
  ): EventConsumer {
    const { service, config } = this.#props;
    const ofOtherRegion = of === 'other-region';
    const id = pascalCase(name);
    const here = { region: this.#region, peerRegion: this.#props.peerRegion };
    const consumer = this.#function(scopes.functions, id, name, {
      description: describeConsumer(on, ofOtherRegion),
      timeout: Duration.seconds(config.lambdaTimeoutSeconds),
      asynchronous: patient,
      publishes: publishes === true,
    });
    return new EventConsumer(scopes.subscriptions, id, {
      ruleName: this.#names.function(name),
      eventBus: this.eventBus.bus,
      pattern: { source: [service.source], detailType: [...on], ...originOf(ofOtherRegion, here) },
      consumerName: name,
      consumer,
      service,
      ...defined({ queue }),
      ...this.#watched(),
    });
  }

  #relay(): ServiceFunction {
    const { service, config } = this.#props;
    const { inboxRetentionMs, outboxLateMs, relayTimeoutSeconds, relayRateSeconds } = this.#safety;
    const relay = this.#function(this, 'Relay', 'relay', {
      description: 'Publishes what no command could publish, deletes what nobody needs any more',
      timeout: Duration.seconds(relayTimeoutSeconds),
      asynchronous: relayPolicy,
      publishes: true,
      environment: { INBOX_RETENTION_MS: String(inboxRetentionMs) },
      ...(config.reserveConcurrency ? { reservedConcurrency: 1 } : {}),
    });
    new OutboxRelay(this, 'OutboxRelay', {
      scheduleName: this.#names.function('relay'),
      rate: Duration.seconds(relayRateSeconds),
      oldestAgeMsMax: outboxLateMs,
      relay,
      metrics: metricsOf(service, config),
      ...this.#watched(),
    });
    return relay;
  }

  #migrate(): ServiceFunction {
    return this.#function(this, 'Migrate', 'migrate', {
      description: 'Migrates the schema and grants the database role, at each deployment',
      timeout: Duration.seconds(this.#safety.migrationTimeoutSeconds),
      databaseUser: 'admin',
    });
  }

  #migrations(): Migration {
    const { service, cluster, bundles } = this.#props;
    const consumers = Object.values(this.consumers).map(({ consumer }) => consumer);
    return new Migration(this, 'Migration', {
      cluster,
      migrate: this.migrate,
      clients: [this.api, ...consumers, this.relay],
      revision: bundles.migrate.hash,
      databaseRole: service.role,
    });
  }

  #replicate(): CrossRegionRule | undefined {
    const { service, peerRegion } = this.#props;
    const eventTypes = crossingEvents(service);
    if (eventTypes.length === 0) return undefined;
    return new CrossRegionRule(this, 'Replication', {
      ruleName: this.#names.crossRegionRule(peerRegion),
      roleName: this.#names.crossRegionRole(peerRegion),
      eventBus: this.eventBus.bus,
      peerEventBusName: this.#names.eventBus,
      peerRegion,
      source: service.source,
      eventTypes,
      ...this.#watched(),
    });
  }

  /** The key and the alarm actions of its queues. */
  #watched(): Pick<FunctionSurroundings, 'alarmActions' | 'encryptionKey'> {
    const { alarmActions, encryptionKey } = this.#props.surroundings ?? {};
    return defined({ alarmActions, encryptionKey });
  }

  #function(
    scope: Construct,
    id: string,
    name: FunctionName<Service>,
    part: FunctionPart,
  ): ServiceFunction {
    const { bundles, functions } = this.#props;
    return this.#bundled(scope, id, name, bundles[name], functions?.[name] ?? {}, part);
  }

  #bundled(
    scope: Construct,
    id: string,
    name: string,
    bundle: Bundle,
    settings: FunctionSettings,
    part: FunctionPart,
  ): ServiceFunction {
    const { service, config, cluster, surroundings } = this.#props;
    const { databaseUser = service.role, publishes = false, environment, ...others } = part;
    const created = new ServiceFunction(scope, id, {
      ...surroundings,
      ...others,
      functionName: this.#names.function(name),
      description: settings.description ?? part.description,
      bundle,
      environment: {
        LOG_LEVEL: 'INFO',
        ...settings.environment,
        ...functionEnvironment({
          service,
          config,
          safety: this.#safety,
          region: this.#region,
          dsqlEndpoint: cluster.endpoint,
          dsqlUser: databaseUser,
        }),
        ...(publishes ? { EVENT_BUS_NAME: this.eventBus.bus.eventBusName } : {}),
        ...environment,
      },
      memoryMb: settings.memoryMb ?? config.lambdaMemoryMb,
      logRetention: config.logRetentionDays,
      // Active tracing brings the permission to send spans to X-Ray.
      tracing: config.tracing || config.tracesEndpoint === 'xray',
    });
    if (publishes) this.eventBus.grantPutEvents(created);
    return created;
  }
}
