import type {
  AnyService,
  ConsumerName,
  DecidedEventOf,
  DomainEvent,
  EventEnvelope,
  Ids,
  Json,
  Outcome,
} from '../../domain/kernel/index.ts';
import { type AnyGivenEvent, type GivenEvent, givenEnvelope } from '../consumers/given-event.ts';
import { storedRows } from '../contracts/stored-rows.ts';
import type { TestDatabaseRegion } from '../database/test-database.ts';
import { type ExpectedEvent, expectationOf } from '../decision-of.ts';
import { expectSame } from '../expect-same.ts';
import type { EventNote } from './journal.ts';
import type { Delivery } from './memory-bus.ts';
import type { RegionSide } from './region-side.ts';

/** The expectations of one event that a consumer has handled. Each throws an `Error`. */
export interface HandledExpectation<Event extends DomainEvent> {
  readonly outcome: Outcome<Json>;
  /** Committed, with exactly these events, in this order. */
  readonly thenEvents: (...events: readonly ExpectedEvent<Event>[]) => HandledExpectation<Event>;
  /** Committed or replayed; no row of the service's own tables has changed, and no event came. */
  readonly thenNothing: () => HandledExpectation<Event>;
  /** Known to the inbox: nothing was decided. */
  readonly thenReplayed: () => HandledExpectation<Event>;
  /** Refused with this code. */
  readonly thenRefused: (code: string) => void;
}

/** The events that a consumer has handled before, and the one that it gets now. */
export interface ServiceConsumer<Given, Event extends DomainEvent> {
  /** The consumer handles these first, in this order; each must commit. */
  readonly given: (...events: readonly Given[]) => ServiceConsumer<Given, Event>;
  /**
   * The consumer gets an event; nobody else does.
   *
   * @throws the error of the consumer, if it fails
   */
  readonly when: (event: Given) => Promise<HandledExpectation<Event>>;
}

/** The parts of a test service that a consumer is tested with. */
export type ServiceConsumerParts = {
  readonly service: AnyService;
  readonly regions: Readonly<Record<RegionSide, TestDatabaseRegion>>;
  readonly ids: Ids;
  readonly now: () => number;
  readonly handle: (delivery: Delivery) => Promise<Outcome<Json>>;
  /** The events that one event has caused in the transaction of a consumer. */
  readonly causedBy: (event: EventEnvelope) => Promise<readonly EventNote[]>;
};

const domainEvent = ({ event, notBefore }: EventNote): DomainEvent => ({
  type: event.type,
  schemaVersion: event.schemaversion,
  subject: event.subject,
  aggregateVersion: event.aggregateversion,
  data: event.data,
  ...(notBefore !== undefined && { notBefore }),
});

const handledExpectation = <Event extends DomainEvent>(
  outcome: Outcome<Json>,
  caused: readonly EventNote[],
  rows: { readonly before: unknown; readonly after: unknown },
): HandledExpectation<Event> => {
  const events = caused.map(domainEvent) as Event[];
  const expectStatus = (...statuses: readonly string[]): void => {
    if (statuses.includes(outcome.status)) return;
    const problem = outcome.status === 'refused' ? `: ${outcome.refusal.code}` : '';
    throw new Error(`Expected ${statuses.join(' or ')} but got ${outcome.status}${problem}`);
  };
  const self: HandledExpectation<Event> = {
    outcome,
    thenEvents: (...expected) => {
      expectStatus('committed');
      const result = null;
      expectationOf<null, null, Event, string>({
        ...{ accepted: true, state: null, result },
        events,
      }).thenEvents(...expected);
      return self;
    },
    thenNothing: () => {
      expectStatus('committed', 'replayed');
      expectSame('no events', events, []);
      expectSame('the rows from before', rows.after, rows.before);
      return self;
    },
    thenReplayed: () => {
      expectStatus('replayed');
      return self;
    },
    thenRefused: (code) => {
      expectStatus('refused');
      if (outcome.status === 'refused') expectSame('refusal', outcome.refusal.code, code);
    },
  };
  return self;
};

/** Makes the consumers of a test service, each by its name. */
export const createServiceConsumers =
  <Service extends AnyService>(parts: ServiceConsumerParts) =>
  <Name extends ConsumerName<Service>>(
    consumer: Name,
    side: RegionSide = 'primary',
  ): ServiceConsumer<GivenEvent<Service, Name>, DecidedEventOf<Service> & DomainEvent> => {
    type Given = GivenEvent<Service, Name>;
    type Event = DecidedEventOf<Service> & DomainEvent;
    const { service, regions, ids } = parts;
    const own = regions[side];
    const other = regions[side === 'primary' ? 'secondary' : 'primary'];
    const origin = service.consumers[consumer]?.of === 'other-region' ? other : own;

    const deliveryOf = (given: AnyGivenEvent, at: number): Delivery => {
      const id = ids.uuid();
      const defaults = { id, region: origin.region, aggregateVersion: at, now: parts.now() };
      const event = givenEnvelope(service, given, defaults);
      return { region: own.region, consumer, event };
    };

    const after = (known: readonly AnyGivenEvent[]): ServiceConsumer<Given, Event> => ({
      given: (...events) => after([...known, ...(events as readonly AnyGivenEvent[])]),
      when: async (event) => {
        for (const [at, given] of known.entries()) {
          const outcome = await parts.handle(deliveryOf(given, at + 1));
          if (outcome.status === 'committed' || outcome.status === 'replayed') continue;
          throw new Error(
            `Consumer ${consumer} has not committed ${given.type}: ${outcome.status}`,
          );
        }
        const before = await storedRows(own);
        const delivery = deliveryOf(event as AnyGivenEvent, known.length + 1);
        const outcome = await parts.handle(delivery);
        const caused = await parts.causedBy(delivery.event);
        return handledExpectation(outcome, caused, { before, after: await storedRows(own) });
      },
    });
    return after([]);
  };
