import { type EventEnvelope, Fault } from '../../../../domain/kernel/index.ts';
import type { StatementTrial } from '../../../../domain/kernel/verification.ts';
import type { Connection } from '../../connection/connection.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { faultOf } from '../../connection/error-mapping.ts';
import { begin, beginReadOnly, rollback } from '../../transaction/transaction-control.ts';
import { type Statement, statement } from '../../wire/statement.ts';
import { rehearse } from './rehearsal.ts';
import { statementKinds } from './statement-kinds.ts';

const one = statement('SELECT 1 AS one');

/** A connection prepares a text when it sends it for the second time, and then uses it. */
const prepared = [one, one, one];

/** A way of sending, and the setting with which the adapter does without it. */
type Way = {
  readonly name: string;
  /** Each list is sent in one piece. */
  readonly flights: readonly (readonly Statement[])[];
  readonly setting?: string;
};

const ways: readonly Way[] = [
  {
    name: 'an isolation level behind BEGIN',
    flights: [[begin], [rollback]],
    setting: 'DSQL_PLAIN_BEGIN=on',
  },
  {
    name: 'a transaction sent in one piece',
    flights: [[begin, one, rollback]],
    setting: 'DSQL_SERIAL=on',
  },
  { name: 'a read-only transaction', flights: [[beginReadOnly], [one], [rollback]] },
  {
    name: 'prepared statements',
    flights: prepared.map((text) => [text]),
    setting: 'DSQL_PREPARED_STATEMENTS_MAX=0',
  },
];

/** Time to end a transaction of a trial that has failed. Milliseconds. */
const endMsMax = 2_000;

const fly = async (connection: Connection, { flights }: Way, deadline: number): Promise<void> => {
  for (const statements of flights) {
    const flown = await connection.flight(statements, deadline);
    if (flown.error === undefined) continue;
    // Refused where no transaction is open, which does no harm.
    await connection.flight([rollback], Date.now() + endMsMax);
    throw faultOf(flown.error, false);
  }
};

/** The texts of an error and its causes, without what the adapter has hidden. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const own = error instanceof Fault ? error.message : `${error.name}: ${error.message}`;
  return cause instanceof Error && !own.includes(cause.message) ? `${own}: ${cause.message}` : own;
};

const timed = async (
  trial: { readonly name: string; readonly setting?: string },
  work: () => Promise<unknown>,
): Promise<StatementTrial> => {
  const from = performance.now();
  const ms = (): number => Math.round(performance.now() - from);
  try {
    await work();
    return { name: trial.name, ms: ms() };
  } catch (error) {
    const { name, setting } = trial;
    return { name, ms: ms(), reason: reasonOf(error), ...(setting && { setting }) };
  }
};

/**
 * Tries the ways of sending that the adapter relies on, and each kind of statement that the
 * framework sends while a service runs. Nothing is committed.
 *
 * @param newEvent makes an event that no Region has published
 * @param deadline milliseconds since the epoch
 * @returns a trial for each, also when one has failed
 */
export const tryCluster = async (
  connections: ConnectionPool,
  options: {
    readonly schema: string;
    readonly newEvent: () => EventEnvelope;
    readonly deadline: number;
  },
): Promise<readonly StatementTrial[]> => {
  const { deadline } = options;
  const trials: StatementTrial[] = [];
  for (const way of ways) {
    const work = () => connections.use((connection) => fly(connection, way, deadline), deadline);
    trials.push(await timed(way, work));
  }
  for (const kind of statementKinds) {
    const work = () =>
      rehearse(connections, (inside) => kind.send({ ...options, inside }), deadline);
    trials.push(await timed(kind, work));
  }
  return trials;
};
