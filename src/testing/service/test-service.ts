import { systemClock, systemIds } from '../../adapters/system/index.ts';
import {
  type AnyService,
  type Clock,
  type ConsumerContext,
  type ConsumerEvent,
  type ConsumerName,
  type Ids,
  InvalidInput,
  InvariantViolation,
  type Json,
  type Outcome,
} from '../../domain/kernel/index.ts';
import type { TestDatabase } from '../database/test-database.ts';
import { type Delivery, type DeliveryOptions, type MemoryBus, memoryBus } from './memory-bus.ts';
import type { TestClock } from './test-clock.ts';
import { createTestRegion, type TestRegion } from './test-region.ts';

/** A delivery that its consumer has handled: with an effect, or as one that it knew. */
export type Delivered = Delivery & { readonly status: 'committed' | 'replayed' };

type Consume<Event> = (event: Event, run: ConsumerContext) => Promise<Outcome<Json>>;

/**
 * Makes the use case of each declared consumer, once for each Region, as `serveConsumer` takes it.
 */
export type TestConsumers<Service extends AnyService> = {
  readonly [Name in ConsumerName<Service>]: (
    parts: TestRegion<Service>,
  ) => Consume<ConsumerEvent<Service, Name>>;
};

/** A clock that a test may be able to move. */
type MovableClock = Clock & Partial<Pick<TestClock, 'advance'>>;

/** A declared service in one process: two Regions, one bus, and the relay. */
export interface TestService<Service extends AnyService> {
  readonly primary: TestRegion<Service>;
  readonly secondary: TestRegion<Service>;
  /** Both Regions' buses: what was published, what waits, and whether they can be reached. */
  readonly bus: Omit<MemoryBus<Delivered>, 'deliver' | 'clear'>;
  /**
   * Delivers to the declared consumers, until nothing waits: also the events that consumers publish
   * meanwhile.
   *
   * @throws the error of the first consumer that fails or refuses; its delivery waits for the next
   * call
   */
  readonly deliver: (options?: DeliveryOptions) => Promise<readonly Delivered[]>;
  /**
   * Runs the relay of each Region: it publishes what commands could not.
   *
   * @returns how many events it has published; none while the bus cannot be reached
   */
  readonly relay: () => Promise<number>;
  /**
   * Lets so many milliseconds pass: for outbox, inbox and idempotency records, and for the option
   * `clock` if that is a `testClock`. So the next attempt of an event that the bus has rejected is
   * due, and records end.
   */
  readonly advance: (ms: number) => Promise<void>;
  /** Resets the database and the bus: nothing is published, and nothing is rejected. */
  readonly reset: () => Promise<void>;
}

/**
 * Runs a declared service on a test database, without Lambda and without a bus: commands are
 * called, events wait until the test has them delivered.
 *
 * @param options `consumers` has the wiring of each declared consumer; `clock` gives `now` of each
 * invocation and `ids` the ids of events, which are the system's unless given. Retries and
 * deadlines go by the system's clock always
 * @example
 * const service = createTestService(booking, database, {
 *   consumers: { occupancy: ({ runner }) => countSeats(runner(occupancy)) },
 * });
 * const reserve = createReserve(service.primary.runner(shows));
 * await reserve(command, service.primary.run());
 * await service.deliver();
 */
export const createTestService = <Service extends AnyService>(
  service: Service,
  database: Pick<TestDatabase, 'primary' | 'secondary' | 'reset' | 'advance'>,
  options: {
    readonly consumers: TestConsumers<Service>;
    readonly clock?: MovableClock;
    readonly ids?: Ids;
  },
): TestService<Service> => {
  const { consumers, ids = systemIds } = options;
  const clock: MovableClock = options.clock ?? systemClock;
  const regions = [database.primary.region, database.secondary.region] as const;

  const consume = async (delivery: Delivery): Promise<Delivered> => {
    const { region, consumer, event: wire } = delivery;
    const use = useCases.get(JSON.stringify([region, consumer]));
    if (!use) throw new InvariantViolation(`Give createTestService the consumer ${consumer}`);
    // As it comes over a network: the reader has its own copy, checked by its schema.
    const event = service.catalogue.parse(JSON.parse(JSON.stringify(wire)));
    const { correlationid, traceparent } = event;
    const causation = { correlationid, causationid: event.id, ...(traceparent && { traceparent }) };
    const once = { kind: 'event', consumer, eventId: event.id } as const;
    const { run } = region === regions[0] ? primary.parts : secondary.parts;
    const outcome = await use(event, { ...run(causation), once });
    if (outcome.status === 'committed' || outcome.status === 'replayed') {
      return { ...delivery, status: outcome.status };
    }
    const problem = outcome.status === 'refused' ? outcome.refusal : { code: outcome.status };
    throw new InvalidInput(`Consumer ${consumer} has refused ${event.type}: ${problem.code}`);
  };

  const bus = memoryBus(service, regions, consume);
  const deps = { clock, ids, publisher: bus.publisher };
  const primary = createTestRegion(service, database.primary, deps);
  const secondary = createTestRegion(service, database.secondary, deps);
  const both = [primary, secondary];
  const wirings = Object.entries<(parts: TestRegion<Service>) => Consume<never>>(consumers);
  const useCases = new Map(
    both.flatMap(({ parts }) =>
      wirings.map(([consumer, wire]) => [
        JSON.stringify([parts.region, consumer]),
        wire(parts) as Consume<unknown>,
      ]),
    ),
  );
  const marked = () => Promise.all(both.map((region) => region.marked()));

  return {
    primary: primary.parts,
    secondary: secondary.parts,
    bus,
    deliver: bus.deliver,
    relay: async () => {
      await marked();
      // Each attempt that fails would put the next one off by some seconds.
      if (!bus.isReachable) return 0;
      let published = 0;
      for (const { relay } of both) published += (await relay()).published;
      return published;
    },
    advance: async (ms) => {
      await marked();
      await database.advance(ms);
      clock.advance?.(ms);
    },
    reset: async () => {
      await marked();
      await database.reset();
      bus.clear();
    },
  };
};
