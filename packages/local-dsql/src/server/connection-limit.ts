import type { ServiceError } from '../protocol/protocol.ts';
import { rateExceeded, tooManyConnections } from '../protocol/service-errors.ts';
import type { DsqlLimits } from './limits.ts';

/** Limits the number of connections and the rate of new ones, as DSQL does. */
export interface ConnectionLimit {
  /**
   * Counts a new connection, or returns the error that refuses it. Call `leave` when a counted one
   * ends.
   */
  readonly enter: () => ServiceError | undefined;
  readonly leave: () => void;
}

/** A token bucket: the number of connections that may be opened grows steadily, up to the burst. */
export const createConnectionLimit = (
  limits: Pick<DsqlLimits, 'connectionsMax' | 'connectionsPerSecond' | 'connectionBurst'>,
  clock: { readonly now: () => number },
): ConnectionLimit => {
  const { connectionsMax, connectionsPerSecond, connectionBurst } = limits;
  let open = 0;
  let available = connectionBurst;
  let refilledAt = clock.now();
  const refill = (): void => {
    const now = clock.now();
    // A clock that was set back takes nothing away.
    const refilled = (Math.max(0, now - refilledAt) / 1000) * connectionsPerSecond;
    available = Math.min(connectionBurst, available + refilled);
    refilledAt = now;
  };
  return {
    enter: () => {
      refill();
      if (available < 1) return rateExceeded;
      available -= 1;
      if (open >= connectionsMax) return tooManyConnections;
      open += 1;
      return undefined;
    },
    leave: () => {
      open -= 1;
    },
  };
};
