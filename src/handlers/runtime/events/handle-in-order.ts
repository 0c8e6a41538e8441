import {
  type Clock,
  type EventCatalogue,
  type EventEnvelope,
  handleInOrder,
  InvalidInput,
  type OrderedEvents,
  type OrderedOnce,
  type WaitingEvent,
} from '../../../domain/kernel/index.ts';
import { runContext } from '../invocation.ts';
import type { LambdaContext } from '../lambda-handler.ts';
import { contextOfInvocation, contextOfPayload } from '../log-context/invocation-context.ts';
import { partInContext } from '../log-context/log-context.ts';

/** The parts that handle the events of one ordered consumer. */
type OrderedDeps<Event extends EventEnvelope> = {
  readonly orderedEvents: OrderedEvents;
  readonly catalogue: Pick<EventCatalogue<Event>, 'parse'>;
  readonly clock: Clock;
  readonly consumer: string;
};

/** The steps for one delivery. */
type DeliverySteps<Event extends EventEnvelope, Status> = {
  /** Handles the delivered event. */
  readonly handle: (once: OrderedOnce) => Promise<Status>;
  /** Handles an event that was not delivered with it. */
  readonly handleEarlier: (event: Event, once: OrderedOnce) => Promise<Status>;
  /** Sends the delivery to the dead letters. */
  readonly setAside: (cause: InvalidInput) => Promise<Status>;
};

/** The end of a line about an event that stops those behind it. */
const remedy =
  'deploy a consumer that reads it and redrive this event, which handles both, or record it as handled in the inbox';

/**
 * Handles the deliveries of an ordered consumer: first the events of the subject that wait before
 * the delivered one, whatever has become of them on the bus.
 *
 * A delivery behind an event that cannot be read goes to the dead letters at once, as that event
 * does. Redriving one of them handles all, once the consumer reads the first.
 */
export const createHandleInOrder = <Event extends EventEnvelope>({
  orderedEvents: waiting,
  catalogue,
  clock,
  consumer,
}: OrderedDeps<Event>) => {
  const read = ({ once, wire }: WaitingEvent): Event | InvalidInput => {
    try {
      return catalogue.parse(wire);
    } catch (cause) {
      if (!(cause instanceof InvalidInput)) throw cause;
      const first = `Event ${once.eventId}, version ${once.order.version} of the same subject,`;
      const message = `${first} comes first and cannot be read: ${remedy}. ${cause.message}`;
      return new InvalidInput(message, { cause });
    }
  };

  return async <Status>(
    { id: eventId, subject, aggregateversion: version }: Event,
    context: LambdaContext,
    { handle, handleEarlier, setAside }: DeliverySteps<Event, Status>,
  ): Promise<Status> => {
    const once: OrderedOnce = { kind: 'event', consumer, eventId, order: { subject, version } };
    let unreadable: InvalidInput | undefined;
    const handleFirst = async (one: WaitingEvent): Promise<Status> => {
      const earlier = read(one);
      if (!(earlier instanceof InvalidInput)) return handleEarlier(earlier, one.once);
      unreadable = earlier;
      throw earlier;
    };
    try {
      return await handleInOrder(once, runContext(context, clock).deadline, {
        waiting,
        clock,
        handle: () => handle(once),
        handleEarlier: (one) => {
          const payload = { detail: one.wire };
          const itsContext = contextOfPayload(payload, contextOfInvocation(context));
          return partInContext(itsContext, () => handleFirst(one));
        },
      });
    } catch (error) {
      if (unreadable === undefined || error !== unreadable) throw error;
      return setAside(unreadable);
    }
  };
};
