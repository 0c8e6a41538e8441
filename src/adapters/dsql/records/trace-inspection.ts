import type { ConnectionPool } from '../connection/connection-pool.ts';
import { queryTogether } from '../transaction/query-together.ts';
import { recordKey } from '../transaction/record-key.ts';
import { quoteIdentifier, type Statement, statement } from '../wire/statement.ts';
import { timeOf } from './column-time.ts';
import { parameterList } from './statement-texts.ts';

/** The effect of an event on one consumer, as its inbox has recorded it. */
export type HandledEvent = {
  readonly eventId: string;
  readonly consumer: string;
  /** Milliseconds since the epoch. */
  readonly handledAt: number;
};

/** The records of commands and consumers as the tools of an operator read them. */
export interface TraceInspection {
  /** The effects of events, at most {@link effectsMax} of them. */
  readonly handled: (eventIds: readonly string[]) => Promise<readonly HandledEvent[]>;
  /** Whether the command of an idempotency key has committed, and its record is still kept. */
  readonly isCommitted: (key: string) => Promise<boolean>;
}

/** A person waits for it. Milliseconds. */
const readMsMax = 30_000;

/** Effects that are read at most: of a hundred events on ten consumers each. */
const effectsMax = 1_000;

/** Reads the records of a schema. */
export const createTraceInspection = (
  connections: ConnectionPool,
  { schema }: { readonly schema: string },
): TraceInspection => {
  const name = quoteIdentifier(schema);
  const read = async (one: Statement) => {
    const deadline = Date.now() + readMsMax;
    const [result] = await queryTogether(connections, [one], { deadline, writes: false });
    return result?.rows ?? [];
  };
  return {
    handled: async (eventIds) => {
      if (eventIds.length === 0) return [];
      const ids = parameterList(1, eventIds.length);
      const sql = `SELECT event_id, consumer, handled_at FROM ${name}.inbox
        WHERE event_id IN (${ids}) LIMIT ${effectsMax}`;
      const rows = await read(statement(sql, ...eventIds));
      return rows.map((row) => ({
        eventId: String(row['event_id']),
        consumer: String(row['consumer']),
        handledAt: timeOf(row['handled_at']),
      }));
    },
    isCommitted: async (key) => {
      const sql = `SELECT status FROM ${name}.idempotency WHERE key = $1 AND status = 'COMPLETED'`;
      return (await read(statement(sql, recordKey('command', key)))).length > 0;
    },
  };
};
