import { createStatementReader } from '../../../../packages/local-dsql/src/statements/index.ts';

export const read = createStatementReader();

/** The refusals of a text's statements as `SQLSTATE message`, or `ok`. */
export const verdict = (sql: string): string =>
  read(sql)
    .map(({ refusal }) => (refusal ? `${refusal.code} ${refusal.message}` : 'ok'))
    .join('; ');
