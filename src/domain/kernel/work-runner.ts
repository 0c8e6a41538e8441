import type { Decision } from './decision.ts';
import type { Ids } from './environment.ts';
import { type Causation, envelop } from './event.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { Json } from './json.ts';
import type { Logger, Metrics } from './observability.ts';
import type { Outbox } from './outbox.ts';
import type { Cancellation } from './retry.ts';
import type { Once, Outcome, UnitOfWork } from './unit-of-work.ts';

/** What one invocation gives to the work that it does. */
export type RunContext = {
  readonly causation: Causation;
  /** When it is taken to happen: milliseconds since the epoch, the same in every attempt. */
  readonly now: number;
  /** Milliseconds since the epoch by which the answer must be out. */
  readonly deadline: number;
  /** Ends the work between two attempts, as `Work.signal` does. */
  readonly signal?: Cancellation;
};

/** A command or an event on its way through one service. */
export type Run<Query, State, Result extends Json> = RunContext & {
  readonly once: Once;
  readonly load?: Query | undefined;
  readonly decide: (state: State) => Decision<State, Result>;
};

/** decide → commit → publish, for commands and for events alike. */
export interface WorkRunner<Query, State> {
  /** Fails only as `UnitOfWork.execute` does: what happens after COMMIT is never the caller's trouble. */
  readonly run: <Result extends Json>(run: Run<Query, State, Result>) => Promise<Outcome<Result>>;
}

/**
 * Publishes in the same invocation what has just been committed. What cannot be sent, or is not sent because the
 * process dies first, stays in the outbox for the relay.
 */
export const createWorkRunner = <Query, State>(deps: {
  readonly unitOfWork: UnitOfWork<Query, State>;
  readonly outbox: Outbox;
  readonly publisher: EventPublisher;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The `source` of the events. */
  readonly source: string;
  /** The Region that this process runs in. */
  readonly region: string;
}): WorkRunner<Query, State> => {
  const { unitOfWork, outbox, publisher, ids, logger, metrics, source, region } = deps;

  const publish = async (outcome: Outcome<Json> & { status: 'committed' }, deadline: number) => {
    const results = await publisher.publish(outcome.events, deadline);
    const published = outcome.events.filter((_, index) => results[index]?.ok).map(({ id }) => id);
    const left = outcome.events.length - published.length;
    metrics.add('EventPublished', published.length);
    if (left > 0) {
      metrics.add('EventPublishFailed', left);
      logger.warn('Events are left to the relay', { count: left });
    }
    // Not awaited: the mark must not lengthen the command. Losing it costs one duplicate, which consumers drop.
    if (published.length > 0) {
      outbox.markPublished(published).catch((error: unknown) => {
        logger.warn('Published events stay unmarked', { reason: String(error) });
      });
    }
  };

  return {
    run: async ({ once, load, decide, causation, now, deadline, signal }) => {
      const origin = { source, region, time: new Date(now).toISOString() };
      const outcome = await unitOfWork.execute({
        once,
        ...(load === undefined ? {} : { load }),
        decide,
        envelop: (event) => envelop(event, ids.uuid(), origin, causation),
        deadline,
        ...(signal === undefined ? {} : { signal }),
      });
      if (outcome.status === 'committed') {
        metrics.add(once.kind === 'command' ? 'CommandCommitted' : 'EventHandled', 1);
        if (outcome.events.length > 0) await publish(outcome, deadline);
      } else if (outcome.status === 'replayed') {
        metrics.add(once.kind === 'command' ? 'CommandReplayed' : 'EventDuplicate', 1);
      } else {
        metrics.add('CommandRefused', 1);
      }
      return outcome;
    },
  };
};
