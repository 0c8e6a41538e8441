import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionPool } from '../../../src/adapters/dsql/index.ts';
import { ledgerSchema } from '../../../src/adapters/ledger/index.ts';
import { createMemoryEventPublisher } from '../../../src/adapters/memory/index.ts';
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
const region = 'us-east-1';

beforeAll(async () => {
  dsql = await testDsql();
  const admin = poolOf(dsql);
  await migrate(admin, ledgerSchema, deployedMigrations);
  await admin.close();
  wire = await countFlights(dsql.port);
  const at = { ...dsql, port: wire.port, endpoint: `localhost:${wire.port}` };
  connections = poolOf(dsql, { at });
  ({ ask } = ledgerOn(connections, { region, publisher: noPublisher }));
  for (const account_id of ['from', 'to']) {
    await ask({ operation: 'write', account_id, amount: '100.00' });
  }
});

afterEach(() => wire.release());

afterAll(async () => {
  await connections.close();
  await wire.stop();
  await dsql.stop();
});

const flightsOf = async (payload: unknown): Promise<number> => {
  wire.reset();
  const { status } = await ask(payload);
  expect(status).toBe(200);
  return wire.flights();
};

const transfer = (transaction_id: string) => ({
  operation: 'transfer',
  transaction_id,
  from_account: 'from',
  to_account: 'to',
  amount: '1.00',
});

describe('network flights of a command', () => {
  it('is one for a write without reads', async () => {
    expect(await flightsOf({ operation: 'write', amount: 1 })).toBe(1);
  });

  it('is two for a transfer, which reads both accounts', async () => {
    expect(await flightsOf(transfer('first'))).toBe(2);
  });

  it.each([
    ['a write', { operation: 'write', transaction_id: 'replayed', amount: 1 }],
    ['a transfer', transfer('replayed-transfer')],
  ])(
    'is one for the replay of %s: nobody waits for the end of its transaction',
    async (_, command) => {
      await ask(command);
      wire.holdAfter(1);
      const { status, headers } = await ask(command);
      expect({ status, headers }).toEqual({
        status: 200,
        headers: { 'idempotent-replayed': 'true' },
      });
    },
  );

  it('is one for a question', async () => {
    expect(await flightsOf({ operation: 'balance', account_id: 'from' })).toBe(1);
    expect(await flightsOf({ operation: 'list' })).toBe(1);
  });

  it('is not increased by the mark that an event is published', async () => {
    const publisher = createMemoryEventPublisher();
    const ledger = ledgerOn(connections, { region, publisher });
    const { pending } = await ledger.outbox.status();
    wire.holdAfter(1);
    const { status } = await ledger.ask({ operation: 'write', amount: 1 });
    expect(status).toBe(200);
    expect(publisher.published).toHaveLength(1);
    wire.release();
    await expect.poll(async () => (await ledger.outbox.status()).pending).toEqual(pending);
  });
});
