import type { TimeInput } from '@opentelemetry/api';

const numberOf = (time: TimeInput): number => {
  if (Array.isArray(time)) return time[0] * 1_000 + time[1] / 1_000_000;
  if (time instanceof Date) return time.getTime();
  // As `performance.now()` gives it, since the process has started.
  return time < performance.timeOrigin ? performance.timeOrigin + time : time;
};

/**
 * A time of the API in milliseconds since the epoch: a date, a pair of seconds and nanoseconds, or
 * milliseconds; `undefined` for one that is none.
 */
export const millisecondsOf = (time: TimeInput | undefined): number | undefined => {
  const ms = time === undefined ? Number.NaN : numberOf(time);
  return Number.isFinite(ms) ? ms : undefined;
};
