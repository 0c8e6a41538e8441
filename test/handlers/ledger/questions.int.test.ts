import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionPool } from '../../../src/adapters/dsql/index.ts';
import { ledgerSchema } from '../../../src/adapters/ledger/index.ts';
import { noPublisher } from '../../../src/handlers/runtime/index.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, poolOf } from '../../support/dsql-adapter.ts';
import { countFlights, type FlightCounter } from '../../support/flight-counter.ts';
import { ledgerOn } from '../../support/ledger/api.ts';
import { deployedMigrations } from '../../support/ledger/migrations.ts';

let dsql: TestDsql;
let wire: FlightCounter;
let connections: ConnectionPool;
let ask: ReturnType<typeof ledgerOn>['ask'];

beforeAll(async () => {
  dsql = await testDsql();
  const admin = poolOf(dsql);
  await migrate(admin, ledgerSchema, deployedMigrations);
  await admin.close();
  wire = await countFlights(dsql.port);
  const at = { ...dsql, port: wire.port, endpoint: `localhost:${wire.port}` };
  connections = poolOf(dsql, { at });
  ({ ask } = ledgerOn(connections, { region: 'us-east-1', publisher: noPublisher }));
  await ask({ operation: 'write', transaction_id: 't', account_id: 'a', amount: '1.00' });
});

afterEach(() => wire.release());

afterAll(async () => {
  await connections.close();
  await wire.stop();
  await dsql.stop();
});

const questions = [
  { operation: 'read', transaction_id: 't' },
  { operation: 'read' },
  { operation: 'list' },
  { operation: 'balance', account_id: 'a' },
];

describe('a question', () => {
  it.each(questions)('is answered also when its connection is lost: %j', async (question) => {
    for (const when of ['request', 'answer'] as const) {
      await connections.warmUp();
      wire.cutNext(when);
      expect(await ask(question)).toMatchObject({ status: 200 });
    }
  });

  it.each(questions)('ends with the time of its invocation: %j', async (question) => {
    await connections.warmUp();
    wire.holdAfter(0);
    const startedAt = Date.now();
    const asked = ask(question, 300);
    await expect(asked).rejects.toMatchObject({ kind: 'Unavailable', retryable: true });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
  });
});
