import type { Backend } from '../backend/backend.ts';
import type { LockMonitor, MonitoredSession } from '../concurrency/lock-monitor.ts';
import {
  isBusy,
  isOver,
  nextPhase,
  type SessionEvent,
  type SessionPhase,
} from './session-phase.ts';

/**
 * Guards a session's connection to PostgreSQL: one batch of the client, or one series of the
 * session's own queries, uses it at a time. It keeps the session's phase, which says what uses the
 * connection, and tells the lock monitor when PostgreSQL works for the session.
 */
export interface BackendLock {
  readonly phase: () => SessionPhase;
  /** Whether PostgreSQL works for the session. */
  readonly isHeld: () => boolean;
  /** Whether the session has ended. */
  readonly isOver: () => boolean;
  /** Moves the session to its next phase. */
  readonly move: (event: SessionEvent) => void;
  /** Holds the client's messages back while the session runs queries of its own. */
  readonly holdFor: (queries: () => Promise<unknown>) => void;
  /** Calls `onFree` as if the connection had become free. */
  readonly wake: () => void;
  /** Joins the lock monitor. */
  readonly listen: (listener: BackendLockListener) => void;
  /** Leaves the lock monitor. */
  readonly leave: () => void;
}

export type BackendLockListener = {
  /** The connection is free for the client's next message. */
  readonly onFree: () => void;
  /** Another session waits for a row lock of this one's, whose connection is free. */
  readonly yieldLocks: () => void;
};

const answered: ReadonlySet<SessionEvent> = new Set([
  'flushAnswered',
  'batchAnswered',
  'partAnswered',
  'partFailed',
  'queriesEnded',
]);

export const createBackendLock = (lockMonitor: LockMonitor, backend: Backend): BackendLock => {
  let phase: SessionPhase = 'between';
  let listener: BackendLockListener | undefined;
  const monitored: MonitoredSession = {
    processId: backend.key.processId,
    yieldLocks: () => {
      if (!isBusy(phase) && !isOver(phase)) listener?.yieldLocks();
    },
  };
  const move = (event: SessionEvent): void => {
    const wasBusy = isBusy(phase);
    phase = nextPhase(phase, event);
    if (!wasBusy && isBusy(phase)) lockMonitor.started(monitored);
    if (!answered.has(event)) return;
    lockMonitor.finished(monitored);
    listener?.onFree();
  };
  return {
    move,
    phase: () => phase,
    isHeld: () => isBusy(phase),
    isOver: () => isOver(phase),
    holdFor: (queries) => {
      move('queriesStarted');
      queries()
        .then(() => move('queriesEnded'))
        .catch(backend.close);
    },
    wake: () => listener?.onFree(),
    listen: (next) => {
      listener = next;
      lockMonitor.join(monitored);
    },
    leave: () => lockMonitor.leave(monitored),
  };
};
