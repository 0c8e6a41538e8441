import type { LocalDsql } from '../support.ts';

/** The answer to each statement: rows, a command tag or an error. */
export const answersOf = (
  dsql: LocalDsql,
  ...statements: readonly string[]
): Promise<readonly unknown[]> =>
  dsql.withClient(async (client) => {
    const answers: unknown[] = [];
    for (const statement of statements) {
      answers.push(
        await client.query(statement).then(
          ({ command, rows }) => (rows.length > 0 ? rows : command),
          ({ code, message }) => `${code} ${message}`,
        ),
      );
    }
    return answers;
  });
