import { createStatementReader } from '../../../../local/dsql/statements/index.ts';

export const read = createStatementReader();

/** The refusals of a text's statements as `SQLSTATE message`, or `ok`. */
export const verdict = (sql: string): string =>
  (read(sql) ?? [])
    .map((statement) => {
      const refusal = /^SELECT sys\.refuse\('(.+?)', '(.*)'\)/.exec(statement.sql);
      return refusal ? `${refusal[1]} ${refusal[2]?.replaceAll("''", "'")}` : 'ok';
    })
    .join('; ');
