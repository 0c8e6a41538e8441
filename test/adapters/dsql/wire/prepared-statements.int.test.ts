import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import { faultOf } from '../../../../src/adapters/dsql/connection/error-mapping.ts';
import { type ConnectionPool, type Row, statement } from '../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';

const flightMsMax = 10_000;

let dsql: TestDsql;
let pool: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  pool = poolOf(dsql);
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE item (id int PRIMARY KEY, name text)');
});

afterAll(async () => {
  await pool.close();
  await dsql.stop();
});

const insert = (id: number) => statement('INSERT INTO item (id, name) VALUES ($1, $2)', id, 'one');
const find = (id: number) => statement('SELECT * FROM item WHERE id = $1', id);
const names = statement("SELECT name FROM pg_prepared_statements WHERE name LIKE 'antipode%'");

const ask = (connection: Connection, ...statements: Parameters<Connection['flight']>[0]) =>
  connection.flight(statements, Date.now() + flightMsMax);

const rowsOf = async (connection: Connection, id: number): Promise<readonly Row[] | undefined> =>
  (await ask(connection, find(id))).results[0]?.rows;

describe('statements that a connection keeps prepared', () => {
  it('answer as they did with their text, with and without rows', async () => {
    await pool.use(async (connection) => {
      for (const id of [1, 2, 3, 4]) {
        const { results, error } = await ask(connection, insert(id), find(id));
        expect(error).toBeUndefined();
        expect(results).toEqual([
          { command: 'INSERT', rowCount: 1, rows: [] },
          { command: 'SELECT', rowCount: 1, rows: [{ id, name: 'one' }] },
        ]);
      }
      expect((await ask(connection, names)).results[0]?.rows).toHaveLength(2);
    });
  });

  it('are there again after an error in their flight', async () => {
    await pool.use(async (connection) => {
      for (const id of [10, 11]) await ask(connection, insert(id), find(id));
      const { results, error } = await ask(connection, find(10), insert(10), find(11));
      expect(results).toHaveLength(1);
      expect(error).toMatchObject({ code: '23505' });
      const after = await ask(connection, insert(12), find(12));
      expect(after.results.map(({ rowCount }) => rowCount)).toEqual([1, 1]);
      expect(await rowsOf(connection, 11)).toHaveLength(1);
    });
  });

  it('are prepared anew when the session has lost them', async () => {
    const superuserSql = statement('DEALLOCATE ALL');
    await pool.use(async (connection) => {
      for (const id of [20, 21, 22]) await ask(connection, insert(id));
      const lost = await ask(connection, superuserSql);
      expect(lost.error).toBeUndefined();
      const { error } = await ask(connection, insert(23));
      expect(faultOf(error, true)).toMatchObject({ kind: 'Conflict', over: 'schema' });
      expect((await ask(connection, insert(23))).error).toBeUndefined();
    });
  });

  it('are prepared anew after a change of their columns', async () => {
    const admin = await dsql.adminConnection();
    await pool.use(async (connection) => {
      for (let time = 0; time < 3; time += 1) await rowsOf(connection, 1);
      await admin.query('ALTER TABLE item ADD COLUMN note text');
      for (let time = 0; ; time += 1) {
        const { results, error } = await ask(connection, find(1));
        if (error === undefined) {
          expect(results[0]?.rows).toEqual([{ id: 1, name: 'one', note: null }]);
          break;
        }
        expect(time).toBeLessThan(2);
        expect(faultOf(error, false)).toMatchObject({ kind: 'Conflict', over: 'schema' });
      }
    });
  });
});
