import { consumerNameProblem } from './consumer.ts';
import {
  type CatalogueEvent,
  type DecidedEvent,
  declareEvents,
  type EventCatalogue,
  type EventDeclarations,
  type JsonDeclarations,
} from './event-catalogue.ts';
import { InvariantViolation } from './fault.ts';

/** One change of a service's schema: a DDL statement, or several, that may run twice (`IF NOT EXISTS`). */
export type ServiceMigration = {
  /** Unique for ever; migrations run in the order of the list. Ids that begin with `antipode-` are the framework's. */
  readonly id: string;
  readonly ddl: string;
};

/** The types of the events that every Region hears of. */
export type CrossingEventType<Events extends EventDeclarations> = {
  [Type in keyof Events & string]: Events[Type] extends { readonly scope: 'all-regions' }
    ? Type
    : never;
}[keyof Events & string];

/**
 * The events that one consumer gets. By default it gets those that are published in its own Region; `of` makes it get the
 * copies of those that originate in the other Region, which only events of the scope `all-regions` have.
 */
export type ConsumerDeclaration<Events extends EventDeclarations = EventDeclarations> =
  | {
      readonly on: readonly [keyof Events & string, ...(keyof Events & string)[]];
      readonly of?: undefined;
    }
  | {
      readonly on: readonly [CrossingEventType<Events>, ...CrossingEventType<Events>[]];
      readonly of: 'other-region';
    };

type ConsumerDeclarations<Events extends EventDeclarations> = {
  readonly [name: string]: ConsumerDeclaration<Events>;
};

/** The consumers of any service. */
type AnyConsumers = {
  readonly [name: string]: {
    readonly on: readonly string[];
    readonly of?: 'other-region' | undefined;
  };
};

/** A declared service as its infrastructure and its documents read it. */
export type DeclaredService<
  Events extends EventDeclarations = EventDeclarations,
  Consumers extends AnyConsumers = AnyConsumers,
> = {
  /** Part of every physical name, and the name under which the service logs and counts: kebab-case. */
  readonly name: string;
  /** The CloudEvents `source` of its events, such as `shop.booking`. */
  readonly source: string;
  /** The PostgreSQL schema of its tables and of the framework's records of it. */
  readonly schema: string;
  /** The database role of its functions. */
  readonly role: string;
  /** The service's own; the framework's come first by themselves. */
  readonly migrations: readonly ServiceMigration[];
  readonly events: Events;
  /** By their names in the inbox. */
  readonly consumers: Consumers;
};

/** A service as `defineService` returns it, with the catalogue of its events. */
export type ServiceDeclaration<
  Events extends EventDeclarations,
  Consumers extends AnyConsumers,
> = DeclaredService<Events, Consumers> & {
  readonly catalogue: EventCatalogue<CatalogueEvent<Events>, DecidedEvent<Events>>;
};

/** The events that the decisions of a service may say, as a union on `type`. */
export type DecidedEventOf<Service extends DeclaredService> = DecidedEvent<Service['events']>;

/**
 * The events that one consumer gets, as a union on `type`.
 *
 * @example
 * const countSeats = (event: ConsumerEvent<typeof booking, 'occupancy'>, run: ConsumerContext) => …
 */
export type ConsumerEvent<
  Service extends DeclaredService,
  Name extends keyof Service['consumers'] & string,
> = Extract<
  CatalogueEvent<Service['events']>,
  { readonly type: Service['consumers'][Name]['on'][number] }
>;

/** Characters of a service's name: a function's name is at most 64, with a prefix, the service's and its own. */
const nameLengthMax = 24;

/** Bytes of an identifier of PostgreSQL. */
const identifierLengthMax = 63;

const kebabCase = /^[a-z][a-z\d]*(?:-[a-z\d]+)*$/;
const identifier = /^[a-z_][a-z\d_]*$/;

/** The functions that every service has beside its consumers. */
const functionNames = ['api', 'relay', 'migrate'];

const nameProblem = (name: unknown): string | undefined => {
  if (typeof name !== 'string' || !kebabCase.test(name)) {
    return 'must be in kebab-case, such as "box-office"';
  }
  if (name.length <= nameLengthMax) return undefined;
  return `must have at most ${nameLengthMax} characters`;
};

