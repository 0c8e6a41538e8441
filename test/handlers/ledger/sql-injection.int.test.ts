import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectionPool, query } from '../../../src/adapters/dsql/index.ts';
import { ledgerSchema } from '../../../src/adapters/ledger/index.ts';
import { InvalidInput } from '../../../src/domain/kernel/index.ts';
import { noPublisher } from '../../../src/handlers/runtime/index.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, poolOf } from '../../support/dsql-adapter.ts';
import { ledgerOn } from '../../support/ledger/api.ts';
import { deployedMigrations } from '../../support/ledger/migrations.ts';
import { sqlPayloads } from '../../support/ledger/sql-payloads.ts';

/** Payloads that are asked about at once. */
const together = 4;

describe('SQL in the values of a request', () => {
  let dsql: TestDsql;
  let connections: ConnectionPool;
  let ask: ReturnType<typeof ledgerOn>['ask'];

  beforeAll(async () => {
    dsql = await testDsql();
    const admin = poolOf(dsql);
    await migrate(admin, ledgerSchema, deployedMigrations);
    await admin.close();
    connections = poolOf(dsql);
    ({ ask } = ledgerOn(connections, { region: 'us-east-1', publisher: noPublisher }));
  });

  afterAll(async () => {
    await connections?.close();
    await dsql?.stop();
  });

  const countOf = async (condition = 'true'): Promise<number> => {
    const sql = `SELECT count(*)::int AS count FROM ${ledgerSchema}.transactions WHERE ${condition}`;
    const { rows } = await query(connections, { sql, parameters: [] }, { writes: false });
    return Number(rows[0]?.['count']);
  };

  /** The status of an answer; a request that is not valid is refused before it is sent. */
  const statusOf = async (question: unknown): Promise<number> => {
    try {
      return (await ask(question)).status;
    } catch (error) {
      if (error instanceof InvalidInput) return 400;
      throw error;
    }
  };

  const attack = async (payload: string, id: string): Promise<void> => {
    const written = await ask({
      ...{ operation: 'write', transaction_id: id, account_id: 'victim', amount: '1.00' },
      description: payload,
    });
    expect([payload, written.status]).toEqual([payload, 200]);
    const read = await ask({ operation: 'read', transaction_id: id });
    expect(read.body).toMatchObject({ description: payload });
    const questions = [
      { operation: 'read', transaction_id: payload },
      { operation: 'balance', account_id: payload },
      { operation: 'list', cursor: payload },
      { operation: payload },
    ];
    for (const question of questions) {
      const status = await statusOf(question);
      expect([question, status < 500]).toEqual([question, true]);
    }
  };

  it('is kept as it came and never run, in every field and in hundreds of forms', async () => {
    expect(sqlPayloads.length).toBeGreaterThan(400);
    for (let at = 0; at < sqlPayloads.length; at += together) {
      const some = sqlPayloads.slice(at, at + together);
      await Promise.all(some.map((payload, index) => attack(payload, `payload-${at + index}`)));
    }
    expect(await countOf()).toBe(sqlPayloads.length);
  });

  it('would be run in a statement that holds its values', async () => {
    const [first = ''] = sqlPayloads;
    expect(await countOf(`id = '${first}'`)).toBeGreaterThan(1);
  });
});
