import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
});

afterAll(() => dsql.stop());

const refused = (query: string, values?: readonly unknown[], queryMode?: string) =>
  dsql.withClient((client) =>
    client
      .query({
        text: query,
        ...(values ? { values: [...values] } : {}),
        ...(queryMode === undefined ? {} : { queryMode }),
      })
      .then(
        () => 'done',
        ({ code, message }: { code: string; message: string }) => `${code} ${message}`,
      ),
  );

describe.each([
  ['PREPARE p AS SELECT $1::int', 'Prepare'],
  ['PREPARE p (int, text) AS INSERT INTO a VALUES ($1, $2)', 'Prepare'],
  ['DECLARE c CURSOR FOR SELECT $1::int', 'DeclareCursor'],
  ['DECLARE c CURSOR WITH HOLD FOR SELECT $2::int', 'DeclareCursor'],
  ['EXPLAIN EXECUTE p($1)', 'Execute'],
  ['EXECUTE p($1, $2)', 'Execute'],
])('a refused statement with parameters, %s,', (sql, statement) => {
  const message = `0A000 unsupported statement: ${statement}`;

  it('is refused in a simple Query, which gives them no values', async () => {
    expect(await refused(sql)).toBe(message);
  });

  it.each([[[]], [[1]], [[1, 2]], [[1, 2, 3]]])(
    'is refused in the extended protocol with the values %j',
    async (values) => {
      expect(await refused(sql, values, 'extended')).toBe(message);
    },
  );
});

it('a refused statement leaves the parameters of the next one alone', async () => {
  await dsql.withClient(async (client) => {
    await expect(client.query('EXECUTE p($1)', [1, 2, 3])).rejects.toThrow('unsupported');
    const { rows } = await client.query('SELECT $1::int + $2::int AS sum', [1, 2]);
    expect(rows).toEqual([{ sum: 3 }]);
  });
});
