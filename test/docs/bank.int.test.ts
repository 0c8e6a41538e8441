import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBank } from '../../docs/examples/bank.ts';
import { InvalidInput } from '../../src/domain/kernel/index.ts';
import { type TestDsql, testDsql } from '../support/dsql.ts';
import { adminOptions } from '../support/dsql-adapter.ts';

let dsql: TestDsql;
let bank: ReturnType<typeof openBank>;

beforeAll(async () => {
  dsql = await testDsql();
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE accounts (id text PRIMARY KEY, cents int NOT NULL)');
  await admin.query("INSERT INTO accounts VALUES ('ada', 1000)");
  bank = openBank(adminOptions(dsql));
});

afterAll(async () => {
  await bank.close();
  await dsql.stop();
});

describe('the bank of the documents', () => {
  it('pays each of many withdrawals at once, and no more than there is', async () => {
    const paid = await Promise.allSettled(
      Array.from({ length: 12 }, () => bank.withdraw('ada', 100)),
    );
    const refused = paid.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const one of refused) expect(one).toHaveProperty('reason', expect.any(InvalidInput));
    expect(await bank.accounts()).toEqual([{ id: 'ada', cents: 0 }]);
  });
});
