import type { EventEnvelope, EventPublisher } from '../../domain/kernel/index.ts';

/** Keeps what was published; `subscribe` makes it a bus without a network. */
export interface MemoryEventPublisher extends EventPublisher {
  /** All events, in the order in which they were published. */
  readonly published: readonly EventEnvelope[];
  /** The consumer gets each event while it is published; it must not throw. */
  readonly subscribe: (consumer: (event: EventEnvelope) => void) => void;
}

/** Creates a publisher that has published nothing and has no subscriber. */
export const createMemoryEventPublisher = (): MemoryEventPublisher => {
  const published: EventEnvelope[] = [];
  const consumers: ((event: EventEnvelope) => void)[] = [];
  return {
    published,
    subscribe: (consumer) => {
      consumers.push(consumer);
    },
    publish: async (events) =>
      events.map((event) => {
        published.push(event);
        for (const consumer of consumers) consumer(event);
        return { ok: true };
      }),
  };
};
