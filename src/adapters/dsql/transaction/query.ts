import { InvariantViolation } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { faultOf } from '../connection/error-mapping.ts';
import { checkOptions, instant, type OptionRules, ofType } from '../connection/options.ts';
import type { TimeLimit } from '../connection/time-limit.ts';
import { shownSql } from '../wire/server-message.ts';
import type { Row, RowOf, Statement, StatementResult } from '../wire/statement.ts';

/** Room for a statement that has no deadline of its own, in milliseconds. */
const statementMsMax = 10_000;

/** What is known of a statement that is run by itself. */
export type QueryOptions = {
  /** Milliseconds since the epoch; absent: ten seconds from now. */
  readonly deadline?: number;
  /** Whether the statement writes, so that a lost answer proves nothing. */
  readonly writes: boolean;
};

const optionsRules = {
  deadline: { rule: instant },
  writes: { rule: ofType('true or false', 'boolean'), required: true },
} as const satisfies Record<keyof QueryOptions, OptionRules[string]>;

/**
 * Runs one statement in a transaction of its own.
 *
 * The connection goes back as soon as the statement is on the wire: the next one rides behind it. When its deadline
 * passes the connection is closed, and what rides behind it fails too.
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
  // Wrapped, since `use` would otherwise wait for the answer.
  const { sent } = await connections.use(
    async (connection) => ({
      sent: connection.flight([one], deadline),
    }),
    deadline,
  );
  const { results, error } = await sent;
  // First the error: an autocommitted statement can fail after its command tag, at its COMMIT.
  const limit: TimeLimit = {
    ms: options.deadline === undefined ? statementMsMax : undefined,
    option: '"deadline" of query',
  };
  if (error !== undefined) throw faultOf(error, writes, limit);
  const [result] = results;
  if (!result) throw new InvariantViolation(`No answer to ${shownSql(one.sql)}`);
  return result as StatementResult<RowOf<R>>;
};
