import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { counterSchema as schema } from '../../support/counter.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { constructsOf, loadGrammar } from '../../support/statements/constructs.ts';
import { fillFrameworkTables, indexedAfterwards } from '../../support/statements/fill-tables.ts';
import { frameworkStatements } from '../../support/statements/framework-work.ts';
import { missingEvidence } from '../../support/statements/missing-evidence.ts';
import { plansOf, unplannable } from '../../support/statements/planned.ts';
import { indexesIn, type PlanSubject, unboundedScansOf } from '../../support/statements/plans.ts';
import type { RecordedStatement } from '../../support/statements/recorder.ts';
import { isFilledIn, sqlLiterals } from '../../support/statements/sql-literals.ts';

const sources = join(import.meta.dirname, '../../../src/adapters/dsql');

/** Tables that no traffic makes longer. */
const smallTables = {
  outbox_lane: 'a row for each part of the outbox and each Region',
  migration: 'a row for each migration',
  migration_statement: 'a row for each statement of a migration',
  migration_lock: 'one row',
  kysely_migration: 'a row for each migration',
  kysely_migration_lock: 'one row',
  kysely_migration_lock_lease: 'one row',
};

let dsql: TestDsql;
let superuser: pg.Client;
let sent: readonly RecordedStatement[];
let subject: PlanSubject;

beforeAll(async () => {
  await loadGrammar();
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  sent = await frameworkStatements(dsql);
  // Two Regions, each with a backlog; most rows are of kinds that a statement does not look for.
  const many = {
    pending: 30_000,
    dead: 10_000,
    published: 60_000,
    expired: 110_000,
    inForce: 110_000,
  };
  await indexedAfterwards(superuser, schema, ['outbox', 'idempotency', 'inbox'], async () => {
    await fillFrameworkTables(superuser, schema, 'us-east-1', many);
    await fillFrameworkTables(superuser, schema, 'us-west-2', many);
  });
  subject = { indexes: await indexesIn(superuser, schema), smallTables };
}, 120_000);

afterAll(() => dsql.stop());

const planted = (sql: string, ...parameters: readonly unknown[]): RecordedStatement => ({
  sql,
  parameters,
  part: 'planted',
});

