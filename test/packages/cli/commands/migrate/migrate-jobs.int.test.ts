import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { type MigrateCommandLine, migrateCommandLine } from './migrate-support.ts';

/** Long enough that a statement which does not wait comes before its end. Milliseconds. */
const jobMs = 1_000;
const migrationMsMax = 120_000;

let dsql: TestDsql;
let antipode: MigrateCommandLine;

beforeAll(async () => {
  dsql = await testDsql(jobMs);
});
beforeEach(async () => {
  antipode = await migrateCommandLine(dsql);
});
afterEach(() => antipode.stop());
afterAll(() => dsql.stop());

/** Each needs what the one before it has begun to build. */
const statements = [
  'CREATE TABLE :"schema".a (id int PRIMARY KEY, name text, n int)',
  'CREATE UNIQUE INDEX ASYNC a_name ON :"schema".a (name)',
  'ALTER TABLE :"schema".a ADD CONSTRAINT named UNIQUE USING INDEX a_name',
  'ALTER TABLE :"schema".a ADD CONSTRAINT positive CHECK (n > 0) NOT VALID',
  'ALTER TABLE ASYNC :"schema".a VALIDATE CONSTRAINT positive',
  `INSERT INTO :"schema".a SELECT 1, 'a', 1 FROM pg_constraint
   WHERE conname = 'positive' AND convalidated AND conrelid = ':"schema".a'::regclass`,
];

const lines = (schema: string): string =>
  statements.map((statement) => `${statement.replaceAll(':"schema"', schema)};\n`).join('');

describe('antipode migrate up', () => {
  it.each<readonly [tool: string, file: string, (sql: string) => string]>([
    ['its own', '0001-a.sql', (sql) => sql],
    ['dbmate', '0001_a.sql', (sql) => `-- migrate:up\n${sql}\n-- migrate:down\nDROP TABLE a;\n`],
    ['goose', '0001_a.sql', (sql) => `-- +goose Up\n${sql}\n-- +goose Down\nDROP TABLE a;\n`],
    ['golang-migrate', '0001_a.up.sql', (sql) => sql],
  ])(
    'waits for what the next statement needs, in a file of %s',
    async (tool, file, write) => {
      const schema = `jobs_${tool.replace(/\W/g, '_')}`;
      antipode.write(file, write(lines(schema)));
      await antipode.runHere(`up --migrations . --schema ${schema}`);
      expect(await antipode.look(`SELECT id FROM ${schema}.a`)).toEqual([{ id: 1 }]);
      expect(
        await antipode.look(
          `SELECT DISTINCT status FROM sys.jobs WHERE object_name LIKE '${schema}.%'`,
        ),
      ).toEqual([{ status: 'completed' }]);
    },
    migrationMsMax,
  );
});

describe('antipode migrate plan', () => {
  it('says where somebody who runs the statements by hand has to wait', async () => {
    antipode.write('0001-a.sql', lines('planned'));
    const { lines: printed } = await antipode.run('plan --migrations . --schema planned');
    const wait = "-- then wait for its job, as migrate up does: CALL sys.wait_for_job('<job_id>');";
    const places = printed.flatMap((line, at) => (line === wait ? [printed[at - 1]] : []));
    expect(places).toEqual([
      'CREATE UNIQUE INDEX ASYNC a_name ON planned.a (name);',
      'ALTER TABLE ASYNC planned.a VALIDATE CONSTRAINT positive;',
    ]);
  });
});
