import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import type { Statement } from '../../src/adapters/dsql/index.ts';

const tooLarge = Object.assign(new Error('transaction size limit 10mb exceeded'), {
  code: '54000',
  severity: 'ERROR',
});

/** For `poolOf`: a database that refuses the size of some transactions. */
export const refusing =
  (isTooLarge: (statement: Statement) => boolean) =>
  async (openReal: () => Promise<Connection>): Promise<Connection> => {
    const connection = await openReal();
    return {
      ...connection,
      flight: async (statements, deadline) =>
        statements.some(isTooLarge)
          ? { results: [], error: tooLarge }
          : connection.flight(statements, deadline),
    };
  };

/**
 * For `poolOf`: a database that counts the bytes of deleted rows, which are so large that it takes
 * `rowsMax` at once. No document says whether Aurora DSQL does; the local DSQL does not.
 */
export const refusingDeletionsOver = (rowsMax: number) =>
  refusing(({ sql }) => sql.startsWith('DELETE') && Number(/LIMIT (\d+)/.exec(sql)?.[1]) > rowsMax);