describe('the statements of the framework', () => {
  it('are all sent by the work that this test has done', () => {
    const literals = sqlLiterals(sources);
    expect(literals.length).toBeGreaterThan(50);
    const unsent = literals.filter((one) => !sent.some(({ sql }) => isFilledIn(one, sql)));
    expect(unsent).toEqual([]);
  });

  it('use what a document, a recording or code of AWS shows that Aurora DSQL takes, and nothing else', () => {
    expect(missingEvidence(sent)).toEqual([]);
  });

  it.each([
    ['several arrays', 'SELECT * FROM unnest($1::smallint[], $2::uuid[])', 'function unnest'],
    ['an array', 'SELECT 1 FROM t WHERE a = ANY ($1)', 'operator = OP_ANY'],
    ['a comparison of rows', 'SELECT 1 FROM t WHERE (a, b) < ($1, $2)', 'comparison of rows'],
    ['rows in a list', 'DELETE FROM t WHERE (a, b) IN (SELECT a, b FROM t)', 'comparison of rows'],
    ['a lateral join', 'SELECT 1 FROM t CROSS JOIN LATERAL (SELECT t.a) AS x', 'LATERAL'],
    ['a function as a table', 'SELECT * FROM generate_series(0, 15)', 'function in FROM'],
    ['an aggregate with FILTER', 'SELECT count(*) FILTER (WHERE a) FROM t', 'agg_filter'],
    ['a part of a time', 'SELECT extract(epoch FROM now())', 'pg_catalog.extract'],
    ['infinity', "UPDATE t SET a = 'infinity'", 'constant infinity'],
    ['a cast to regclass', "SELECT 'pg_class'::regclass", 'cast to regclass'],
    ['a privilege function', "SELECT has_schema_privilege('a', 'USAGE')", 'has_schema_privilege'],
    ['a lock that skips', 'SELECT a FROM t FOR UPDATE SKIP LOCKED', 'LockingClause'],
    ['two modes of BEGIN', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', 'READ READ ONLY'],
    ['a catalog of another kind', 'SELECT 1 FROM pg_stat_activity', 'pg_stat_activity'],
    ['WITH', 'WITH a AS (SELECT 1) SELECT * FROM a', 'WithClause'],
    ['a sequence', 'CREATE SEQUENCE s CACHE 1', 'CreateSeqStmt'],
    ['rows in a tie', 'SELECT a FROM t ORDER BY a FETCH FIRST 5 ROWS WITH TIES', 'WITH_TIES'],
    ['a limit that is computed', 'SELECT a FROM t LIMIT (SELECT 1)', 'LIMIT SubLink'],
    [
      'a conflict by name',
      'INSERT INTO t VALUES (1) ON CONFLICT ON CONSTRAINT x DO NOTHING',
      'ON CONSTRAINT',
    ],
    [
      'OVERRIDING',
      'INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1)',
      'OVERRIDING_SYSTEM_VALUE',
    ],
    ['a table alone', 'SELECT a FROM ONLY t', 'ONLY'],
    ['a temporary table', 'CREATE TEMP TABLE t (a int)', 'temporary'],
    ['a column with a collation', 'CREATE TABLE t (a text COLLATE "C")', 'COLLATE'],
    ['an added column with NOT NULL', 'ALTER TABLE t ADD COLUMN a int NOT NULL', 'an added column'],
    ['a column that is dropped', 'ALTER TABLE t DROP COLUMN a', 'AT_DropColumn'],
    ['a changed type', 'ALTER TABLE t ALTER COLUMN a TYPE int', 'AT_AlterColumnType'],
    ['a constraint', 'ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0)', 'AT_AddConstraint'],
    ['an index of another kind', 'CREATE INDEX ASYNC a ON t USING hash (a)', 'index by hash'],
    ['all privileges', 'GRANT ALL ON TABLE t TO r', 'ALL PRIVILEGES'],
    ['a privilege to hand on', 'GRANT SELECT ON t TO r WITH GRANT OPTION', 'grant_option'],
    ['a privilege taken back', 'REVOKE SELECT ON t FROM r', 'REVOKE'],
    ['CASCADE', 'DROP INDEX i CASCADE', 'DROP_CASCADE'],
    ['a column of the storage', 'SELECT ctid FROM t', 'system column ctid'],
    ['two statements in one text', 'SELECT 1; SELECT 2', 'several statements'],
  ])('would be refused here with %s', (_what, sql, construct) => {
    expect(missingEvidence([planted(sql)]).join('\n')).toContain(construct);
  });

  it('would be refused here with a parameter that only its value shows', () => {
    const values = ['infinity', ['a']];
    const missing = missingEvidence([planted('SELECT 1 FROM t WHERE a = $1 OR a = $2', ...values)]);
    expect(missing.join('\n')).toMatch(/constant infinity[\s\S]*parameter that is an array/);
  });

  it('read no more because a table or a backlog is long', async () => {
    const planned = sent.filter((one) => !unplannable(constructsOf(one)));
    expect(planned.length).toBeGreaterThan(60);
    expect(await plansOf(superuser, planned, subject)).toEqual([]);
  });

  it.each([
    ['a scan of a table', `SELECT count(*) FROM ${schema}.outbox`],
    [
      'a sort of all that is due',
      `SELECT id FROM ${schema}.outbox WHERE due_at <= now() AND published_at IS NULL ORDER BY due_at LIMIT 100`,
    ],
    [
      'a claim of several parts at once',
      `UPDATE ${schema}.outbox SET attempts = 0 WHERE id IN (SELECT id FROM ${schema}.outbox
        WHERE shard IN (1, 2) AND published_at IS NULL AND dead_at IS NULL AND due_at <= now()
        ORDER BY due_at LIMIT 100)`,
    ],
    [
      'an index that is read past rows that do not count',
      `SELECT id FROM ${schema}.outbox WHERE shard = 1 AND origin_region = 'a' AND published_at IS NULL
        AND dead_at IS NULL AND attempts = 7 ORDER BY due_at LIMIT 1`,
    ],
    [
      'an index that is read from one end of several ranges',
      `SELECT id FROM ${schema}.outbox WHERE shard = 1 AND due_at <= now() AND published_at IS NULL
        AND dead_at IS NULL LIMIT 10`,
    ],
    ['an aggregate over a limitless index', `SELECT count(*) FROM ${schema}.inbox WHERE shard = 1`],
    [
      'a join with a whole table',
      `DELETE FROM ${schema}.inbox AS a USING ${schema}.idempotency AS b WHERE a.event_id = b.key`,
    ],
  ])('would be refused here with %s', async (_what, sql) => {
    expect(await unboundedScansOf(superuser, planted(sql), subject)).not.toEqual([]);
  });
});
