import type { TimeInput } from '@opentelemetry/api';

/**
 * A time of the API in milliseconds since the epoch: a date, a pair of seconds and nanoseconds, or
 * milliseconds.
 */
export const millisecondsOf = (time: TimeInput | undefined): number | undefined => {
  if (time === undefined) return undefined;
  if (Array.isArray(time)) return time[0] * 1_000 + time[1] / 1_000_000;
  if (time instanceof Date) return time.getTime();
  // As `performance.now()` gives it, since the process has started.
  return time < performance.timeOrigin ? performance.timeOrigin + time : time;
};
