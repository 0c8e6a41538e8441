import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import type { ConnectionPool, Statement } from '../../src/adapters/dsql/index.ts';
import type { FlightResult } from '../../src/adapters/dsql/wire/statement.ts';
import { poolOf } from './dsql-adapter.ts';

/** The faults of one flight. */
export const flightFaults = [
  /** The server answers its first statement with a conflict. */
  'conflict',
  /** It never reaches the server, and the connection is lost. */
  'lost request',
  /** The server does all of it, and the connection is lost before it answers. */
  'lost answer',
  /**
   * The connection is lost, and the server does all of it later, while the next attempt is under
   * way.
   */
  'late request',
] as const;

export type FlightFault = (typeof flightFaults)[number];

/**
 * How much later; an attempt that runs again meets it at its reads, at its COMMIT or when it is
 * done.
 */
const lateMs = 15;

const conflict = Object.assign(new Error('change conflicts with another transaction (OC000)'), {
  code: '40001',
  severity: 'ERROR',
});

const lost = (): FlightResult => ({
  results: [],
  error: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
});

/** Flights of the connections of one pool, and what is to happen to them. */
export interface FaultyConnections {
  readonly open: (openReal: () => Promise<Connection>) => Promise<Connection>;
  /**
   * The first word of each statement of the flights so far, but for those that nobody waits for.
   */
  readonly flights: () => readonly string[];
  /** Flights that were to come late and have come. */
  readonly landed: () => Promise<unknown>;
}

const firstWords = (statements: readonly Statement[]): string =>
  statements.map(({ sql }) => sql.trim().split(/\s/, 1)[0]).join(' ');

/** @param faultOf what happens to the flight of that number, from 0 */
export const faultyConnections = (
  faultOf: (flight: number) => FlightFault | undefined = () => undefined,
): FaultyConnections => {
  const flights: string[] = [];
  const late: Promise<unknown>[] = [];

  const open: FaultyConnections['open'] = async (openReal) => {
    const real = await openReal();
    let alive = true;
    const flight: Connection['flight'] = async (statements, deadline) => {
      const words = firstWords(statements);
      if (words === 'ROLLBACK') return alive ? real.flight(statements, deadline) : lost();
      const fault = faultOf(flights.push(words) - 1);
      if (fault === undefined) return real.flight(statements, deadline);
      if (fault === 'conflict') return { results: [], error: conflict };
      alive = false;
      if (fault === 'lost answer') await real.flight(statements, deadline);
      if (fault === 'late request') {
        late.push(
          new Promise((resolve) => setTimeout(resolve, lateMs))
            .then(() => real.flight(statements, deadline))
            .finally(() => real.close()),
        );
      } else {
        await real.close();
      }
      return lost();
    };
    return {
      flight,
      usable: () => alive && real.usable(),
      close: async () => {
        if (alive) await real.close();
      },
    };
  };

  return { open, flights: () => flights, landed: () => Promise.all(late) };
};

/** A pool as a function has it, of one such connection at a time. */
export const faultyPool = (
  dsql: Parameters<typeof poolOf>[0],
  faultOf?: Parameters<typeof faultyConnections>[0],
): Omit<FaultyConnections, 'open'> & { readonly pool: ConnectionPool } => {
  const { open, ...faulty } = faultyConnections(faultOf);
  return { ...faulty, pool: poolOf(dsql, { open }) };
};
