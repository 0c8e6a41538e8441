import type { SimulatedBus } from '../cloud/event-bus.ts';
import { skewMsMax } from '../machine/process.ts';
import type { SeedTimes, Violation } from '../service/scenario.ts';
import type { History } from './history.ts';

/** The lease of a claim, which `relay.ts` sets. Milliseconds. */
export const leaseMs = 60_000;

/** A relay waits at most so long after its last failure that a fault has caused. Milliseconds. */
const backoffMs = 120_000;

/** One attempt may begin a little late, and takes a little while. Milliseconds. */
const slackMs = 15_000;

/**
 * How long after the last fault, or after it is due, an event is published at the latest: whoever
 * held it has lost it (its lease or its function's timeout is over), another Region may take it,
 * and two runs of the relay have come. A clock that is wrong shifts the age by its error.
 */
export const publishedWithinMs = (times: SeedTimes, hasSkew: boolean): number =>
  Math.max(times.outboxGraceMs, leaseMs, times.outboxTakeoverAgeMs + (hasSkew ? skewMsMax : 0)) +
  2 * times.relayRateSeconds * 1_000 +
  times.relayTimeoutSeconds * 1_000 +
  backoffMs +
  slackMs;

/**
 * Events that no bus has accepted in time, while at least one Region is there and no fault happens.
 *
 * @param since when the last fault was over; virtual milliseconds
 */
export const lateEvents = (
  { history, bus }: { readonly history: History; readonly bus: SimulatedBus },
  {
    since,
    boundMs,
    now,
  }: { readonly since: number; readonly boundMs: number; readonly now: number },
): readonly Violation[] => {
  const late = [...history.events.values()].filter(({ envelope, dueAt }) => {
    const acceptedAt = bus.accepted.get(envelope.id) ?? Number.POSITIVE_INFINITY;
    const latest = Math.max(dueAt, since) + boundMs;
    return latest <= now && acceptedAt > latest;
  });
  return late.slice(0, 3).map(({ envelope, by, dueAt }) => ({
    oracle: 'delivery within the bound',
    message: `${envelope.type} ${envelope.id} of ${by} was due at ${new Date(dueAt).toISOString()}, and no bus has accepted it within ${boundMs} ms`,
  }));
};
