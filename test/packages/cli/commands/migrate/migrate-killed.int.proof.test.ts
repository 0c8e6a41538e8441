import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { type MigrateCommandLine, migrateCommandLine } from './migrate-support.ts';

/** Processes start slowly on a machine that others use too. */
const processesMsMax = 240_000;

let dsql: TestDsql;
let antipode: MigrateCommandLine;

beforeAll(async () => {
  dsql = await testDsql();
  antipode = await migrateCommandLine(dsql);
});
afterAll(async () => {
  await antipode.stop();
  await dsql.stop();
});

/** Statements that fail, or have another effect, when they run twice. */
const writeMigrations = (): void => {
  antipode.write(
    '0001-items.sql',
    `-- What is sold.
CREATE TABLE :"schema".items (id uuid PRIMARY KEY, n int NOT NULL, gone text);
CREATE UNIQUE INDEX ASYNC items_n ON :"schema".items (n);
INSERT INTO :"schema".items (id, n) SELECT gen_random_uuid(), coalesce(max(n), 0) + 1 FROM :"schema".items;
`,
  );
  antipode.write(
    '0002-times.mjs',
    `import { sql } from 'kysely';
export const up = async (db) => {
  await sql\`alter table :"schema".items add column at timestamptz\`.execute(db);
  await sql\`alter table :"schema".items rename column at to seen_at\`.execute(db);
  await sql\`update :"schema".items set n = n + 1\`.execute(db);
};
`.replace(
      "import { sql } from 'kysely';",
      `import { sql } from ${JSON.stringify(import.meta.resolve('kysely'))};`,
    ),
  );
  antipode.write(
    '0003-rest.sql',
    `ALTER TABLE :"schema".items DROP COLUMN gone;
ALTER TABLE :"schema".items ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
ALTER TABLE ASYNC :"schema".items VALIDATE CONSTRAINT positive;
CREATE VIEW :"schema".seen AS SELECT id, seen_at FROM :"schema".items;
`,
  );
};
const statementsInAll = 10;
const statementLine = /\d s {2}(0\d{3}-\S+?(?::\d+|, statement \d+))$/;

const outcome = async (schema: string) => ({
  columns: await antipode.look(
    `SELECT table_name, column_name, data_type FROM information_schema.columns
      WHERE table_schema = '${schema}' ORDER BY 1, ordinal_position`,
  ),
  indexes: await antipode.look(
    `SELECT c.relname, i.indisvalid FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE c.relnamespace = '${schema}'::regnamespace ORDER BY 1`,
  ),
  constraints: await antipode.look(
    `SELECT conname, convalidated FROM pg_constraint WHERE connamespace = '${schema}'::regnamespace ORDER BY 1`,
  ),
  data: await antipode.look(`SELECT n FROM ${schema}.items`),
  statements: await antipode.look(
    `SELECT migration, statement_index, checksum, finished_at IS NOT NULL AS finished
      FROM ${schema}.migration_statement ORDER BY 1, 2`,
  ),
  applied: await antipode.look(`SELECT id FROM ${schema}.migration ORDER BY 1`),
  lock: await antipode.look(`SELECT * FROM ${schema}.migration_lock`),
});

/** As time does; a killed run has left its lease behind. */
const endLease = (schema: string) =>
  antipode.look(`UPDATE ${schema}.migration_lock SET lease_until = now()`);

const up = (schema: string) => `up --migrations . --schema ${schema}`;

it(
  'antipode migrate comes to the same end however often it is killed half-way, and when it is started twice at once',
  async () => {
    writeMigrations();
    expect(await antipode.run(up('calm'))).toMatchObject({ code: 0, errors: [] });
    const undisturbed = await outcome('calm');
    expect(undisturbed.data).toEqual([{ n: 2 }]);
    expect(undisturbed.statements).toHaveLength(statementsInAll);
    expect(undisturbed.lock).toEqual([]);

    let kills = 0;
    for (let code: number | null = null; code !== 0; ) {
      let statements = 0;
      const running = antipode.start(up('killed'), (line, child) => {
        if (!statementLine.test(line)) return;
        statements += 1;
        // At the second of each run: the first may be that of the run before.
        if (statements === 2) setTimeout(() => child.kill('SIGKILL'), kills * 3);
      });
      const ended = await running.ended;
      code = ended.code;
      expect([0, null]).toContain(code);
      if (code === null) kills += 1;
      expect(kills).toBeLessThan(2 * statementsInAll);
      await endLease('killed');
    }
    expect(kills).toBeGreaterThan(2);
    expect(await outcome('killed')).toEqual(undisturbed);

    const both = await Promise.all([antipode.run(up('twin')), antipode.run(up('twin'))]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const ran = both.flatMap(({ lines }) =>
      lines.flatMap((line) => statementLine.exec(line)?.[1] ?? []),
    );
    expect(ran).toHaveLength(statementsInAll);
    expect(new Set(ran).size).toBe(statementsInAll);
    expect(await outcome('twin')).toEqual(undisturbed);
  },
  processesMsMax,
);
