import {
  Conflict,
  type Fault,
  InvariantViolation,
  OutcomeUnknown,
} from '../../../domain/kernel/index.ts';
import type { Connection } from '../connection/connection.ts';
import { faultOf, serverErrorOf } from '../connection/error-mapping.ts';
import type { TimeLimit } from '../connection/time-limit.ts';
import { type FlightResult, statement } from '../wire/statement.ts';

export const commit = statement('COMMIT');
export const rollback = statement('ROLLBACK');

export { begin, beginReadOnly } from '../connection/begin.ts';

/**
 * The time of a ROLLBACK. If it takes longer, the server is gone and the connection is closed.
 * Milliseconds.
 */
export const rollbackMsMax = 2_000;

/**
 * Rolls a transaction back. The caller does not wait, and a failure has no consequence. The
 * ROLLBACK has its own time, also after the transaction's deadline: running out of time would cut
 * off the next user of the connection.
 */
export const rollBack = (connection: Connection, deadline: number): void => {
  const enough = Math.max(deadline, Date.now() + rollbackMsMax);
  connection.flight([rollback], enough).catch(() => undefined);
};

/**
 * Checks the answer to COMMIT, the last statement of a flight.
 *
 * @throws {InvariantViolation} when COMMIT was answered with ROLLBACK: the transaction had failed
 * @throws {OutcomeUnknown} when it was not answered, though nothing has failed
 */
export const proveCommit = ({ results }: FlightResult): void => {
  const { command } = results.at(-1) ?? {};
  if (command === 'COMMIT') return;
  if (command === 'ROLLBACK') {
    throw new InvariantViolation('COMMIT was answered with ROLLBACK though nothing has failed');
  }
  throw new OutcomeUnknown('COMMIT was not answered though nothing has failed');
};

/** SQLSTATE of a second row with the same key. */
const uniqueViolation = '23505';

/**
 * The fault of an attempt that may be followed by another one. A unique violation is a conflict the
 * first time: the row may have been inserted since the snapshot, and the next attempt's snapshot
 * shows it.
 *
 * @param clashes the constraints that attempts at the same work have violated so far; the error's
 * is added
 */
export const attemptFault = (
  error: unknown,
  committing: boolean,
  clashes: Set<string>,
  limit: TimeLimit,
): Fault => {
  const { code, constraint = '' } = serverErrorOf(error) ?? {};
  if (code !== uniqueViolation || clashes.has(constraint)) return faultOf(error, committing, limit);
  clashes.add(constraint);
  const cause = faultOf(error, committing, limit);
  const name = constraint === '' ? '' : ` (constraint ${constraint})`;
  return new Conflict(`A row with the same key has just been inserted${name}`, { cause });
};
