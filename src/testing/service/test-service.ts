import { systemClock, systemIds } from '../../adapters/system/index.ts';
import type {
  AnyService,
  Clock,
  ConsumerEvent,
  ConsumerName,
  DecidedEventOf,
  DomainEvent,
  Ids,
} from '../../domain/kernel/index.ts';
import type { GivenEvent } from '../consumers/given-event.ts';
import type { TestDatabase } from '../database/test-database.ts';
import { type Consume, createConsume, type Delivered } from './consume.ts';
import { createFailures, type TestFailures } from './failures.ts';
import { createJournal } from './journal.ts';
import { type Delivery, type DeliveryOptions, type MemoryBus, memoryBus } from './memory-bus.ts';
import type { RegionSide } from './region-side.ts';
import { createServiceConsumers, type ServiceConsumer } from './service-consumer.ts';
import { createSettle, type SettleOptions } from './settle.ts';
import type { SettledRecord } from './settled-record.ts';
import type { TestClock } from './test-clock.ts';
import { type TestRegion, takeoverAgeMs } from './test-region.ts';
import { createTestRegions } from './test-regions.ts';

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
  /** Crashes, conflicts, lost answers, lost Regions and clocks that are wrong. */
  readonly failures: TestFailures;
  /**
   * Delivers to the declared consumers, until nothing waits: also the events that consumers publish
   * meanwhile.
   *
   * @throws the error of the first consumer that fails or refuses; its delivery waits for the next
   * call
   */
  readonly deliver: (options?: DeliveryOptions) => Promise<readonly Delivered[]>;
  /**
   * Runs the relays and the consumers until nothing is left to do: all that commands have caused,
   * in both Regions. A delivery that fails comes twice again, as on AWS.
   *
   * @returns all that has happened since the last call, or since `reset`
   * @throws {NotSettled} when something is open: a delivery that fails, an event that the bus does
   * not take, or consumers that publish for each other without an end. It shows all that happened
   */
  readonly settle: (options?: SettleOptions) => Promise<SettledRecord>;
  /**
   * Given/when/then for one consumer on the database, in the primary Region unless given. Only this
   * consumer gets the events.
   */
  readonly consumer: <Name extends ConsumerName<Service>>(
    name: Name,
    side?: RegionSide,
  ) => ServiceConsumer<GivenEvent<Service, Name>, DecidedEventOf<Service> & DomainEvent>;
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
  /** Resets the database and the bus, and ends all failures. */
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
  const journal = createJournal(clock);
  const failures = createFailures(journal);
  let failed: Delivery | undefined;

  const names = [database.primary.region, database.secondary.region];
  const bus = memoryBus(service, names, async (delivery): Promise<Delivered> => {
    failed = delivery;
    const delivered = await consumed.consume(delivery);
    failed = undefined;
    return delivered;
  });
  const regions = createTestRegions(service, database, { clock, ids, journal, failures, bus });
  const { parts, marked, relay, storedIds, heldBecause } = regions;
  const { primary, secondary } = parts;
  const consumed = createConsume<Service>(service, journal, [primary, secondary], consumers);

  const deliver = ({ reorder = (all) => all, ...rest }: DeliveryOptions = {}) => {
    const open = (all: readonly Delivery[]) => all.filter((one) => heldBecause(one) === undefined);
    return bus.deliver({ ...rest, reorder: (all) => reorder(open(all)) });
  };
  const advance = async (ms: number) => {
    await marked();
    await database.advance(ms);
    clock.advance?.(ms);
  };

  return {
    ...{ primary, secondary, bus, failures, deliver, relay, advance },
    settle: createSettle({
      ...{ ...regions, journal, deliver, advance, takeoverAgeMs },
      isReachable: () => bus.isReachable,
      waiting: () => bus.waiting,
      heldBecause: (delivery) =>
        heldBecause(delivery) ?? (bus.isDelayed(delivery) ? 'the test delays it' : undefined),
      takeFailed: () => {
        const one = failed;
        failed = undefined;
        return one;
      },
      testTime: () => (clock.advance ? clock.now() : undefined),
    }),
    consumer: createServiceConsumers<Service>({
      ...{ service, ids, now: () => clock.now(), handle: consumed.handle },
      regions: database,
      causedBy: async ({ id }) => {
        const stored = await storedIds();
        return [...journal.events.values()].filter(
          ({ event }) => event.causationid === id && stored.has(event.id),
        );
      },
    }),
    reset: async () => {
      await marked();
      await database.reset();
      bus.clear();
      failures.clear();
      journal.clear();
    },
  };
};
