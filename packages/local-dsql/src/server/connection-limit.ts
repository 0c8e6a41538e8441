import type { ServiceError } from '../protocol/protocol.ts';
import { rateExceeded, tooManyConnections } from '../protocol/service-errors.ts';
import type { DsqlLimits } from './limits.ts';

/** Counts connections as the service does. */
export interface Admission {
  /** Lets a connection in, or says why not; call `leave` for one that was let in when it ends. */
  readonly enter: () => ServiceError | undefined;
  readonly leave: () => void;
}

/** Connections that may be opened are refilled steadily, up to a burst. */
export const createAdmission = (
  limits: Pick<DsqlLimits, 'connectionsMax' | 'connectionsPerSecond' | 'connectionBurst'>,
  clock: { readonly now: () => number },
): Admission => {
  const { connectionsMax, connectionsPerSecond, connectionBurst } = limits;
  let open = 0;
  let available = connectionBurst;
  let refilledAt = clock.now();
  const refill = (): void => {
    const now = clock.now();
    const refilled = ((now - refilledAt) / 1000) * connectionsPerSecond;
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
