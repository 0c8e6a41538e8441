import { createMemoryEventPublisher } from '../../adapters/memory/index.ts';
import type {
  DeclaredService,
  EventEnvelope,
  EventPublisher,
  PublishResult,
} from '../../domain/kernel/index.ts';
import { createShuffle } from './shuffle.ts';

/** An event on its way to a consumer of one Region. */
export type Delivery = {
  readonly region: string;
  /** The consumer's name in the declaration. */
  readonly consumer: string;
  readonly event: EventEnvelope;
};

/** The bus's answer for an event that it does not take. */
export type Rejection = Omit<Extract<PublishResult, { readonly ok: false }>, 'ok'>;

/** How a bus delivers where a test does not want each event once, in order. */
export type DeliveryOptions = {
  /** How often each delivery comes; once unless given. */
  readonly copies?: number;
  /**
   * Gives all that wait, copies included, another order. Deliveries that it leaves out stay until
   * they are asked for. It is asked again after each round, since consumers publish.
   */
  readonly reorder?: (deliveries: readonly Delivery[]) => readonly Delivery[];
  /**
   * Delivers in a random order, and a third of the deliveries twice: the same seed gives the same
   * ones.
   */
  readonly seed?: number;
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
   * Lets the bus reject some events of a publication and take the others, until another rule is
   * set. Without a rule it takes all.
   */
  readonly setRejection: (rejectionOf?: (event: EventEnvelope) => Rejection | undefined) => void;
  /**
   * Lets the bus lose some deliveries, which it has answered for, until another rule is set.
   * Without a rule it loses none.
   */
  readonly setLoss: (isLost?: (delivery: Delivery) => boolean) => void;
  /**
   * Lets the bus keep some deliveries until another rule is set, so that they come late. Without a
   * rule it keeps none.
   */
  readonly setDelay: (isDelayed?: (delivery: Delivery) => boolean) => void;
  /** Whether the test lets a delivery come late. */
  readonly isDelayed: (delivery: Delivery) => boolean;
  /**
   * Delivers one after the other, until nothing waits, also what consumers publish meanwhile.
   *
   * @returns the results of the consumers, in the order of the deliveries
   * @throws the error of the first consumer that fails; its delivery waits for the next call
   */
  readonly deliver: (options?: DeliveryOptions) => Promise<readonly Result[]>;
  /**
   * Forgets all that was published, and what waits. The bus can be reached again, and rejects,
   * loses and delays nothing.
   */
  readonly clear: () => void;
}

/** Deliveries of one call: consumers that publish for each other without an end are wrong. */
const deliveriesMax = 10_000;

const unreachable: Rejection = { retryable: true, reason: 'The bus is unreachable' };

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
  let rejectionOf: (event: EventEnvelope) => Rejection | undefined = () => undefined;
  let isLost: (delivery: Delivery) => boolean = () => false;
  let isDelayed: (delivery: Delivery) => boolean = () => false;

  /** Delivers what waits now; whether there was anything to deliver. */
  const round = async (
    results: Result[],
    { copies = 1, reorder = (same) => same }: DeliveryOptions,
    shuffle: (deliveries: readonly Delivery[]) => readonly Delivery[],
  ): Promise<boolean> => {
    const before = results.length;
    const all = waiting
      .filter((delivery) => !isDelayed(delivery))
      .flatMap((delivery) => Array.from({ length: copies }, () => delivery));
    for (const delivery of reorder(shuffle(all))) {
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
        const answered = events.map((event) => ({
          event,
          rejection: isReachable ? rejectionOf(event) : unreachable,
        }));
        const taken = answered.filter(({ rejection }) => !rejection).map(({ event }) => event);
        const deliveries = taken.flatMap((event) => deliveriesOf(service, regions, event));
        waiting = [...waiting, ...deliveries.filter((delivery) => !isLost(delivery))];
        await memory.publish(taken, deadline);
        return answered.map(({ rejection }) =>
          rejection ? { ok: false, ...rejection } : { ok: true },
        );
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
    setRejection: (rule = () => undefined) => {
      rejectionOf = rule;
    },
    setLoss: (rule = () => false) => {
      isLost = rule;
    },
    setDelay: (rule = () => false) => {
      isDelayed = rule;
    },
    isDelayed: (delivery) => isDelayed(delivery),
    deliver: async (options = {}) => {
      const results: Result[] = [];
      const { seed } = options;
      const shuffle =
        seed === undefined ? (same: readonly Delivery[]) => same : createShuffle(seed);
      while (await round(results, options, shuffle));
      return results;
    },
    clear: () => {
      memory = createMemoryEventPublisher();
      waiting = [];
      isReachable = true;
      rejectionOf = () => undefined;
      isLost = () => false;
      isDelayed = () => false;
    },
  };
};
