import { createDsqlOrderedEvents } from '../../../adapters/dsql/records/ordering/ordered-events.ts';
import {
  type AnyService,
  type ConsumerContext,
  type ConsumerEvent,
  type ConsumerName,
  InvalidInput,
  InvariantViolation,
  type Json,
  type Outcome,
} from '../../../domain/kernel/index.ts';
import {
  hasEventBus,
  processEnvironment,
  readQueueReceivesMax,
  readServiceConfig,
  refuseOtherConsumer,
} from '../config.ts';
import { createConsumerDeadLetters } from '../events/dead-letters.ts';
import { createEventHandler } from '../events/event-handler.ts';
import { createBusPublisher, noPublisher } from '../events/publisher.ts';
import { createProbeRecorder } from '../verification/probes.ts';
import { verifiable } from '../verification/verifiable.ts';
import { createServiceParts, type ServeOptions, type ServiceParts } from './service-parts.ts';

type Consume<Service extends AnyService, Name extends ConsumerName<Service>> = (
  event: ConsumerEvent<Service, Name>,
  run: ConsumerContext,
) => Promise<Outcome<Json>>;

/** A type error for a use case that takes events which its consumer does not listen to. */
type WithoutMore<Type extends string, Heard extends string> = string extends Type
  ? unknown
  : [Type] extends [Heard]
    ? unknown
    : { readonly on: `The consumer does not listen to ${Exclude<Type, Heard>}` };

/**
 * Reads the events that a consumer listens to. It refuses others, which only a wrong rule lets
 * through.
 */
const catalogueOf = <Service extends AnyService, Name extends ConsumerName<Service>>(
  service: Service,
  name: Name,
) => {
  const on = service.consumers[name]?.on;
  if (on === undefined) {
    throw new InvariantViolation(`${service.name} declares no consumer ${name}: add it there`);
  }
  return {
    parse: (wire: unknown) => {
      const event = service.catalogue.parse(wire);
      if (!on.includes(event.type)) {
        throw new InvalidInput(`Consumer ${name} does not listen to ${event.type}`);
      }
      return event as ConsumerEvent<Service, Name>;
    },
  };
};

/**
 * The entry of one consumer of a service. It opens its connection during INIT.
 *
 * Its events are published where the function has a bus (`EVENT_BUS_NAME`), and by the relay where
 * it has none. Events that it cannot read go to its dead letters at once, where the function has a
 * queue for them (`DEAD_LETTER_QUEUE_URL`). Where a queue feeds it (`QUEUE_RECEIVES_MAX`), an event
 * goes there at its last delivery too.
 *
 * @param name as the service declares it; the inbox knows it by that
 * @param wire makes the use case, once per execution environment. It passes `run` on to its runner,
 * `once` included
 * @throws {InvariantViolation} in INIT, that names the variable to set, or when the function is
 * another consumer's
 * @example
 * export const handler = await serveConsumer(booking, 'occupancy', ({ db, runner }) =>
 *   countSeats(runner(createOccupancyRepository(db()))),
 * );
 */
export const serveConsumer = async <
  Service extends AnyService,
  Name extends ConsumerName<Service>,
  UseCase extends Consume<Service, Name>,
>(
  service: Service,
  name: Name,
  wire: (
    parts: ServiceParts<Service>,
  ) => UseCase &
    WithoutMore<Parameters<UseCase>[0]['type'], Service['consumers'][Name]['on'][number]>,
  { env = processEnvironment }: ServeOptions = {},
) => {
  refuseOtherConsumer(env, name);
  const catalogue = catalogueOf(service, name);
  const config = readServiceConfig(env);
  const publisher = hasEventBus(env) ? createBusPublisher(config, env) : noPublisher;
  const deadLetters = createConsumerDeadLetters(config, env);
  const receivesMax = readQueueReceivesMax(env);
  const parts = createServiceParts(service, config, env, publisher);
  // The connection opens while the rest is wired.
  const connected = parts.connections.warmUp();
  const consume = wire(parts);
  await connected;
  const orderedEvents = service.consumers[name]?.ordered
    ? createDsqlOrderedEvents({ ...parts, schema: service.schema })
    : undefined;
  const recordProbe = createProbeRecorder(parts.connections, service.schema, name);
  const handler = createEventHandler({
    ...parts,
    consumer: name,
    ...{ catalogue, consume, deadLetters, receivesMax, orderedEvents, recordProbe },
  });
  return verifiable(handler, { ...parts, user: config.dsqlUser });
};
