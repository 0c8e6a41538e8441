import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql({ limits: { transactionMsMax: 1500 } });
});

afterAll(() => dsql.stop());

it.each(['SELECT pg_sleep(10)', 'BEGIN; SELECT pg_sleep(10)'])(
  'a statement that outlives its transaction is told the limit that was set: %s',
  async (sql) => {
    await expect(dsql.withClient((client) => client.query(sql))).rejects.toMatchObject({
      code: '54000',
      message: 'transaction age limit of 1.5s exceeded',
    });
  },
);
