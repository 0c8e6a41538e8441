import { defined } from '../../../domain/kernel/defined.ts';
import {
  type Clock,
  type ConsumerContext,
  type DeadLetters,
  type EventCatalogue,
  type EventEnvelope,
  InvalidInput,
  type Json,
  type Logger,
  type OrderedEvents,
  type Outcome,
  type Tracer,
} from '../../../domain/kernel/index.ts';
import { inSpan, reasonOf, runContext } from '../invocation.ts';
import type { LambdaContext } from '../lambda-handler.ts';
import {
  contextOfInvocation,
  contextOfPayload,
  parentOf,
} from '../log-context/invocation-context.ts';
import { currentContext, partInContext } from '../log-context/log-context.ts';
import { invocationIds } from '../spans.ts';
import { probeIn, type RecordProbe } from '../verification/probes.ts';
import { createHandleInOrder } from './handle-in-order.ts';
import { logEventFailure } from './log-failure.ts';
import { holdsRoundedNumber } from './rounded-numbers.ts';

/** The parts that handle the events of one consumer. */
export type EventHandlerDeps<Event extends EventEnvelope> = {
  readonly catalogue: Pick<EventCatalogue<Event>, 'parse'>;
  /** The consumer's name in the inbox. */
  readonly consumer: string;
  /** Passes `run` on to its work runner, `once` included. */
  readonly consume: (event: Event, run: ConsumerContext) => Promise<Outcome<Json>>;
  /** Keep events that cannot be read. Without them the platform retries those too. */
  readonly deadLetters?: DeadLetters | undefined;
  /** Deliveries after which the queue of the consumer gives an event up. */
  readonly receivesMax?: number | undefined;
  /** The events that wait for this consumer, which is ordered; absent for one that is not. */
  readonly orderedEvents?: OrderedEvents | undefined;
  /** Records a probe of `antipode verify`; absent: a probe is an event like any other. */
  readonly recordProbe?: RecordProbe | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer: Tracer;
  /** The X-Ray header of the invocation under way. */
  readonly traceHeader?: () => string | undefined;
};

/** The end of one event. */
export type EventStatus = { readonly status: Outcome<Json>['status'] | 'dead-lettered' | 'probed' };

/** One event as the platform has delivered it. */
export type Delivery = {
  /** EventBridge's own wrapping of an event: `detail` holds the envelope. */
  readonly payload: unknown;
  /** JSON text of the payload, where it is known. */
  readonly text?: string;
  /** Attempts at it, this one included. */
  readonly attempts: number;
  /** Whether the platform gives it up after this attempt, without the cause. */
  readonly isLast?: boolean;
};

const detailOf = (payload: unknown): unknown => {
  if (typeof payload === 'object' && payload !== null && 'detail' in payload) return payload.detail;
  throw new InvalidInput('Not an event of EventBridge: it has no detail');
};

/** EventBridge names the replay beside the `detail` of each event that it brings. */
const replayOf = (payload: unknown): string | undefined => {
  const name = (payload as { readonly 'replay-name'?: unknown })['replay-name'];
  return typeof name === 'string' ? name : undefined;
};

/** Sends a delivery to the dead letters, with its cause. */
const createSetAside =
  ({
    deadLetters,
    clock,
    logger,
  }: Pick<EventHandlerDeps<EventEnvelope>, 'deadLetters' | 'clock' | 'logger'>) =>
  async (
    { payload, text: payloadText, attempts }: Delivery,
    cause: Error,
    context: LambdaContext,
  ): Promise<EventStatus> => {
    if (!deadLetters) throw cause;
    // Lambda keeps the text of an event that it has tried in vain.
    if (payloadText === undefined && holdsRoundedNumber(payload)) throw cause;
    const { now: failedAt, deadline } = runContext(context, clock);
    const { awsRequestId: requestId, invokedFunctionArn: functionArn } = context;
    const { name, message } = cause;
    const letter = {
      payload,
      payloadText,
      cause: { name, message },
      requestId,
      functionArn,
      attempts,
      failedAt,
    };
    try {
      await deadLetters.send(letter, deadline);
    } catch (error) {
      logger.error('The event is not in the dead letters: it is retried', { requestId }, error);
      throw cause;
    }
    logger.warn('Event put into the dead letters', { requestId, reason: reasonOf(cause) });
    return { status: 'dead-lettered' };
  };

