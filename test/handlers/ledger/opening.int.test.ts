import { afterAll, beforeAll, expect, it } from 'vitest';
import { ledgerSchema } from '../../../src/adapters/ledger/index.ts';
import { noPublisher } from '../../../src/handlers/runtime/index.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, poolOf } from '../../support/dsql-adapter.ts';
import { ledgerOn } from '../../support/ledger/api.ts';
import { deployedMigrations } from '../../support/ledger/migrations.ts';

let dsql: TestDsql;

beforeAll(async () => {
  dsql = await testDsql();
  const admin = poolOf(dsql);
  await migrate(admin, ledgerSchema, deployedMigrations);
  await admin.close();
});

afterAll(() => dsql.stop());

it('opens an account once when eight deposits meet, and counts them all', async () => {
  const pools = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  const services = pools.map((pool) =>
    ledgerOn(pool, { region: 'us-east-1', publisher: noPublisher }),
  );
  for (let round = 0; round < 10; round += 1) {
    const account_id = `account-${round}`;
    const answers = await Promise.all(
      services.map(({ ask }) => ask({ operation: 'write', account_id, amount: '1.00' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(services.map(() => 200));
    const balance = await services[0]?.ask({ operation: 'balance', account_id });
    expect(balance?.body.balance).toBe('8.00');
  }
  await Promise.all(pools.map((pool) => pool.close()));
});
