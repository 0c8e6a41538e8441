import type { Connection } from '../../../src/adapters/dsql/connection/connection.ts';
import type { Statement } from '../../../src/adapters/dsql/index.ts';

/**
 * Notes every statement that passes through a connection, under the part of the framework that
 * sends it.
 */
export interface StatementRecorder {
  /** For `poolOf`: wraps a connection that is opened. */
  readonly open: (openReal: () => Promise<Connection>) => Promise<Connection>;
  /** Names what is sent from now on. */
  readonly name: (part: string) => void;
  /** Each distinct text once, with the parameters that it was first sent with. */
  readonly sent: () => readonly RecordedStatement[];
}

export type RecordedStatement = Statement & { readonly part: string };

export const recordStatements = (): StatementRecorder => {
  const byText = new Map<string, RecordedStatement>();
  let part = '';
  return {
    open: async (openReal) => {
      const connection = await openReal();
      return {
        ...connection,
        flight: (statements, deadline) => {
          for (const one of statements) {
            if (!byText.has(one.sql)) byText.set(one.sql, { ...one, part });
          }
          return connection.flight(statements, deadline);
        },
      };
    },
    name: (name) => {
      part = name;
    },
    sent: () => [...byText.values()],
  };
};
