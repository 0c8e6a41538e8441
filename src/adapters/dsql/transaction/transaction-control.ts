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

/** A ROLLBACK that takes longer has met a server that is gone, and its connection is closed. Milliseconds. */
export const rollbackMsMax = 2_000;

/**
 * Ends a transaction without effect. Nobody needs to wait for it, and it cannot fail usefully. It has time of its own,
 * also when the transaction's is up: whoever has the connection next would be cut off with it.
 */
export const rollBack = (connection: Connection, deadline: number): void => {
  const enough = Math.max(deadline, Date.now() + rollbackMsMax);
  connection.flight([rollback], enough).catch(() => undefined);
};

/**
 * Looks at the answer to COMMIT, sent last.
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
 * What an error means for an attempt whose next one will see more. A unique violation is a conflict the first time: the
 * row may have been inserted since the snapshot, and with a new one it is seen.
 *
 * @param clashes the constraints that attempts at the same work have violated so far; the error's is added
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
