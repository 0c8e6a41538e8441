import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { frameworkMigrations } from '../../../../../src/adapters/dsql/index.ts';
import { counterSchema, counterWork, dsqlCounters, setTo } from '../../../../support/counter.ts';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { poolOf, unitOfWorkOn } from '../../../../support/dsql-adapter.ts';
import { type MigrateCommandLine, migrateCommandLine } from './migrate-support.ts';

/** Processes start slowly on a machine that others use too. */
const processesMsMax = 240_000;

let dsql: TestDsql;
let antipode: MigrateCommandLine;

beforeAll(async () => {
  dsql = await testDsql();
});
beforeEach(async () => {
  antipode = await migrateCommandLine(dsql);
});
afterEach(() => antipode.stop());
afterAll(() => dsql.stop());

const up = (schema: string) => `up --migrations . --schema ${schema}`;

describe('antipode migrate', () => {
  it(
    'names every statement that would be refused, with its file and line, and sends none',
    async () => {
      antipode.write('0001-fine.sql', 'CREATE TABLE public.fine (id uuid PRIMARY KEY);');
      antipode.write(
        '0002-wrong.sql',
        `CREATE TABLE public.a (id serial);

CREATE INDEX a_id ON public.a (id); TRUNCATE
  public.a;
CREATE TABEL public.b (id int);
AWS IAM GRANT a TO :'role_arn';
COMMIT;
`,
      );
      const expected = [
        'antipode: 0002-wrong.sql:1: type "serial" does not exist',
        'antipode: 0002-wrong.sql:3: unsupported mode. please use CREATE INDEX ASYNC.',
        'antipode: 0002-wrong.sql:3: unsupported statement: Truncate',
        'antipode: 0002-wrong.sql:5: syntax error at or near "TABEL"',
        'antipode: 0002-wrong.sql:6: the variable role_arn has no value: give --set role_arn=VALUE, or set ROLE_ARN',
        'antipode: 0002-wrong.sql:7: each statement of a migration commits by itself: remove this one',
      ];
      for (const command of ['plan', 'up']) {
        const { code, errors } = await antipode.run(`${command} --migrations . --schema refused`);
        expect({ code, errors }).toEqual({ code: 1, errors: expected });
      }
      const left = await antipode.look(
        `SELECT relname FROM pg_class WHERE relname IN ('fine', 'a', 'b')
          UNION SELECT nspname FROM pg_namespace WHERE nspname = 'refused'`,
      );
      expect(left).toEqual([]);
    },
    processesMsMax,
  );

  it('checks all migrations without an endpoint, and without credentials', async () => {
    antipode.write('0001-fine.sql', 'BEGIN;\nCREATE TABLE fine (id uuid PRIMARY KEY);\nCOMMIT;');
    antipode.write('0002-wrong.sql', "TRUNCATE fine;\nSELECT set_config('role', 'a', false);");
    const environment = { DSQL_ENDPOINT: '', AWS_ACCESS_KEY_ID: '', AWS_REGION: '', DSQL_CA: '' };
    const { code, errors } = await antipode.run('plan --migrations .', environment);
    expect({ code, errors }).toEqual({
      code: 1,
      errors: [
        'antipode: 0002-wrong.sql:1: unsupported statement: Truncate',
        'antipode: 0002-wrong.sql:2: a setting does not outlive its statement: remove it, and name the schema in the others',
      ],
    });
    antipode.write('0002-wrong.sql', 'DELETE FROM fine');
    expect(await antipode.runHere('plan --migrations .', environment)).toMatchObject({
      code: 0,
      lines: [
        '-- 0001-fine.sql:2',
        'CREATE TABLE fine (id uuid PRIMARY KEY);',
        '',
        '-- 0002-wrong.sql:1',
        'DELETE FROM fine;',
        '',
        '-- 2 migrations, 2 statements',
      ],
    });
  });

  it(
    'makes roles, grants and IAM mappings, with values that the migrations do not know',
    async () => {
      antipode.write(
        '0001-shop.sql',
        `CREATE TABLE :"schema".goods (id text PRIMARY KEY);
CREATE ROLE :"shop_role" WITH LOGIN;
GRANT USAGE ON SCHEMA :"schema" TO :"shop_role";
GRANT SELECT ON :"schema".goods TO :"shop_role";
AWS IAM GRANT :"shop_role" TO :'role_arn';
`,
      );
      const args = 'up --migrations . --schema shop --set shop_role=shop-keeper';
      const ended = await antipode.run(args, { ROLE_ARN: dsql.principalArn });
      expect(ended).toMatchObject({ code: 0, errors: [] });
      const keeper = await dsql.connectionAs('shop-keeper');
      expect((await keeper.query('SELECT id FROM shop.goods')).rows).toEqual([]);
      await expect(keeper.query('DROP TABLE shop.goods')).rejects.toThrow(/must be owner/);
      await expect(keeper.query('SELECT * FROM shop.migration_statement')).rejects.toThrow(
        /permission denied/,
      );
      const misspelt = await antipode.run(`${args} --set role_am=x`);
      expect(misspelt).toMatchObject({
        code: 2,
        errors: [`antipode: --set role_am: no migration uses :'role_am'`],
      });
    },
    processesMsMax,
  );

  it(
    'gives a service of SQL files the tables of the framework, and its role the right to all of them',
    async () => {
      antipode.write(
        '0001-counters.sql',
        'CREATE TABLE :"schema".counters (name text PRIMARY KEY, value bigint NOT NULL);',
      );
      const args = `--migrations . --framework ${counterSchema}`;
      const plan = await antipode.runHere(`plan ${args}`);
      expect(plan.lines).toContain('-- antipode-0003-outbox');
      const arn = dsql.principalArn;
      const granted = await antipode.runHere(
        `up ${args} --grant-role counter-app --iam-role ${arn}`,
      );
      expect(granted).toMatchObject({ code: 0, errors: [] });
      expect(granted.lines.at(-1)).toBe('counter-app may read and write what is in counting');
      const status = await antipode.runHere(`status ${args}`);
      const files = frameworkMigrations(counterSchema).length + 1;
      expect(status.lines.at(-1)).toBe(`${files} applied, 0 to apply`);

      const connections = poolOf(dsql, { user: 'counter-app' });
      const { unitOfWork, outbox } = unitOfWorkOn(connections, dsqlCounters, counterSchema);
      const outcome = await unitOfWork.execute(counterWork(setTo('a', 7)));
      expect(outcome).toMatchObject({ status: 'committed', result: { value: 7 } });
      expect(await outbox.status()).toMatchObject({ pending: { count: 1 } });
      await connections.close();
      const app = await dsql.connectionAs('counter-app');
      await expect(app.query('SELECT * FROM counting.migration')).rejects.toThrow(
        /permission denied/,
      );
    },
    processesMsMax,
  );

  it(
    'makes the schema of the framework where the journal is kept in another one',
    async () => {
      antipode.write('0001-a.sql', 'CREATE TABLE apart.a (id text PRIMARY KEY);');
      const args = 'up --migrations . --framework apart --schema public --grant-role apart_app';
      await antipode.runHere(args);
      await antipode.runHere(args);
      const app = await dsql.connectionAs('admin');
      const { rows } = await app.query(
        `SELECT has_table_privilege('apart_app', 'apart.outbox', 'INSERT') AS may,
          has_table_privilege('apart_app', 'public.migration', 'SELECT') AS reads`,
      );
      expect(rows).toEqual([{ may: true, reads: false }]);
    },
    processesMsMax,
  );

  it('says in one line that a module has the tables of the framework already', async () => {
    antipode.write(
      'list.mjs',
      `export const list = [{ id: 'antipode-0001-idempotency', ddl: 'SELECT 1' }];`,
    );
    await expect(antipode.runHere('plan --migrations list.mjs --framework shop')).rejects.toThrow(
      /^--framework shop: list\.mjs has the framework's migrations already, leave it out$/,
    );
  });

  it(
    'migrates a declared service by what its module says',
    async () => {
      const migrations = [
        { id: 'declared-0001', ddl: 'CREATE TABLE declared.shows (id text PRIMARY KEY)' },
        { id: 'declared-0002', dml: "INSERT INTO declared.shows VALUES ('hamlet')" },
      ];
      const service = { name: 'box', source: 'shop.box', schema: 'declared', role: 'declared_app' };
      antipode.write(
        'service.mjs',
        `export const box = { ...${JSON.stringify(service)}, events: {}, consumers: {},
          catalogue: {}, migrations: async () => ${JSON.stringify(migrations)} };
        export const other = 1;`,
      );
      antipode.write('services.mjs', "export * from './service.mjs';\nexport const none = {};");
      const up = 'up --service services.mjs --grant-role declared_app';
      const { lines } = await antipode.runHere(up);
      expect(lines.at(-1)).toBe('declared_app may read and write what is in declared');
      await antipode.runHere(up);
      expect(await antipode.look('SELECT id FROM declared.shows')).toEqual([{ id: 'hamlet' }]);
      const plan = await antipode.runHere('plan --service services.mjs');
      expect(plan.lines).toEqual(['-- nothing to apply']);
      antipode.write('list.mjs', `export const list = ${JSON.stringify(migrations)};`);
      await expect(antipode.runHere('plan --service list.mjs')).rejects.toThrow(
        /^--service list\.mjs exports no service: export the one of defineService$/,
      );
      await expect(antipode.runHere('plan --service none.mjs')).rejects.toThrow(
        /^--service none\.mjs: there is no such file: give the module that exports the service$/,
      );
    },
    processesMsMax,
  );

  it('lets a role into the schemas of --framework and --schema, and into no other', async () => {
    antipode.write(
      '0001-a.sql',
      `CREATE TABLE :"schema".b (id text PRIMARY KEY);
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.c (id text PRIMARY KEY);
`,
    );
    const schemas = '--framework first --schema second --set schema=second';
    await antipode.runHere(`up --migrations . ${schemas} --grant-role two_app`);
    const may = (table: string) => `has_table_privilege('two_app', '${table}', 'INSERT')`;
    const tables = ['first.outbox', 'second.b', 'elsewhere.c', 'second.migration'];
    const [row = {}] = await antipode.look(
      `SELECT ${tables.map((table) => `${may(table)} AS "${table}"`).join(', ')}`,
    );
    expect(row).toEqual({
      'first.outbox': true,
      'second.b': true,
      'elsewhere.c': false,
      'second.migration': false,
    });
  });

  it.each([
    ['0001-a.ts', '0001-a.mts', ''],
    ['0001-a.js', '0001-a.mjs', `import { sql } from 'kysely';`],
  ])('says what to do with %s in a package of CommonJS: to name it %s', async (...row) => {
    const [name, better, imports] = row;
    const up = 'export const up = async () => undefined;';
    antipode.write('package.json', '{ "type": "commonjs" }');
    antipode.write(name, `${imports}\n${up}`);
    const { code, errors } = await antipode.run('plan --migrations .');
    expect(code).toBe(1);
    expect(errors.at(-1)).toMatch(
      new RegExp(
        `^antipode: cannot read \\S+/${name}: it is an ES module and Node takes it for CommonJS: name it ${better}, or set "type": "module" in its package\\.json$`,
      ),
    );
  });

  it(
    'shows what was applied, what is left and what has changed; a changed migration stops it',
    async () => {
      antipode.write('0001-a.sql', 'CREATE TABLE :"schema".a (id text PRIMARY KEY);');
      await antipode.runHere(up('shown'));
      antipode.write(
        '0002-b.sql',
        'INSERT INTO :"schema".a VALUES ($$x;y$$);\nDELETE FROM :"schema".a;',
      );
      const status = await antipode.runHere('status --migrations . --schema shown');
      expect(status).toEqual({
        code: 0,
        errors: [],
        lines: [
          expect.stringMatching(/^0001-a {2}applied {4}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
          '0002-b  pending    2 statements',
          '1 applied, 1 to apply',
        ],
      });
      const plan = await antipode.runHere('plan --migrations . --schema shown');
      expect(plan.lines).toEqual([
        '-- 0002-b.sql:1',
        'INSERT INTO "shown".a VALUES ($$x;y$$);',
        '',
        '-- 0002-b.sql:2',
        'DELETE FROM "shown".a;',
        '',
        '-- 1 migration, 2 statements',
      ]);
      antipode.write('0001-a.sql', 'CREATE TABLE :"schema".a (id text PRIMARY KEY, more text);');
      const problem =
        'antipode: 0001-a.sql:1: this statement has changed since it was applied: put it back as it was, and write what is new into a new migration';
      for (const command of ['status', 'plan', 'up']) {
        const { code, errors } = await antipode.run(`${command} --migrations . --schema shown`);
        expect({ code, errors }).toEqual({ code: 1, errors: [problem] });
      }
      expect(await antipode.look('SELECT id FROM shown.migration')).toEqual([{ id: '0001-a' }]);
    },
    processesMsMax,
  );

  it(
    'says how long it waits for an index, and gives its lease back when it is interrupted',
    async () => {
      antipode.write('0001-a.sql', 'CREATE TABLE :"schema".a (id text PRIMARY KEY, n int);');
      antipode.write('0002-n.sql', 'CREATE INDEX ASYNC a_n ON :"schema".a (n);');
      await antipode.runHere(up('waiting'));
      await antipode.look(`DELETE FROM waiting.migration WHERE id = '0002-n'`);
      await antipode.look(
        `UPDATE waiting.migration_statement SET finished_at = NULL WHERE migration = '0002-n'`,
      );
      await antipode.look(
        `UPDATE sys.jobs SET status = 'processing' WHERE object_name = 'waiting.a_n'`,
      );
      await antipode.look(
        `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'waiting.a_n'::regclass`,
      );
      const waits = /the index "waiting"\."a_n" is processing, for \d+ s now$/;
      const { ended } = antipode.start(up('waiting'), (line, child) => {
        if (waits.test(line) && !line.includes('for 0 s')) child.kill('SIGINT');
      });
      const { code, lines, errors } = await ended;
      expect({ code, errors }).toEqual({ code: 130, errors: [] });
      expect(lines.filter((line) => waits.test(line))).toHaveLength(2);
      expect(await antipode.look('SELECT * FROM waiting.migration_lock')).toEqual([]);
    },
    processesMsMax,
  );

  it('ends with 2 and one line for a wrong usage, with 1 for what is not there', async () => {
    expect(await antipode.run('status')).toEqual({
      code: 2,
      lines: [],
      errors: [
        'antipode: no migrations: give --service MODULE or --migrations PATH, or "antipode:service" in cdk.json',
      ],
    });
    expect(await antipode.run('status --migrations none')).toEqual({
      code: 1,
      lines: [],
      errors: ['antipode: --migrations none: there is no such folder or module'],
    });
  });

  it.each<[string, string, Readonly<Record<string, string>>, RegExp]>([
    [
      'a wrong endpoint',
      '--endpoint localhost:1',
      {},
      /^cannot connect to localhost:1: ECONNREFUSED/,
    ],
    ['an unknown host', '--endpoint nowhere.invalid', {}, /^cannot connect to nowhere\.invalid: E/],
    [
      'no authority',
      '',
      { DSQL_CA: '' },
      /^the certificate of localhost:\d+ is not trusted: give its authority with --ca$/,
    ],
    ['no file with the authority', '--ca none.pem', {}, /^--ca none\.pem: cannot read it/],
    [
      'a wrong Region',
      '--region eu-west-1',
      {},
      /^localhost:\d+ denies access to admin with these credentials in eu-west-1/,
    ],
    [
      'an unknown role',
      '--user nobody',
      {},
      /^localhost:\d+ denies access to nobody .*dsql:DbConnect$/,
    ],
    [
      'wrong keys',
      '',
      { AWS_SECRET_ACCESS_KEY: 'mistaken' },
      /^localhost:\d+ denies access to admin .*dsql:DbConnectAdmin$/,
    ],
    ['no switch', '', { DSQL_SERIAL: 'yes' }, /^Set DSQL_SERIAL to true or false$/],
    [
      'no limit',
      '',
      { DSQL_PREPARED_STATEMENTS_MAX: 'many' },
      /^Set DSQL_PREPARED_STATEMENTS_MAX: it must be a whole number of statements from 0 to 1000$/,
    ],
    ['no keys', '', { AWS_ACCESS_KEY_ID: '' }, /^no credentials: set AWS_ACCESS_KEY_ID/],
  ])(
    'says in one line, at once and without a secret, that there is %s',
    async (_, args, environment, message) => {
      antipode.write('0001-a.sql', 'SELECT 1;');
      const refused = antipode.runHere(`status --migrations . ${args}`, environment);
      await expect(refused).rejects.toThrow(message);
      const error = await refused.catch(String);
      expect(error).not.toMatch(/X-Amz|wJalrXUtnFEMI|mistaken|\n/);
    },
  );
});
