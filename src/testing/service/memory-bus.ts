import { createMemoryEventPublisher } from '../../adapters/memory/index.ts';
import type {
  DeclaredService,
  EventEnvelope,
  EventPublisher,
  PublishResult,
} from '../../domain/kernel/index.ts';

/** An event on its way to a consumer of one Region. */
export type Delivery = {
  readonly region: string;
  /** The consumer's name in the declaration. */
  readonly consumer: string;
  readonly event: EventEnvelope;
};

/** How a bus delivers where a test does not want each event once, in order. */
export type DeliveryOptions = {
  /** How often each delivery comes; once unless given. */
  readonly copies?: number;
  /**
   * Gives all that wait, copies included, another order. Deliveries that it leaves out stay until
   * they are asked for. It is asked again after each round, since consumers publish.
   */
  readonly reorder?: (deliveries: readonly Delivery[]) => readonly Delivery[];
};

/**
 * The buses of both Regions, and the rule between them, without a network: the test says what is
 * delivered, and when.
 */
export interface MemoryBus<Result> {
  /** Takes events, and routes them by the Region in which they were recorded. */
  readonly publisher: EventPublisher;
  /** Everything that was taken, in its order. */
  readonly published: readonly EventEnvelope[];
  /** Deliveries that the test has not asked for, or that have failed. */
  readonly waiting: readonly Delivery[];
  readonly isReachable: boolean;
  /** `false` lets each publication fail as on a network that is down. */
  readonly setReachable: (reachable: boolean) => void;
  /**
   * Delivers one after the other, until nothing waits, also what consumers publish meanwhile.
   *
   * @returns the results of the consumers, in the order of the deliveries
   * @throws the error of the first consumer that fails; its delivery waits for the next call
   */
  readonly deliver: (options?: DeliveryOptions) => Promise<readonly Result[]>;
  /** Forgets all that was published, and what waits. */
  readonly clear: () => void;
}

/** Deliveries of one call: consumers that publish for each other without an end are wrong. */
const deliveriesMax = 10_000;

const refusal: PublishResult = { ok: false, retryable: true, reason: 'The bus is unreachable' };

/**
 * The consumers that an event reaches: those of its own Region, and in the other one those of
 * copies.
 */
const deliveriesOf = (
  { consumers, events }: DeclaredService,
  regions: readonly string[],
  event: EventEnvelope,
): readonly Delivery[] =>
  regions.flatMap((region) =>
    Object.entries(consumers)
      .filter(([, { on }]) => on.includes(event.type))
      .filter(([, { of }]) =>
        of === undefined
          ? region === event.originregion
          : region !== event.originregion && events[event.type]?.scope === 'all-regions',
      )
      .map(([consumer]) => ({ region, consumer, event })),
  );

/**
 * A bus under the test's control: it keeps what is published, and delivers it to the consumers of a
 * service on demand.
 *
 * @param consume hands one delivery to its consumer
 * @example
 * const bus = memoryBus(booking, ['us-east-1', 'us-west-2'], async ({ consumer, event }) => {
 *   seen.push([consumer, event.id]);
 * });
 * await bus.deliver({ copies: 2, reorder: (deliveries) => deliveries.toReversed() });
 */
export const memoryBus = <Result>(
  service: DeclaredService,
  regions: readonly string[],
  consume: (delivery: Delivery) => Promise<Result>,
): MemoryBus<Result> => {
  let memory = createMemoryEventPublisher();
  let waiting: readonly Delivery[] = [];
  let isReachable = true;

  /** Delivers what waits now; whether there was anything to deliver. */
  const round = async (
    results: Result[],
    { copies = 1, reorder = (same) => same }: DeliveryOptions,
  ): Promise<boolean> => {
    const before = results.length;
    const all = waiting.flatMap((delivery) => Array.from({ length: copies }, () => delivery));
    for (const delivery of reorder(all)) {
      if (results.length === deliveriesMax) {
        throw new Error(`Consumers still publish events after ${deliveriesMax} deliveries`);
      }
      results.push(await consume(delivery));
      waiting = waiting.filter((one) => one !== delivery);
    }
    return results.length > before;
  };

  return {
    publisher: {
      publish: async (events, deadline) => {
        if (!isReachable) return events.map(() => refusal);
        waiting = [...waiting, ...events.flatMap((event) => deliveriesOf(service, regions, event))];
        return memory.publish(events, deadline);
      },
    },
    get published() {
      return memory.published;
    },
    get waiting() {
      return waiting;
    },
    get isReachable() {
      return isReachable;
    },
    setReachable: (reachable) => {
      isReachable = reachable;
    },
    deliver: async (options = {}) => {
      const results: Result[] = [];
      while (await round(results, options));
      return results;
    },
    clear: () => {
      memory = createMemoryEventPublisher();
      waiting = [];
    },
  };
};
