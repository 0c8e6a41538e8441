import type { Once } from '../../domain/kernel/index.ts';

/** The tables of the records of commands, of leases and of handled events. */
export const recordTables = { command: 'idempotency', lease: 'lease', event: 'inbox' } as const;

/** The table of the events that wait for ordered consumers. */
export const orderedTable = 'ordered_events';

/** The fields of every record. */
export type MemoryRecord = {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
};

/** The record of work that has run. A second run of the same work finds it and is a replay. */
export type CompletedRecord = MemoryRecord & {
  readonly fingerprint: string;
  readonly response: string;
};

export const recordKey = (once: Once): string => {
  switch (once.kind) {
    case 'command':
      return once.key;
    case 'event':
      return JSON.stringify([once.eventId, once.consumer]);
  }
};

export const fingerprintOf = (once: Once): string => {
  switch (once.kind) {
    case 'command':
      return once.fingerprint;
    case 'event':
      return '';
  }
};