/**
 * Handles one event.
 *
 * An event that cannot be read goes to the dead letters at once, with its cause: another attempt
 * would fail in the same way. So does an event at its last attempt by a queue, which would keep no
 * cause. Everything else that is not handled is thrown.
 */
export const createHandleEvent = <Event extends EventEnvelope>(deps: EventHandlerDeps<Event>) => {
  const { catalogue, consumer, consume, deadLetters, orderedEvents } = deps;
  const { clock, logger, tracer, traceHeader, recordProbe } = deps;

  const setAside = createSetAside(deps);

  const handle = async (
    event: Event,
    once: ConsumerContext['once'],
    replay: string | undefined,
    context: LambdaContext,
  ): Promise<EventStatus> => {
    const { correlationid } = event;
    // That of the invocation, where the event has none.
    const traceparent = currentContext()?.traceparent;
    const causation = { correlationid, causationid: event.id, ...defined({ traceparent }) };
    const run = { ...runContext(context, clock, causation), once, ...defined({ replay }) };
    const outcome = await consume(event, run);
    if (outcome.status === 'refused') {
      throw new InvalidInput(`${outcome.refusal.code}: ${outcome.refusal.message}`);
    }
    const { status } = outcome;
    logger.info('Event handled', { event: event.id, type: event.type, status, replay });
    return { status };
  };

  const handleOrdered = orderedEvents && createHandleInOrder({ ...deps, orderedEvents });

  /** Makes the span that has published the event the parent of the one that handles it. */
  const handleInSpan: typeof handle = (event, once, replay, context) =>
    tracer.span(
      event.type,
      (span) => inSpan(span, () => handle(event, once, replay, context)),
      () => ({
        kind: 'consumer',
        parent: parentOf(currentContext()?.traceparent, traceHeader?.()),
        about: { trigger: 'pubsub', ...invocationIds(context), event, consumer },
      }),
    );

  const readAndHandle = async (
    delivery: Delivery,
    context: LambdaContext,
  ): Promise<EventStatus> => {
    const probe = recordProbe && probeIn(delivery.payload);
    if (probe !== undefined) {
      await recordProbe?.(probe, runContext(context, clock).deadline);
      logger.info('Probe recorded', { event: probe });
      return { status: 'probed' };
    }
    let event: Event;
    try {
      event = catalogue.parse(detailOf(delivery.payload));
    } catch (error) {
      if (error instanceof InvalidInput) return setAside(delivery, error, context);
      throw error;
    }
    const replay = replayOf(delivery.payload);
    try {
      return await (handleOrdered
        ? handleOrdered(event, context, {
            handle: (once) => handleInSpan(event, once, replay, context),
            handleEarlier: (earlier, once) => handleInSpan(earlier, once, undefined, context),
            setAside: (cause) => setAside(delivery, cause, context),
          })
        : handleInSpan(event, { kind: 'event', consumer, eventId: event.id }, replay, context));
    } catch (error) {
      if (!delivery.isLast || !deadLetters || !(error instanceof Error)) throw error;
      logEventFailure(logger, { event: event.id }, error);
      return setAside(delivery, error, context);
    }
  };

  return (delivery: Delivery, context: LambdaContext): Promise<EventStatus> => {
    const invocation = currentContext() ?? contextOfInvocation(context);
    return partInContext(contextOfPayload(delivery.payload, invocation), () =>
      readAndHandle(delivery, context),
    );
  };
};
