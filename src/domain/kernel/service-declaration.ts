import type { EventEnvelope } from './events/event.ts';
import {
  type CatalogueEvent,
  type CheckedDeclarations,
  type DecidedEvent,
  declareEvents,
  type EventCatalogue,
  type EventDeclarations,
} from './events/event-catalogue.ts';
import { requireSound } from './requirement.ts';
import { consumerNameProblem } from './work/consumer.ts';
import { type ConsumerQueue, consumerQueueProblem } from './work/consumer-queue.ts';

/**
 * One change of a service's schema, or of its data: a statement, or several. A text of the wrong
 * kind is refused before anything is sent.
 */
export type ServiceMigration = {
  /**
   * Unique for ever; migrations run in the order of the list. Ids that begin with `antipode-` are
   * the framework's.
   */
  readonly id: string;
} & (
  | {
      /** Definitions (`CREATE`, `ALTER`, `GRANT` …). Each may run twice: `IF NOT EXISTS`. */
      readonly ddl: string;
      readonly dml?: undefined;
    }
  | {
      /** Changes of data, such as the first rows of a table. Each takes effect once. */
      readonly dml: string;
      readonly ddl?: undefined;
    }
);

/**
 * A service's migrations: a list, or a function that loads it. A list is part of every function
 * that imports the declaration, and grows for ever. Only the function that migrates calls this one,
 * so no other function loads the list.
 */
export type ServiceMigrations =
  | readonly ServiceMigration[]
  | (() => Promise<readonly ServiceMigration[]>);

/** The types of the events that every Region hears of. */
export type CrossingEventType<Events extends EventDeclarations> = {
  [Type in keyof Events & string]: Events[Type] extends { readonly scope: 'all-regions' }
    ? Type
    : never;
}[keyof Events & string];

/**
 * The events of which a consumer may get the copies. Where none crosses, the compiler shows this
 * text instead of a bare mismatch.
 */
type CopiedEventType<Events extends EventDeclarations> = [CrossingEventType<Events>] extends [never]
  ? 'Give the event the scope "all-regions"'
  : CrossingEventType<Events>;

/**
 * The events that one consumer gets. By default it gets those that are published in its own Region;
 * `of` makes it get the copies of those that originate in the other Region, which only events of
 * the scope `all-regions` have.
 */
export type ConsumerDeclaration<Events extends EventDeclarations = EventDeclarations> = {
  /**
   * Whether its function publishes the events of its decisions right after COMMIT, as the API does.
   * It then knows the bus and may put events on it. Unless given, these events wait for the relay:
   * about the grace and a run.
   */
  readonly publishes?: true;
  /**
   * Puts a queue between the bus and its function: `true`, or the settings that differ from the
   * defaults.
   */
  readonly queue?: true | ConsumerQueue;
} & (
  | {
      readonly on: readonly [keyof Events & string, ...(keyof Events & string)[]];
      readonly of?: undefined;
      /**
       * Whether the events of one subject take effect in the order of their `aggregateVersion`,
       * those of both Regions together. An event that fails stops its subject.
       */
      readonly ordered?: true;
    }
  | {
      readonly on: readonly [CopiedEventType<Events>, ...CopiedEventType<Events>[]];
      readonly of: 'other-region';
      /** Copies come from one Region, and the order of a subject is that of both. */
      readonly ordered?: undefined;
    }
);

type ConsumerDeclarations<Events extends EventDeclarations> = {
  readonly [name: string]: ConsumerDeclaration<Events>;
};

/** The consumers of any service. */
type AnyConsumers = {
  readonly [name: string]: {
    readonly on: readonly string[];
    readonly of?: 'other-region' | undefined;
    readonly publishes?: true | undefined;
    readonly queue?: true | ConsumerQueue | undefined;
    readonly ordered?: true | undefined;
  };
};

/** A declared service as its infrastructure and its documents read it. */
export type DeclaredService<
  Events extends EventDeclarations = EventDeclarations,
  Consumers extends AnyConsumers = AnyConsumers,
> = {
  /**
   * Part of every physical name, and the name under which the service logs and counts: kebab-case.
   */
  readonly name: string;
  /** The CloudEvents `source` of its events, such as `shop.booking`. */
  readonly source: string;
  /** The PostgreSQL schema of its tables and of the framework's records of it. */
  readonly schema: string;
  /** The database role of its functions. */
  readonly role: string;
  /** The service's own; the framework's come first by themselves. */
  readonly migrations: ServiceMigrations;
  /** The events of its decisions, by their types. */
  readonly events: Events;
  /** By their names in the inbox. */
  readonly consumers: Consumers;
};

/** A service as `defineService` returns it, with the catalogue of its events. */
export type ServiceDeclaration<
  Events extends EventDeclarations,
  Consumers extends AnyConsumers,
> = DeclaredService<Events, Consumers> & {
  /** Checks, addresses and reads the events. */
  readonly catalogue: EventCatalogue<CatalogueEvent<Events>, DecidedEvent<Events>>;
};

/** Any declared service with its catalogue. */
export type AnyService = DeclaredService & {
  /** Checks, addresses and reads the events. */
  readonly catalogue: EventCatalogue<EventEnvelope>;
};

