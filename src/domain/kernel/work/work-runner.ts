import type { DomainEvent, EventEnvelope } from '../events/event.ts';
import type { EventCatalogue } from '../events/event-catalogue.ts';
import type { EventPublisher, PublishResult } from '../events/event-publisher.ts';
import { InvariantViolation } from '../fault.ts';
import type { JsonResult } from '../json/json-compatible.ts';
import { guardLogger, guardMetrics } from '../observability/guarded-observability.ts';
import type { LogFields, Logger, MetricName, Metrics } from '../observability/observability.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Ids } from '../runtime-ports.ts';
import type { Deciding, Once, Outcome, RunContext, UnitOfWork, Work } from './unit-of-work.ts';

/** A command or an event, and the invocation that it came with. */
type Run<
  Query,
  State,
  Result,
  Event extends DomainEvent = never,
  Code extends string = string,
> = RunContext & Deciding<Query, State, Result, Event, Code> & { readonly once: Once };

/**
 * decide → commit → publish, for commands and for events alike.
 *
 * `Event` is a union of the events that its decisions may emit. A use case names them; unless it
 * does, there are none. The runner's catalogue declares each.
 */
export interface WorkRunner<Query, State, Event extends DomainEvent = never> {
  /**
   * Fails only as `UnitOfWork.execute` and `EventCatalogue.envelop` do. A failure after COMMIT,
   * such as one to publish, is logged and not thrown.
   */
  readonly run: <Result extends JsonResult<Result>, Code extends string = never>(
    run: Run<Query, State, Result, Event, Code>,
  ) => Promise<Outcome<Result, Code>>;
}

/** How each outcome is counted, of a command and of an event. */
const metricOf: Readonly<Record<Once['kind'], Readonly<Record<Outcome['status'], MetricName>>>> = {
  command: {
    committed: 'CommandCommitted',
    replayed: 'CommandReplayed',
    refused: 'CommandRefused',
    mismatched: 'CommandRefused',
  },
  event: {
    committed: 'EventHandled',
    replayed: 'EventDuplicate',
    refused: 'CommandRefused',
    mismatched: 'CommandRefused',
  },
};

/** Ids of events in a line of the log; a decision may have thousands. */
const loggedEventsMax = 20;

/** The fields of the line that leads from a command or an event to the events that it causes. */
const eventFields = (outcome: Outcome<unknown>): LogFields => {
  if (outcome.status !== 'committed') return {};
  const ids = outcome.events.map(({ id }) => id);
  return { events: ids.slice(0, loggedEventsMax), eventCount: ids.length };
};

const timeOf = (now: number): string => {
  const date = new Date(now);
  if (Number.isNaN(date.getTime())) {
    throw new InvariantViolation('`now` must be milliseconds since the epoch');
  }
  return date.toISOString();
};

/** The reason why an event was not published, unless it is left to the relay on purpose. */
const failureOf = (result: PublishResult | undefined): readonly string[] => {
  if (result === undefined) return ['no result'];
  return result.ok || result.isDeferred ? [] : [result.reason];
};

/**
 * Publishes the events of a commit in the same invocation. An event that cannot be sent, or that
 * the process does not send before it dies, stays in the outbox for the relay.
 */
export const createWorkRunner = <Query, State, Event extends DomainEvent>(deps: {
  readonly unitOfWork: UnitOfWork<Query, State>;
  readonly outbox: Pick<Outbox, 'markPublished'>;
  readonly publisher: EventPublisher;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /**
   * Declares the events of the decisions, and refuses before COMMIT what their readers would
   * refuse.
   */
  readonly catalogue: Pick<EventCatalogue<EventEnvelope, Event>, 'envelop'>;
  /** The Region that this process runs in. */
  readonly region: string;
}): WorkRunner<Query, State, Event> => {
  const { unitOfWork, outbox, publisher, ids, catalogue, region } = deps;
  const logger = guardLogger(deps.logger);
  const metrics = guardMetrics(deps.metrics);
  // A decision's type lets it emit only what the catalogue declares; it is checked again where that
  // is not known.
  const envelop = catalogue.envelop as EventCatalogue<EventEnvelope, DomainEvent>['envelop'];

  const publish = async (events: readonly EventEnvelope[], deadline: number): Promise<void> => {
    const results = await publisher.publish(events, deadline).catch((error: unknown) => {
      logger.warn('A publisher has broken its promise not to fail', { reason: String(error) });
      return [];
    });
    const published = events.filter((_, index) => results[index]?.ok).map(({ id }) => id);
    metrics.add('EventPublished', published.length);
    const failures = events.flatMap((_, index) => failureOf(results[index]));
    if (failures.length > 0) {
      metrics.add('EventPublishFailed', failures.length);
      logger.warn('Events are left to the relay', { count: failures.length, reason: failures[0] });
    }
    // The mark is not awaited, since it must not lengthen the command. Losing it costs one
    // duplicate, which consumers drop.
    if (published.length > 0) {
      outbox.markPublished(published).catch((error: unknown) => {
        logger.warn('Published events stay unmarked', { reason: String(error) });
      });
    }
  };

  return {
    run: async <Result, Code extends string>(run: Run<Query, State, Result, Event, Code>) => {
      const origin = { region, time: timeOf(run.now) };
      const addressing = (event: DomainEvent) => envelop(event, ids.uuid(), origin, run.causation);
      // `JsonResult` has been asked of `Result`; the port speaks of `Json`, which no interface
      // extends.
      const outcome = (await unitOfWork.execute({
        ...(run as unknown as Work<Query, State>),
        envelop: addressing,
      })) as Outcome<Result, Code>;
      metrics.add(metricOf[run.once.kind][outcome.status], 1);
      if (run.once.kind === 'command') {
        logger.info(`Command ${outcome.status}`, {
          key: run.once.key,
          ...eventFields(outcome),
        });
      } else if (outcome.status === 'committed' && outcome.events.length > 0) {
        logger.info('Events committed', eventFields(outcome));
      }
      if (outcome.status === 'committed' && outcome.events.length > 0) {
        await publish(outcome.events, run.deadline);
      }
      return outcome;
    },
  };
};
