import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerSchema as schema } from '../../../src/adapters/ledger/index.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, poolOf } from '../../support/dsql-adapter.ts';
import { fillLedger } from '../../support/ledger/fill-ledger.ts';
import { runLedger } from '../../support/ledger/ledger-work.ts';
import { deployedMigrations } from '../../support/ledger/migrations.ts';
import { constructsOf, loadGrammar } from '../../support/statements/constructs.ts';
import { fillFrameworkTables, indexedAfterwards } from '../../support/statements/fill-tables.ts';
import { missingEvidence } from '../../support/statements/missing-evidence.ts';
import { plansOf, unplannable } from '../../support/statements/planned.ts';
import { indexesIn, unboundedScansOf } from '../../support/statements/plans.ts';
import { type RecordedStatement, recordStatements } from '../../support/statements/recorder.ts';
import { isFilledIn, sqlLiterals } from '../../support/statements/sql-literals.ts';

const sources = join(import.meta.dirname, '../../../src/adapters/ledger');

/** Tables that no traffic makes longer. */
const smallTables = {
  totals: 'a row for each of 16 shards, Region, kind and currency',
  migration: 'a row for each migration',
  migration_statement: 'a row for each statement of a migration',
  migration_lock: 'one row',
};

let dsql: TestDsql;
let superuser: pg.Client;
let sent: readonly RecordedStatement[];

beforeAll(async () => {
  await loadGrammar();
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  const recorder = recordStatements();
  const pool = poolOf(dsql, { open: recorder.open });
  await migrate(pool, schema, deployedMigrations);
  await runLedger(pool);
  await pool.close();
  sent = recorder.sent();
  const records = { pending: 1_000, dead: 0, published: 50_000, expired: 0, inForce: 100_000 };
  const filled = ['transactions', 'accounts', 'outbox', 'idempotency', 'inbox'];
  await indexedAfterwards(superuser, schema, filled, async () => {
    await fillLedger(superuser, 200_000);
    await fillFrameworkTables(superuser, schema, 'us-east-1', records);
  });
}, 120_000);

afterAll(() => dsql.stop());

const plans = async (statements: readonly RecordedStatement[]) =>
  plansOf(superuser, statements, {
    indexes: await indexesIn(superuser, schema),
    smallTables,
  });

describe('the statements of the ledger', () => {
  it('are all sent by the work that this test has done', () => {
    const unsent = sqlLiterals(sources).filter(
      (one) => !sent.some(({ sql }) => isFilledIn(one, sql)),
    );
    expect(unsent).toEqual([]);
  });

  it('use what a document, a recording or code of AWS shows that Aurora DSQL takes, and nothing else', () => {
    expect(missingEvidence(sent)).toEqual([]);
  });

  it('read no more because the ledger is long', async () => {
    const planned = sent.filter((one) => !unplannable(constructsOf(one)));
    expect(planned.length).toBeGreaterThan(15);
    expect(await plans(planned)).toEqual([]);
  });

  it('are few enough to be kept prepared on one connection', () => {
    expect(sent.filter((one) => !unplannable(constructsOf(one))).length).toBeLessThan(60);
  });

  it('would be refused here with a page that sorts the whole ledger', async () => {
    const sql = `SELECT * FROM ${schema}.transactions ORDER BY recorded_at DESC, id DESC LIMIT 10`;
    const subject = { indexes: await indexesIn(superuser, schema), smallTables };
    expect(await unboundedScansOf(superuser, { sql, parameters: [] }, subject)).not.toEqual([]);
  });
});
