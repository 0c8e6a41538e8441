import type { Connection } from '../../connection/connection.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { faultOf } from '../../connection/error-mapping.ts';
import { begin, rollback, rollbackMsMax } from '../../transaction/transaction-control.ts';
import type { FlightResult, Statement, StatementResult } from '../../wire/statement.ts';

const isControl = ({ sql }: Statement): boolean => /^(?:BEGIN|COMMIT|ROLLBACK)\b/.test(sql);

const controlAnswer = ({ sql }: Statement): StatementResult => ({
  command: sql.split(' ', 1)[0] ?? '',
  rowCount: 0,
  rows: [],
});

/** Puts the answers of the statements that were sent between those that were not. */
const inOrder = (
  statements: readonly Statement[],
  sent: readonly StatementResult[],
): readonly StatementResult[] => {
  const answers: StatementResult[] = [];
  let next = 0;
  for (const one of statements) {
    const answer = isControl(one) ? controlAnswer(one) : sent[next];
    if (answer === undefined) break;
    if (!isControl(one)) next += 1;
    answers.push(answer);
  }
  return answers;
};

/** A connection inside of one transaction: it sends no BEGIN, COMMIT or ROLLBACK. */
const insideOf = (real: Connection, onError: (error: unknown) => void): Connection => ({
  usable: real.usable,
  close: async () => undefined,
  flight: async (statements, deadline) => {
    const sent = statements.filter((one) => !isControl(one));
    const flown: FlightResult =
      sent.length === 0 ? { results: [] } : await real.flight(sent, deadline);
    if (flown.error !== undefined) onError(flown.error);
    return { ...flown, results: inOrder(statements, flown.results) };
  },
});

/**
 * Lets parts of the framework do their work in one transaction, and rolls it back. So the server
 * says whether it takes their statements, and no row changes.
 *
 * @throws {Fault} of the first statement that the server has refused, also where the work has
 * caught the error
 */
export const rehearse = (
  connections: ConnectionPool,
  work: (inside: ConnectionPool) => Promise<unknown>,
  deadline: number,
): Promise<void> =>
  connections.use(async (real) => {
    let refused: { readonly error: unknown } | undefined;
    const inside = insideOf(real, (error) => {
      refused ??= { error };
    });
    const begun = await real.flight([begin], deadline);
    if (begun.error !== undefined) throw faultOf(begun.error, false);
    try {
      await work({
        use: (one) => one(inside),
        warmUp: async () => undefined,
        close: async () => undefined,
      });
    } catch (error) {
      throw refused ? faultOf(refused.error, false) : error;
    } finally {
      await real.flight([rollback], Math.max(deadline, Date.now() + rollbackMsMax));
    }
    if (refused) throw faultOf(refused.error, false);
  }, deadline);