/** The names of a service's consumers. */
export type ConsumerName<Service extends DeclaredService> = keyof Service['consumers'] & string;

/** The events that the decisions of a service may emit, as a union on `type`. */
export type DecidedEventOf<Service extends DeclaredService> = DecidedEvent<Service['events']>;

/**
 * The events that one consumer gets, as a union on `type`.
 *
 * @example
 * const countSeats = (event: ConsumerEvent<typeof booking, 'occupancy'>, run: ConsumerContext) => …
 */
export type ConsumerEvent<
  Service extends DeclaredService,
  Name extends ConsumerName<Service>,
> = Extract<
  CatalogueEvent<Service['events']>,
  { readonly type: Service['consumers'][Name]['on'][number] }
>;

/**
 * Characters of a service's name: a function's name has 64 for a prefix, the service's name and its
 * own.
 */
const serviceNameLengthMax = 24;
const kebabCase = /^[a-z][a-z\d]*(?:-[a-z\d]+)*$/;

const isServiceName = (name: string): boolean =>
  name.length <= serviceNameLengthMax && kebabCase.test(name);

/**
 * PostgreSQL cuts longer ones, and keeps those that begin with `pg_`. Every database has `sys` and
 * `information_schema` already. The admin migrates: with its rights a function could do what only a
 * deployment may.
 */
const identifier = /^(?!pg_|(?:admin|sys|information_schema)$)[a-z_][a-z\d_]{0,62}$/;

type Consumer = AnyConsumers[string];

const consumerProblem = (
  name: string,
  { on, of, queue, ordered }: Consumer,
  events: EventDeclarations,
): string | undefined => {
  if (!on?.length) return 'listens to nothing: fill its `on`';
  if (ordered !== undefined && ordered !== true) return 'has an `ordered` that is not true';
  if (ordered && of) {
    return 'is ordered and gets the copies of one Region only, while both Regions change a subject: leave out `ordered` or `of`';
  }
  for (const type of on) {
    if (!Object.hasOwn(events, type)) {
      return `listens to ${type}: declare it in \`events\``;
    }
    if (of && events[type]?.scope !== 'all-regions') {
      return `listens to ${type} of the other Region: give the event the scope "all-regions"`;
    }
  }
  return consumerNameProblem(name) ?? (queue && consumerQueueProblem(queue));
};

const named = (what: string, name: string): string => `The ${what} ${JSON.stringify(name)}`;

const requireIdentifier = (what: string, name: string): void =>
  requireSound(
    named(what, name),
    !identifier.test(name) &&
      'must be 1 to 63 of a-z, 0-9 and "_", not "admin", "sys" or "information_schema", nor begin with a digit or "pg_"',
  );

/**
 * Declares a service once: its handlers, migrations, infrastructure and types are derived from this
 * value. It is plain data, so it may be imported where nothing of a service runs.
 *
 * @throws {InvariantViolation} that names the part and the fix: a name that AWS or PostgreSQL would
 * refuse, a consumer of an event that is not declared or does not reach it, and whatever
 * `declareEvents` refuses
 * @example
 * export const booking = defineService({
 *   name: 'booking',
 *   source: 'shop.booking',
 *   schema: 'booking',
 *   migrations,
 *   events: {
 *     SeatsReserved: { version: 1, schema: seatsReserved, scope: 'all-regions' },
 *     SeatsReleased: { version: 1, schema: seatsReleased },
 *   },
 *   consumers: {
 *     occupancy: { on: ['SeatsReserved', 'SeatsReleased'], queue: true },
 *     notices: { on: ['SeatsReserved'], of: 'other-region' },
 *   },
 * });
 */
export const defineService = <
  const Events extends EventDeclarations,
  const Consumers extends ConsumerDeclarations<Events>,
>(declaration: {
  /** Kebab-case, at most 24 characters. */
  readonly name: string;
  readonly source: string;
  readonly schema: string;
  /** `<schema>_app` unless given. */
  readonly role?: string;
  readonly migrations: ServiceMigrations;
  readonly events: Events & CheckedDeclarations<Events>;
  readonly consumers: Consumers;
}): ServiceDeclaration<Events, Consumers> => {
  const { name, source, schema, migrations, consumers } = declaration;
  const role = declaration.role ?? `${schema}_app`;
  const events: Events = declaration.events;
  requireSound(
    named('service name', name),
    !isServiceName(name) && `must be kebab-case of at most ${serviceNameLengthMax} characters`,
  );
  requireIdentifier('schema', schema);
  requireIdentifier('role', role);
  // Its type has been asked of the parameter; asked again of `Events`, it is too deep for the
  // compiler.
  const catalogue = declareEvents<EventDeclarations>(source, events) as EventCatalogue<
    CatalogueEvent<Events>,
    DecidedEvent<Events>
  >;
  for (const [consumer, declared] of Object.entries<Consumer>(consumers)) {
    requireSound(named('consumer', consumer), consumerProblem(consumer, declared, events));
  }
  return { name, source, schema, role, migrations, events, consumers, catalogue };
};
