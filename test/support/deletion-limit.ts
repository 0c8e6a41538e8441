import type { Connection } from '../../src/adapters/dsql/index.ts';

const tooLarge = Object.assign(new Error('transaction size limit 10mb exceeded'), {
  code: '54000',
  severity: 'ERROR',
});

/**
 * For `poolOf`: a database that counts the bytes of deleted rows, which are so large that it takes `rowsMax` at once.
 * No document says whether Aurora DSQL does; the local DSQL does not.
 */
export const refusingDeletionsOver =
  (rowsMax: number) =>
  async (openReal: () => Promise<Connection>): Promise<Connection> => {
    const connection = await openReal();
    const isTooLarge = (sql: string): boolean =>
      sql.startsWith('DELETE') && Number(/LIMIT (\d+)/.exec(sql)?.[1]) > rowsMax;
    return {
      ...connection,
      flight: async (statements, deadline) =>
        statements.some(({ sql }) => isTooLarge(sql))
          ? { results: [], error: tooLarge }
          : connection.flight(statements, deadline),
    };
  };
