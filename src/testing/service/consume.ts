import { systemClock } from '../../adapters/system/index.ts';
import { defined } from '../../domain/kernel/defined.ts';
import {
  type AnyService,
  type ConsumerContext,
  handleInOrder,
  InvalidInput,
  InvariantViolation,
  type Json,
  type Outcome,
} from '../../domain/kernel/index.ts';
import type { Journal } from './journal.ts';
import type { Delivery } from './memory-bus.ts';
import type { TestRegion } from './test-region.ts';

/** A delivery that its consumer has handled: with an effect, or as one that it knew. */
export type Delivered = Delivery & { readonly status: 'committed' | 'replayed' };

/** The use case of a consumer. */
export type Consume<Event> = (event: Event, run: ConsumerContext) => Promise<Outcome<Json>>;

/** Hands a delivery to its consumer, as the handler of a function does, and notes it. */
export const createConsume = <Service extends AnyService>(
  service: Service,
  journal: Journal,
  regions: readonly TestRegion<Service>[],
  wirings: { readonly [consumer: string]: (parts: TestRegion<Service>) => unknown },
) => {
  const useCases = new Map(
    regions.map((parts) => [
      parts.region,
      new Map(
        Object.entries(wirings).map(([consumer, wire]) => [
          consumer,
          wire(parts) as Consume<unknown>,
        ]),
      ),
    ]),
  );

  const partsOf = (region: string): TestRegion<Service> => {
    const parts = regions.find((one) => one.region === region);
    if (parts) return parts;
    throw new InvariantViolation(`The test service has no Region ${region}`);
  };

  /** Handles one event when its turn has come. */
  const handleOne = async (
    { region, consumer }: Delivery,
    wire: unknown,
    once: ConsumerContext['once'],
  ): Promise<Outcome<Json>> => {
    const use = useCases.get(region)?.get(consumer);
    if (!use) throw new InvariantViolation(`Give createTestService the consumer ${consumer}`);
    journal.failing('dead-lettered');
    // As it comes over a network: the reader has its own copy, checked by its schema.
    const event = service.catalogue.parse(JSON.parse(JSON.stringify(wire)));
    journal.failing('failed');
    const { correlationid, traceparent } = event;
    const causation = { correlationid, causationid: event.id, ...defined({ traceparent }) };
    return use(event, { ...partsOf(region).run(causation), once });
  };

  const refusalOf = (consumer: string, type: string, outcome: Outcome<Json>): InvalidInput => {
    const problem = outcome.status === 'refused' ? outcome.refusal : { code: outcome.status };
    return new InvalidInput(`Consumer ${consumer} has refused ${type}: ${problem.code}`);
  };

  const isHandled = ({ status }: Outcome<Json>): boolean =>
    status === 'committed' || status === 'replayed';

  /** Handles a delivery, for an ordered consumer the events before it first. */
  const handle = async (delivery: Delivery): Promise<Outcome<Json>> => {
    const { region, consumer, event } = delivery;
    const { id: eventId, subject, aggregateversion: version } = event;
    const once = { kind: 'event', consumer, eventId } as const;
    if (!service.consumers[consumer]?.ordered) return handleOne(delivery, event, once);
    const parts = partsOf(region);
    const ordered = { ...once, order: { subject, version } };
    return handleInOrder(ordered, parts.run().deadline, {
      waiting: parts.orderedEvents,
      clock: systemClock,
      handle: () => handleOne(delivery, event, ordered),
      handleEarlier: async (earlier) => {
        const outcome = await handleOne(delivery, earlier.wire, earlier.once);
        if (!isHandled(outcome)) throw refusalOf(consumer, earlier.once.eventId, outcome);
      },
    });
  };

  return {
    /** The outcome of the consumer, whatever it is. */
    handle: (delivery: Delivery): Promise<Outcome<Json>> =>
      journal.delivery(delivery, () => handle(delivery)),
    /**
     * @throws {InvalidInput} when the consumer refuses the event
     */
    consume: (delivery: Delivery): Promise<Delivered> =>
      journal.delivery(delivery, async () => {
        const outcome = await handle(delivery);
        const { status } = outcome;
        if (status === 'committed' || status === 'replayed') return { ...delivery, status };
        journal.failing('refused');
        throw refusalOf(delivery.consumer, delivery.event.type, outcome);
      }),
  };
};
