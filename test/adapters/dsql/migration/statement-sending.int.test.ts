import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadGrammar, refusalOf } from '../../../../packages/local-dsql/src/statements/index.ts';
import { serverErrorOf } from '../../../../src/adapters/dsql/connection/error-mapping.ts';
import {
  type ConnectionPool,
  type MigrationScript,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { checkMigrations } from '../../../../src/adapters/dsql/migration/migrator.ts';
import { InvalidInput } from '../../../../src/domain/kernel/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';

let dsql: TestDsql;
let connections: ConnectionPool;

beforeAll(async () => {
  await loadGrammar();
  dsql = await testDsql();
  connections = poolOf(dsql);
});
afterAll(async () => {
  await connections.close();
  await dsql.stop();
});

const texts = [
  'SELECT $1::text',
  'SELECT $2::text, $1::text, $2::text',
  'SELECT $3::text',
  'SELECT 1',
  'SELECT 1;',
  'SELECT 1;;',
  'SELECT 1; SELECT 2',
  "SELECT ';', $1::text",
  'SELECT $$;$1$$::text, $1::text',
  'SELECT $1::text -- $2',
  'SELECT /* $2; */ $1::text',
  String.raw`SELECT E'\';' || $1::text`,
  "SELECT E'a' -- ;\n ';$2', $1::text",
  "SELECT 'a",
  'SELECT "a',
  'SELECT $0::text',
  '(VALUES ($1::text), ($2::text))',
  'WITH x AS (SELECT $1::bytea AS b) SELECT b FROM x',
  'SELECT $1::int[]',
  'SELECT $1::jsonb, $2::numeric',
  'SELECT $1::timestamptz + $2::interval',
  'SELECT :1',
  "SELECT ''''",
  'SELECT 1 /* open',
  '',
  ' ; ',
  '-- remark',
];

/** No bytes: whether they fit is known by the column alone. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    'a',
    '',
    'a\0',
    '\ud800',
    '😀',
    1,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2n ** 70n,
    true,
    new Date(0),
    new Date(Number.NaN),
    new Date(8.64e15),
    [],
    [1, 2],
    [[1], [2]],
    ['a\0'],
    [undefined],
    { a: 1 },
    new Map([[1, 2]]),
    Symbol('a'),
    () => 1,
  ),
  fc.string({ maxLength: 3, unit: 'binary' }),
);

/** Errors that say that a statement could not be sent as it is, whatever is in the database. */
const unsendable: ReadonlySet<string> = new Set(['42601', '08P01', '22021', '42P02', '42P18']);

const passes = (script: MigrationScript): boolean => {
  try {
    const check = (sql: string) => refusalOf(sql)?.message;
    checkMigrations({ schema: 's', migrations: [script], check });
    return true;
  } catch (error) {
    if (error instanceof InvalidInput) return false;
    throw error;
  }
};

it('a plan passes only what can be sent', async () => {
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...texts),
      fc.array(value, { maxLength: 3 }),
      async (sql, parameters) => {
        const one = { sql, parameters, place: 'a' };
        if (!passes({ id: 'a', statements: [one] })) return;
        passed += 1;
        const deadline = Date.now() + 10_000;
        const { error } = await connections.use(async (connection) => {
          const flown = await connection.flight([statement('BEGIN'), one], deadline);
          await connection.flight([statement('ROLLBACK')], deadline);
          return flown;
        }, deadline);
        const code = error === undefined ? undefined : serverErrorOf(error)?.code;
        if (error !== undefined) expect(code, String(error)).toBeDefined();
        expect(unsendable.has(code ?? ''), `${code} of ${sql}`).toBe(false);
      },
    ),
    { numRuns: 1_500 },
  );
  expect(passed).toBeGreaterThan(100);
});
