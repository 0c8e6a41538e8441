import middy from '@middy/core';
import type { InvocationMetrics } from '../../../adapters/powertools/index.ts';
import {
  type Clock,
  InvalidInput,
  type Json,
  type Logger,
  type Outcome,
  onceForTick,
  readTick,
  type ScheduleContext,
  type ScheduleTick,
  type Tracer,
} from '../../../domain/kernel/index.ts';
import { untraced } from '../../../domain/kernel/observability/observability.ts';
import { guardedLogger, guardedMetrics, guardedTracer } from '../guarded-parts.ts';
import { observeInvocation, runContext, scopedHandler } from '../invocation.ts';
import type { LambdaContext, LambdaHandler } from '../lambda-handler.ts';
import { contextOfInvocation, parentOf } from '../log-context/invocation-context.ts';
import { timerSpan } from '../spans.ts';

/** The use case of a schedule. It passes `run` on to its runner, `once` included. */
export type RunTick = (tick: ScheduleTick, run: ScheduleContext) => Promise<Outcome<Json>>;

const timeOf = (event: unknown): string => {
  const { scheduledTime } = (event ?? {}) as { readonly scheduledTime?: unknown };
  if (typeof scheduledTime === 'string') return scheduledTime;
  throw new InvalidInput('Send {"scheduledTime": "<RFC 3339 time>"}');
};

/**
 * A handler for a schedule that runs in both Regions, so that a tick is worked on when one of them
 * is lost. The tick is committed once: the Region that is first owns it, and the other one, like a
 * tick that is delivered again, finds it done.
 *
 * Anything but a commit or a replay is logged. A failure is thrown: Lambda tries again.
 *
 * @param name known to every Region; another name makes its ticks new ones
 * @param everySeconds for a schedule with a rate, its period (`readTick`)
 */
export const createScheduleHandler = (deps: {
  readonly name: string;
  readonly everySeconds?: number | undefined;
  readonly runTick: RunTick;
  readonly region: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
  readonly tracer?: Tracer;
  /** The X-Ray header of the invocation under way. */
  readonly traceHeader?: () => string | undefined;
}): LambdaHandler => {
  const { name, everySeconds, runTick, region, clock } = deps;
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);
  // Refuses a wrong name in INIT, and not at the first tick.
  readTick(name, new Date(0).toISOString(), everySeconds);

  const handle = async (event: unknown, context: LambdaContext) => {
    const tick = readTick(name, timeOf(event), everySeconds);
    const run = { ...runContext(context, clock), once: onceForTick(tick) };
    const outcome = await runTick(tick, run);
    const fields = { ...tick, region, status: outcome.status };
    if (outcome.status === 'refused') {
      logger.warn('The tick was refused', { ...fields, code: outcome.refusal.code });
    } else {
      logger.info('Schedule run', fields);
    }
    return fields;
  };

  const composed = middy(handle as never, { timeoutEarlyInMillis: 0 }).use(
    observeInvocation({ logger, metrics }),
  );
  return scopedHandler(composed as unknown as LambdaHandler, {
    tracer: guardedTracer(deps.tracer ?? untraced),
    contextOf: (_, context) => contextOfInvocation(context, deps.traceHeader?.()),
    spanOf: (_, context, traceparent) =>
      timerSpan(name, context, parentOf(traceparent, deps.traceHeader?.())),
  });
};