const identifierProblem = (name: unknown): string | undefined => {
  if (typeof name !== 'string' || !identifier.test(name)) {
    return 'must begin with a small letter or "_", and have only small letters, digits and "_"';
  }
  if (name.length > identifierLengthMax) {
    return `must have at most ${identifierLengthMax} characters`;
  }
  return name.startsWith('pg_') ? 'must not begin with "pg_", which PostgreSQL keeps' : undefined;
};

/** The admin migrates, and its rights would let a function do what only a deployment may. */
const roleProblem = (role: unknown): string | undefined =>
  role === 'admin'
    ? 'must not be "admin": give the functions a role of their own'
    : identifierProblem(role);

type Consumer = AnyConsumers[string];

const onProblem = (
  { on, of }: Consumer,
  type: string,
  events: EventDeclarations,
): string | undefined => {
  const event = Object.hasOwn(events, type) ? events[type] : undefined;
  if (!event) return `listens to ${type}, which is not declared: add it to \`events\``;
  if (on.indexOf(type) !== on.lastIndexOf(type)) return `names ${type} twice: name it once`;
  if (of === undefined || event.scope === 'all-regions') return undefined;
  return `listens to ${type} of the other Region, which it does not reach: give the event the scope "all-regions"`;
};

const consumerProblem = (
  name: string,
  consumer: Consumer,
  events: EventDeclarations,
): string | undefined => {
  const { on, of } = consumer;
  const problem = consumerNameProblem(name);
  if (problem !== undefined) return problem;
  if (functionNames.includes(name)) return 'has the name of another function: choose another';
  if (!Array.isArray(on) || on.length === 0) return 'listens to nothing: name its events in `on`';
  if (of !== undefined && of !== 'other-region') return 'must have "other-region" in `of`, or none';
  for (const type of on) {
    const wrong = onProblem(consumer, type, events);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

const migrationProblem = (ids: readonly string[]): string | undefined => {
  const doubled = ids.find((id, index) => ids.indexOf(id) !== index);
  if (doubled !== undefined) return `${doubled} is in the list twice: give each its own id`;
  const own = ids.find((id) => id.startsWith('antipode-'));
  if (own === undefined) return undefined;
  return `${own} has an id of the framework: its migrations come first by themselves, so leave them out`;
};

const require = (what: string, problem: string | undefined): void => {
  if (problem !== undefined) throw new InvariantViolation(`${what} ${problem}`);
};

/**
 * Declares a service once: its handlers, migrations, infrastructure and types are derived from this value. It is plain
 * data, so it may be imported where nothing of a service runs.
 *
 * @throws {InvariantViolation} that names the part and the fix: a name that AWS or PostgreSQL would refuse, a consumer of an
 * event that is not declared or does not reach it, and whatever `declareEvents` refuses
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
 *     occupancy: { on: ['SeatsReserved', 'SeatsReleased'] },
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
  readonly migrations: readonly ServiceMigration[];
  readonly events: Events & JsonDeclarations<Events>;
  readonly consumers: Consumers;
}): ServiceDeclaration<Events, Consumers> => {
  const { name, source, schema, migrations, consumers } = declaration;
  const role = declaration.role ?? `${schema}_app`;
  const events: Events = declaration.events;
  require(`The service name ${JSON.stringify(name)}`, nameProblem(name));
  require(`The schema ${JSON.stringify(schema)} of ${name}`, identifierProblem(schema));
  require(`The role ${JSON.stringify(role)} of ${name}`, roleProblem(role));
  require('The migration', migrationProblem(migrations.map(({ id }) => id)));
  // Its type has been asked of the parameter; asked again of `Events`, it is too deep for the compiler.
  const catalogue = declareEvents<EventDeclarations>(source, events) as EventCatalogue<
    CatalogueEvent<Events>,
    DecidedEvent<Events>
  >;
  for (const [consumer, declared] of Object.entries<Consumer>(consumers)) {
    const problem = consumerProblem(consumer, declared, events);
    require(`The consumer ${JSON.stringify(consumer)} of ${name}`, problem);
  }
  return { name, source, schema, role, migrations, events, consumers, catalogue };
};
