import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childEnvironment } from '../../../support/child-environment.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { adminOptions } from '../../../support/dsql-adapter.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const programs = join(root, 'node_modules', '.bin');

/**
 * The adapter as one file of JavaScript, as a package brings it: the command takes seconds to read
 * the sources.
 */
const adapter = './adapter.mjs';

/** So long a migrator that was killed keeps the others waiting. */
const migrationLeaseMs = 3_000;

/** The command starts in a second or two; more on a loaded machine, and two wait for each other. */
const timeoutMs = 120_000;

type Project = { readonly folder: string; readonly schema: string; readonly marker: string };
type Outcome = { readonly code: number | null; readonly output: string };

let dsql: TestDsql;
let adapterCode: string;
const folders: string[] = [];

const startDatabase = async (): Promise<void> => {
  dsql = await testDsql();
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src', 'adapters', 'dsql', 'index.ts')],
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', write: false },
  });
  adapterCode = outputFiles?.[0]?.text ?? '';
};

const stopDatabase = async (): Promise<void> => {
  for (const folder of folders) rmSync(folder, { recursive: true });
  await dsql.stop();
};

const configOf = (schema: string): string => {
  const options = { ...adminOptions(dsql), migrationLeaseMs };
  return `import { defineConfig } from 'kysely-ctl';
    import { DsqlDialect } from '${adapter}';
    export default defineConfig({
      dialect: new DsqlDialect(${JSON.stringify(options)}),
      migrations: { migrationFolder: 'migrations', migrationTableSchema: '${schema}' },
    });`;
};

/** As somebody would write them, but the second one may be made to wait: it is killed there. */
const migrationsOf = (schema: string, marker: string): Readonly<Record<string, string>> => ({
  '01_orders': `export const up = async (db) => {
      await db.schema.createTable('${schema}.orders').ifNotExists()
        .addColumn('id', 'uuid', (column) => column.primaryKey())
        .addColumn('customer', 'text', (column) => column.notNull()).execute();
    };`,
  '02_lines': `import { existsSync, writeFileSync } from 'node:fs';
    import { setTimeout as delay } from 'node:timers/promises';
    export const up = async (db) => {
      await db.schema.createTable('${schema}.lines').ifNotExists()
        .addColumn('id', 'uuid', (column) => column.primaryKey())
        .addColumn('amount', 'bigint', (column) => column.notNull()).execute();
      if (!existsSync('${marker}.wait')) return;
      writeFileSync('${marker}', '');
      await delay(600_000);
    };`,
  '03_customer': `import { sql } from 'kysely';
    import { createIndexAsync } from '.${adapter}';
    export const up = async (db) => {
      await createIndexAsync(db, db.schema.createIndex('orders_by_customer').unique().ifNotExists()
        .on('${schema}.orders').column('customer'));
    };
    export const down = async (db) => {
      await sql\`DROP INDEX ${schema}.orders_by_customer\`.execute(db);
    };`,
});

const createProject = (schema: string): Project => {
  const folder = mkdtempSync(join(tmpdir(), 'kysely-ctl-'));
  folders.push(folder);
  const marker = join(folder, 'half-way');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'migrations'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, adapter), adapterCode);
  writeFileSync(join(folder, 'kysely.config.ts'), configOf(schema));
  for (const [name, text] of Object.entries(migrationsOf(schema, marker))) {
    writeFileSync(join(folder, 'migrations', `${name}.ts`), text);
  }
  return { folder, schema, marker };
};

/** Runs the real command in the project. */
const kysely = ({ folder }: Project, ...args: readonly string[]) => {
  const child = spawn(join(programs, 'kysely'), [...args, '--no-outdated-check'], {
    cwd: folder,
    env: {
      ...childEnvironment(),
      PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`,
      ...{ CI: '1', NO_COLOR: '1' },
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      output += String(bytes);
    });
  }
  const ended = new Promise<Outcome>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  return { child, ended };
};

const tablesOf = async (schema: string) => {
  const client = await dsql.adminConnection();
  const rowsOf = async (text: string) => (await client.query(text, [schema])).rows;
  return {
    tables: await rowsOf(`SELECT c.relname AS name FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname !~ '^kysely_' ORDER BY 1`),
    index: await rowsOf(`SELECT i.indisvalid AS valid, i.indisunique AS unique FROM pg_index AS i
      JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = 'orders_by_customer'`),
    applied: (await client.query(`SELECT name FROM ${schema}.kysely_migration ORDER BY name`)).rows,
  };
};

const whole = {
  tables: [{ name: 'lines' }, { name: 'orders' }],
  index: [{ valid: true, unique: true }],
  applied: [{ name: '01_orders' }, { name: '02_lines' }, { name: '03_customer' }],
};

/** The command on one schema, by itself. */
export const describeOneCommand = (): void => {
  describe('kysely migrate:latest', { timeout: timeoutMs }, () => {
    beforeAll(startDatabase);
    afterAll(stopDatabase);

    it('builds the schema, and finds nothing to do the second time', async () => {
      const project = createProject('ctl_once');
      const first = await kysely(project, 'migrate:latest').ended;
      expect(first, first.output).toMatchObject({ code: 0 });
      expect(first.output).toContain('Ran 3 migrations');
      expect(await tablesOf('ctl_once')).toEqual(whole);
      const second = await kysely(project, 'migrate:latest').ended;
      expect(second).toMatchObject({ code: 0 });
      expect(second.output).toContain('no new migrations');
      const down = await kysely(project, 'migrate:down').ended;
      expect(down, down.output).toMatchObject({ code: 0 });
      expect((await tablesOf('ctl_once')).index).toEqual([]);
    });
  });
};

/** The command beside another one, and after one that was killed. */
export const describeSeveralCommands = (): void => {
  describe('kysely migrate:latest', { timeout: timeoutMs }, () => {
    beforeAll(startDatabase);
    afterAll(stopDatabase);

    it('started twice at once ends well twice, and applies each migration once', async () => {
      const project = createProject('ctl_twice');
      const both = [kysely(project, 'migrate:latest'), kysely(project, 'migrate:latest')];
      const outcomes = await Promise.all(both.map(({ ended }) => ended));
      for (const { code, output } of outcomes) expect(code, output).toBe(0);
      const outputs = outcomes.map(({ output }) => output).join('');
      expect(outputs.match(/Ran 3 migrations/g)).toHaveLength(1);
      expect(outputs.match(/no new migrations/g)).toHaveLength(1);
      expect(await tablesOf('ctl_twice')).toEqual(whole);
    });

    it('killed half-way is finished by the next one, when the lease has ended', async () => {
      const project = createProject('ctl_killed');
      writeFileSync(`${project.marker}.wait`, '');
      const killed = kysely(project, 'migrate:latest');
      while (!existsSync(project.marker)) {
        expect(killed.child.exitCode).toBeNull();
        await delay(50);
      }
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toMatchObject({ code: null });
      const halfWay = await tablesOf('ctl_killed');
      expect(halfWay).toMatchObject({ index: [], applied: [{ name: '01_orders' }] });
      rmSync(`${project.marker}.wait`);
      const next = await kysely(project, 'migrate:latest').ended;
      expect(next, next.output).toMatchObject({ code: 0 });
      expect(next.output).toContain('Ran 2 migrations');
      expect(await tablesOf('ctl_killed')).toEqual(whole);
    });
  });
};
