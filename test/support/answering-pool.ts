import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import type { ConnectionPool, Row, Statement } from '../../src/adapters/dsql/index.ts';
import type { FlightResult } from '../../src/adapters/dsql/wire/statement.ts';

/** A statement that was sent by itself, and the time until which it was waited for. */
export type Sent = Statement & { readonly deadline: number; readonly waitedUntil: number };

/** The answer to one statement: its rows, or so many as were changed. */
export const answered = (rows: number | readonly Row[]): FlightResult => {
  const result =
    typeof rows === 'number' ? { rowCount: rows, rows: [] } : { rowCount: rows.length, rows };
  return { results: [{ command: 'SELECT', ...result }] };
};

/** The connection was lost before an answer came. */
export const unanswered: FlightResult = {
  results: [],
  error: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
};

/**
 * A pool without a database: a function answers each statement, and what was sent can be looked at.
 */
export const answeringPool = (
  answer: (one: Sent) => FlightResult,
): { readonly pool: ConnectionPool; readonly sent: readonly Sent[] } => {
  const sent: Sent[] = [];
  const connectionUntil = (waitedUntil: number): Connection => ({
    flight: async ([one = { sql: '', parameters: [] }], deadline) => {
      const all = { ...one, deadline, waitedUntil };
      sent.push(all);
      return answer(all);
    },
    usable: () => true,
    close: async () => undefined,
  });
  const pool: ConnectionPool = {
    use: (work, deadline = Number.POSITIVE_INFINITY) => work(connectionUntil(deadline)),
    warmUp: async () => undefined,
    close: async () => undefined,
  };
  return { pool, sent };
};
