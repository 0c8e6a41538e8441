import type { LockMonitor, MonitoredSession } from '../concurrency/lock-monitor.ts';
import type { Backend } from './backend.ts';

/** Who uses a session's connection to PostgreSQL: nobody, a unit of the client's, or the session itself. */
export interface Turn {
  readonly isTaken: () => boolean;
  readonly take: () => void;
  readonly end: () => void;
  /** Keeps the client's messages back while the session does something of its own. */
  readonly use: (work: () => Promise<unknown>) => void;
  /** The session is over. */
  readonly leave: () => void;
}

export const createTurn = (options: {
  readonly lockMonitor: LockMonitor;
  readonly backend: Backend;
  /** The connection is free again. */
  readonly onEnd: () => void;
  /** Another session waits for a lock of this one's, whose connection is free. */
  readonly yieldLocks: () => void;
}): Turn => {
  const { lockMonitor, backend } = options;
  let taken = false;
  const monitored: MonitoredSession = {
    processId: backend.key.processId,
    yieldLocks: () => {
      if (!taken) options.yieldLocks();
    },
  };
  const take = (): void => {
    taken = true;
    lockMonitor.started(monitored);
  };
  const end = (): void => {
    taken = false;
    lockMonitor.finished(monitored);
    options.onEnd();
  };
  lockMonitor.join(monitored);
  return {
    isTaken: () => taken,
    take,
    end,
    use: (work) => {
      take();
      work().then(end, backend.close);
    },
    leave: () => lockMonitor.leave(monitored),
  };
};
