import { InvariantViolation } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { faultOf } from '../connection/error-mapping.ts';
import { checkOptions, instant, type OptionRules, ofType } from '../connection/options.ts';
import type { TimeLimit } from '../connection/time-limit.ts';
import { shownSql } from '../wire/server-message.ts';
import type { Row, RowOf, Statement, StatementResult } from '../wire/statement.ts';

/** Time for a statement without a deadline. Milliseconds. */
const statementMsMax = 10_000;

/** Whether a statement writes, and its deadline. */
export type QueryOptions = {
  /** Milliseconds since the epoch; absent: ten seconds from now. */
  readonly deadline?: number;
  /** Whether the statement writes: its outcome is unknown when the answer is lost. */
  readonly writes: boolean;
};

const optionsRules = {
  deadline: { rule: instant },
  writes: { rule: ofType('true or false', 'boolean'), required: true },
} as const satisfies Record<keyof QueryOptions, OptionRules[string]>;

/**
 * Runs one statement in a transaction of its own.
 *
 * The connection goes back to the pool as soon as the statement is sent, and the next statement is
 * sent behind it. When the deadline passes, the connection is closed, and statements behind it fail
 * too.
 *
 * @throws {InvariantViolation} before it begins, for an option that is unknown or wrong
 * @throws {Fault} that says whether running it again can help
 */
export const query = async <R = Row>(
  connections: ConnectionPool,
  one: Statement<R>,
  options: QueryOptions,
): Promise<StatementResult<RowOf<R>>> => {
  checkOptions('query', options, optionsRules);
  const { deadline = Date.now() + statementMsMax, writes } = options;
  // In an object, since `use` would wait for a promise.
  const { sent } = await connections.use(
    async (connection) => ({
      sent: connection.flight([one], deadline),
    }),
    deadline,
  );
  const { results, error } = await sent;
  // The error comes first: an autocommitted statement can fail at its COMMIT, after its command
  // tag.
  const limit: TimeLimit = {
    ms: options.deadline === undefined ? statementMsMax : undefined,
    option: '"deadline" of query',
  };
  if (error !== undefined) throw faultOf(error, writes, limit);
  const [result] = results;
  if (!result) throw new InvariantViolation(`No answer to ${shownSql(one.sql)}`);
  return result as StatementResult<RowOf<R>>;
};
