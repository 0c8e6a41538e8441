import type { ConnectionPool } from './connection-pool.ts';
import { faultOf } from './faults.ts';
import type { Answer, Statement } from './statement.ts';

/** Room for a statement that has no deadline of its own, in milliseconds. */
const statementMsMax = 10_000;

export type QueryOptions = {
  /** Milliseconds since the epoch; absent: ten seconds from now. */
  readonly deadline?: number;
  /** Whether the statement writes, so that a lost answer proves nothing. */
  readonly writes: boolean;
};

/**
 * Runs one statement in a transaction of its own.
 *
 * The connection goes back as soon as the statement is on the wire: the next one rides behind it.
 *
 * @throws {Fault} that says whether running it again can help
 */
export const query = async (
  connections: ConnectionPool,
  one: Statement,
  { deadline = Date.now() + statementMsMax, writes }: QueryOptions,
): Promise<Answer & { readonly ok: true }> => {
  // Wrapped, since `use` would otherwise wait for the answer.
  const { sent } = await connections.use(async (connection) => ({
    sent: connection.flight([one], deadline),
  }));
  const [answer] = await sent;
  if (answer?.ok) return answer;
  throw faultOf(answer?.error, writes);
};
