import { InvalidInput, InvariantViolation } from '../fault.ts';
import { consumerNameProblem } from './consumer.ts';
import type { Once, RunContext } from './unit-of-work.ts';

/** One time at which a schedule comes due. Every Region names it the same. */
export type ScheduleTick = {
  /** The name of the schedule. */
  readonly schedule: string;
  /** RFC 3339, in UTC with milliseconds. */
  readonly scheduledTime: string;
};

/**
 * The handler of a schedule gives this to its use case. `once` has the schedule's name and the
 * tick's time, so that the work of a tick commits once, in whichever Region is first.
 */
export type ScheduleContext = RunContext & {
  readonly once: Extract<Once, { readonly kind: 'event' }>;
};

/** RFC 3339, which the Scheduler writes without a fraction. */
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads the tick that a schedule has sent.
 *
 * @param everySeconds where given, the tick is the last multiple of it since the epoch: schedules
 * of a rate begin at their own time in each Region, and their ticks have to meet
 * @throws {InvalidInput} when the time is not RFC 3339
 * @throws {InvariantViolation} when the name is not one of a consumer, or the period is no whole
 * number from 1
 * @example
 * readTick('daily-report', '2026-11-30T06:00:00Z');
 */
export const readTick = (
  schedule: string,
  scheduledTime: string,
  everySeconds?: number,
): ScheduleTick => {
  const problem = consumerNameProblem(schedule);
  if (problem !== undefined) throw new InvariantViolation(`The name of a schedule ${problem}`);
  if (everySeconds !== undefined && !(Number.isSafeInteger(everySeconds) && everySeconds > 0)) {
    throw new InvariantViolation(
      `everySeconds is ${everySeconds}: it must be a whole number from 1`,
    );
  }
  const at = timePattern.test(scheduledTime) ? Date.parse(scheduledTime) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new InvalidInput('Send {"scheduledTime": "<RFC 3339 time>"}');
  }
  const everyMs = (everySeconds ?? 0) * 1_000;
  const tickAt = everyMs === 0 ? at : at - (at % everyMs);
  return { schedule, scheduledTime: new Date(tickAt).toISOString() };
};

/**
 * Identifies the work of one tick, for a `WorkRunner` of either Region. The first to commit owns
 * the tick; every other run of it, in the same Region or the other, is a replay.
 *
 * The tick is an event that the schedule handles. As a command, it would not run where a caller had
 * sent one with the same key before.
 */
export const onceForTick = ({
  schedule,
  scheduledTime,
}: ScheduleTick): ScheduleContext['once'] => ({
  kind: 'event',
  consumer: schedule,
  eventId: scheduledTime,
});
