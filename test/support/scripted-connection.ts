import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import { createConnectionPool } from '../../src/adapters/dsql/connection/connection-pool.ts';
import type { ConnectionPool, Statement } from '../../src/adapters/dsql/index.ts';
import type { FlightResult, StatementResult } from '../../src/adapters/dsql/wire/statement.ts';
import { always, type ManualClock, manualClock } from './runtime-ports.ts';

/** A flight as a connection was given it. */
export type SentFlight = { readonly statements: readonly Statement[]; readonly deadline: number };

/**
 * An answer to a flight; nothing for the usual one, which executes everything and finds no rows.
 */
export type Script = (
  sent: SentFlight,
  number: number,
) => Partial<FlightResult> | Promise<Partial<FlightResult>> | undefined;

/** The first word of a statement. */
export const verbOf = ({ sql }: Statement): string => /\w+/.exec(sql)?.[0] ?? '';

export const answered = (
  statements: readonly Statement[],
  rowsOf: (one: Statement, index: number) => StatementResult['rows'] = () => [],
): readonly StatementResult[] =>
  statements.map((one, index) => {
    const rows = rowsOf(one, index);
    return { command: verbOf(one), rowCount: rows.length, rows };
  });

/** An error of the server, as `pg` gives it. */
export const serverError = (code: string, fields: object = {}): Error =>
  Object.assign(new Error(`refused with ${code}`), { code, severity: 'ERROR', ...fields });

export const lostConnection = (): Error =>
  Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** A flight takes time, or a run whose time is almost up would never end. Milliseconds. */
const flightMs = 1;

/**
 * A pool of one connection to a server that answers as a test says, on a clock of its own.
 *
 * @param script is asked for each flight, whose number counts from 0; a ROLLBACK is answered by
 * itself
 */
export const scriptedPool = (
  script: Script = () => undefined,
): {
  readonly pool: ConnectionPool;
  readonly clock: ManualClock;
  readonly flights: readonly SentFlight[];
  /** The first word of each statement, flight by flight. */
  readonly verbs: () => readonly string[];
} => {
  const clock = manualClock();
  const flights: SentFlight[] = [];
  let asked = 0;
  const connection: Connection = {
    flight: async (statements, deadline) => {
      const sent = { statements, deadline };
      flights.push(sent);
      clock.advance(flightMs);
      if (statements.every((one) => verbOf(one) === 'ROLLBACK')) return { results: [] };
      const answer = await script(sent, asked++);
      return { results: answered(statements), ...answer };
    },
    usable: () => true,
    close: async () => undefined,
  };
  const pool = createConnectionPool(async () => connection, { clock, random: always(0) });
  const verbs = () => flights.map(({ statements }) => statements.map(verbOf).join(' '));
  return { pool, clock, flights, verbs };
};
