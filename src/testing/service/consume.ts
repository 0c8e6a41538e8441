import { defined } from '../../domain/kernel/defined.ts';
import {
  type AnyService,
  type ConsumerContext,
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

  const handle = async ({ region, consumer, event: wire }: Delivery): Promise<Outcome<Json>> => {
    const use = useCases.get(region)?.get(consumer);
    const parts = regions.find((one) => one.region === region);
    if (!use || !parts)
      throw new InvariantViolation(`Give createTestService the consumer ${consumer}`);
    journal.failing('dead-lettered');
    // As it comes over a network: the reader has its own copy, checked by its schema.
    const event = service.catalogue.parse(JSON.parse(JSON.stringify(wire)));
    journal.failing('failed');
    const { correlationid, traceparent } = event;
    const causation = { correlationid, causationid: event.id, ...defined({ traceparent }) };
    const once = { kind: 'event', consumer, eventId: event.id } as const;
    return use(event, { ...parts.run(causation), once });
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
        if (outcome.status === 'committed' || outcome.status === 'replayed') {
          return { ...delivery, status: outcome.status };
        }
        journal.failing('refused');
        const problem = outcome.status === 'refused' ? outcome.refusal : { code: outcome.status };
        const { consumer, event } = delivery;
        throw new InvalidInput(`Consumer ${consumer} has refused ${event.type}: ${problem.code}`);
      }),
  };
};
