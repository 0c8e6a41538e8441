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
} from '../../../domain/kernel/index.ts';
import { guardedLogger, guardedMetrics } from '../guarded-parts.ts';
import { runContext } from '../invocation.ts';
import type { LambdaContext, LambdaHandler } from '../lambda-handler.ts';
import { type TimedTracing, timedHandler } from './timed-handler.ts';

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
 * @param deps.name known to every Region; another name makes its ticks new ones
 * @param deps.everySeconds for a schedule with a rate, its period (`readTick`)
 */
export const createScheduleHandler = (
  deps: TimedTracing & {
    readonly name: string;
    readonly everySeconds?: number | undefined;
    readonly runTick: RunTick;
    readonly region: string;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: InvocationMetrics;
  },
): LambdaHandler => {
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

  return timedHandler(name, handle, { ...deps, logger, metrics });
};
