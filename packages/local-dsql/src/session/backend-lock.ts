import type { LockMonitor, MonitoredSession } from '../concurrency/lock-monitor.ts';
import type { Backend } from './backend.ts';

/** Who uses a session's connection to PostgreSQL: nobody, a batch of the client's, or the session itself. */
export interface BackendLock {
  readonly isHeld: () => boolean;
  readonly acquire: () => void;
  readonly release: () => void;
  /** Keeps the client's messages back while the session does something of its own. */
  readonly holdFor: (work: () => Promise<unknown>) => void;
  /** The session is over. */
  readonly leave: () => void;
}

export const createBackendLock = (options: {
  readonly lockMonitor: LockMonitor;
  readonly backend: Backend;
  /** The connection is free again. */
  readonly onRelease: () => void;
  /** Another session waits for a lock of this one's, whose connection is free. */
  readonly yieldLocks: () => void;
}): BackendLock => {
  const { lockMonitor, backend } = options;
  let held = false;
  const monitored: MonitoredSession = {
    processId: backend.key.processId,
    yieldLocks: () => {
      if (!held) options.yieldLocks();
    },
  };
  const acquire = (): void => {
    held = true;
    lockMonitor.started(monitored);
  };
  const release = (): void => {
    held = false;
    lockMonitor.finished(monitored);
    options.onRelease();
  };
  lockMonitor.join(monitored);
  return {
    isHeld: () => held,
    acquire,
    release,
    holdFor: (work) => {
      acquire();
      work().then(release, backend.close);
    },
    leave: () => lockMonitor.leave(monitored),
  };
};
