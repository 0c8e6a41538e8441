import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Bundle, bundle } from '../../../infra/bundling/bundle.ts';
import {
  type OmittablePart,
  omittableParts,
  replacementsByPart,
} from '../../../infra/bundling/bundle-parts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const packages = join(import.meta.dirname, '../../../node_modules');
const folder = temporaryFolder();

beforeAll(() => {
  symlinkSync(packages, join(folder, 'node_modules'), 'junction');
});

// Bundling is fast, but the machine may have more to do.
vi.setConfig({ testTimeout: 60_000 });

/** Words that stand only in a bundle that omits something. */
const omitted = /bundle\(\) omits/;

const kysely = `
  import { Kysely, DummyDriver, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
  const rows = [{ a: 1 }];
  const connection = {
    executeQuery: async () => ({ rows }),
    streamQuery: async function* () { yield { rows }; },
  };
  class Driver extends DummyDriver { async acquireConnection() { return connection; } }
  const dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new Driver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  const db = new Kysely({ dialect });
`;

/** Each uses one thing of a library as its documents show it; the value that it returns is the proof that it ran. */
const entries: Readonly<
  Record<string, readonly [code: string, answer: unknown, omit: OmittablePart]>
> = {
  'with-schema': [
    `${kysely} export const handler = () => db.withSchema('shop').selectFrom('a').selectAll().compile().sql;`,
    'select * from "shop"."a"',
    'kysely/with-schema',
  ],
  'with-schema in a variable': [
    `${kysely} export const handler = (name = ['with', 'Schema'].join('')) => db[name]('shop').deleteFrom('a').compile().sql;`,
    'delete from "shop"."a"',
    'kysely/with-schema',
  ],
  'with-schema as a plugin': [
    `${kysely} import { WithSchemaPlugin } from 'kysely';
     export const handler = () => db.withPlugin(new WithSchemaPlugin('s')).updateTable('a').set({ b: 1 }).compile().sql;`,
    'update "s"."a" set "b" = $1',
    'kysely/with-schema',
  ],
  'create table': [
    `${kysely} export const handler = () => db.schema.createTable('a').ifNotExists()
       .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo('x'))
       .addUniqueConstraint('u', ['id']).compile().sql;`,
    `create table if not exists "a" ("id" uuid default 'x' primary key, constraint "u" unique ("id"))`,
    'kysely/schema-builder',
  ],
  'alter table and indexes': [
    `${kysely} export const handler = () => [
       db.schema.alterTable('a').addColumn('b', 'text').compile().sql,
       db.schema.createIndex('i').on('a').column('b').compile().sql,
       db.schema.createView('v').as(db.selectFrom('a').selectAll()).compile().sql,
       db.schema.dropTable('a').ifExists().compile().sql,
     ];`,
    [
      'alter table "a" add column "b" text',
      'create index "i" on "a" ("b")',
      'create view "v" as select * from "a"',
      'drop table if exists "a"',
    ],
    'kysely/schema-builder',
  ],
  'schema node': [
    `import { CreateSchemaNode, PostgresQueryCompiler } from 'kysely';
     export const handler = () => new PostgresQueryCompiler().compileQuery(CreateSchemaNode.create('s'), { queryId: '1' }).sql;`,
    'create schema "s"',
    'kysely/schema-builder',
  ],
  introspection: [
    `${kysely} export const handler = async () => (await db.introspection.getSchemas()).length;`,
    1,
    'kysely/introspection',
  ],
  merge: [
    `${kysely} export const handler = () => db.mergeInto('a').using('b', 'a.id', 'b.id').whenMatched().thenDelete().compile().sql;`,
    'merge into "a" using "b" on "a"."id" = "b"."id" when matched then delete',
    'kysely/merge',
  ],
  pool: [
    `import pg from 'pg';
     export const handler = async () => {
       const pool = new pg.Pool({ host: '127.0.0.1', port: 1, user: 'u', database: 'd' });
       const { code } = await pool.query('SELECT 1').catch((error) => error);
       await pool.end();
       return code;
     };`,
    'ECONNREFUSED',
    'pg/pool',
  ],
  "kysely's own dialect": [
    `import { Kysely, PostgresDialect } from 'kysely';
     import { Pool } from 'pg';
     export const handler = async () => {
       const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ host: '127.0.0.1', port: 1 }) }) });
       const { code } = await db.selectFrom('a').selectAll().execute().catch((error) => error);
       await db.destroy();
       return code;
     };`,
    'ECONNREFUSED',
    'pg/pool',
  ],
  'connection string': [
    `import pg from 'pg';
     export const handler = () => {
       const { host, port, user } = new pg.Client('postgres://me@example.com:6543/d');
       return [host, port, user];
     };`,
    ['example.com', 6543, 'me'],
    'pg/connection-string',
  ],
  'binary values': [
    `import pg from 'pg';
     export const handler = () => pg.types.getTypeParser(23, 'binary')(Buffer.from([0, 0, 0, 7]));`,
    7,
    'pg/binary-values',
  ],
  'binary arrays': [
    `import pg from 'pg';
     export const handler = () => pg.types.getTypeParser(1007, 'binary')(Buffer.from('0'.repeat(24), 'hex'));`,
    [],
    'pg/binary-values',
  ],
  'password challenge': [
    `import sasl from 'pg/lib/crypto/sasl.js';
     export const handler = () => sasl.startSession(['SCRAM-SHA-256']).mechanism;`,
    'SCRAM-SHA-256',
    'pg/password-challenges',
  ],
  'MD5 password': [
    `import utils from 'pg/lib/crypto/utils.js';
     export const handler = async () => (await utils.postgresMd5PasswordHash('u', 'p', Buffer.from('salt'))).slice(0, 3);`,
    'md5',
    'pg/password-challenges',
  ],
  'signed messages of a stream': [
    `import { SignatureV4 } from '@smithy/signature-v4';
     import { Sha256Node } from '@smithy/core/checksum';
     const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
     export const handler = async () => {
       const signer = new SignatureV4({ service: 's', region: 'us-east-1', credentials, sha256: Sha256Node });
       const message = { headers: { a: { type: 'boolean', value: true } }, body: new Uint8Array() };
       const signed = await signer.signMessage({ message, priorSignature: '' }, { signingDate: new Date(0) });
       return signed.signature.length;
     };`,
    64,
    'aws-sdk/event-streams',
  ],
  'adaptive retries': [
    `import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
     export const handler = async () =>
       (await new EventBridgeClient({ region: 'us-east-1', retryMode: 'adaptive' }).config.retryStrategy()).mode;`,
    'adaptive',
    'aws-sdk/adaptive-retry',
  ],
  'CRC-32 in JavaScript': [
    `import { Crc32Js } from '@smithy/core/checksum';
     export const handler = () => { const sum = new Crc32Js(); sum.update(Buffer.from('a')); return sum.digestSync(); };`,
    0xe8b7be43,
    'aws-sdk/crc32-in-javascript',
  ],
  'SHA-256 in JavaScript': [
    `import { Sha256Js } from '@smithy/core/checksum';
     export const handler = async () => { const hash = new Sha256Js(); hash.update('a'); return (await hash.digest()).length; };`,
    32,
    'aws-sdk/sha256-in-javascript',
  ],
};

/** Of these nothing can be omitted: they work in every bundle. */
const untouched: Readonly<Record<string, readonly [code: string, answer: unknown]>> = {
  plugins: [
    `${kysely} import { CamelCasePlugin, DeduplicateJoinsPlugin, ParseJSONResultsPlugin } from 'kysely';
     export const handler = () => db.withPlugin(new CamelCasePlugin()).withPlugin(new DeduplicateJoinsPlugin())
       .withPlugin(new ParseJSONResultsPlugin()).selectFrom('a').select('firstName').compile().sql;`,
    'select "first_name" from "a"',
  ],
  streaming: [
    `${kysely} export const handler = async () => { const all = [];
       for await (const row of db.selectFrom('a').selectAll().stream()) all.push(row); return all; };`,
    [{ a: 1 }],
  ],
  'raw SQL': [
    `${kysely} import { sql } from 'kysely';
     export const handler = async () => [sql\`select \${1} from \${sql.table('s.a')}\`.compile(db).sql, (await sql\`x\`.execute(db)).rows];`,
    ['select $1 from "s"."a"', [{ a: 1 }]],
  ],
  statements: [
    `${kysely} export const handler = () => [
       db.insertInto('s.a').values({ b: 1 }).onConflict((on) => on.column('b').doUpdateSet({ b: 2 })).returningAll(),
       db.updateTable('s.a').set({ b: 3 }).where('b', 'in', [1, 2]),
       db.with('c', (of) => of.selectFrom('s.a').selectAll()).selectFrom('c').selectAll().orderBy('b').limit(1),
       db.selectFrom('s.a').select((of) => of.case().when('b', '=', 1).then(2).else(3).end().as('c')).groupBy('b'),
     ].map((query) => query.compile().sql);`,
    [
      'insert into "s"."a" ("b") values ($1) on conflict ("b") do update set "b" = $2 returning *',
      'update "s"."a" set "b" = $1 where "b" in ($2, $3)',
      'with "c" as (select * from "s"."a") select * from "c" order by "b" limit $1',
      'select case when "b" = $1 then 2 else 3 end as "c" from "s"."a" group by "b"',
    ],
  ],
};

/** Calls and constructs every export of a package, with and without arguments, and tells what a bundle omitted. */
const everyExport = (name: string): string => `
  import * as all from '${name}';
  const said = new Set();
  const attempt = async (use) => { try { await use(); } catch (error) { said.add(String(error?.message)); } };
  const values = { ...all, ...all.default };
  export const handler = async () => {
    for (const value of Object.values(values).filter((one) => typeof one === 'function')) {
      await attempt(() => value({}));
      await attempt(() => new value({}));
      for (const member of Object.getOwnPropertyNames(value.prototype ?? {})) {
        await attempt(() => value.prototype[member]?.call(Object.create(value.prototype), {}));
      }
    }
    return { called: Object.keys(values).length, omitted: [...said].filter((one) => one.includes('bundle() omits')) };
  };`;

const build = (
  code: string,
  omit: readonly OmittablePart[] | undefined,
  at = folder,
): Promise<Bundle> => {
  const name = `entry-${Math.random().toString(36).slice(2)}`;
  const entry = join(at, `${name}.mjs`);
  writeFileSync(entry, code);
  return bundle({ name: `${name}-bundle`, entry, outdir: at, ...(omit && { omit }) });
};

/** Runs a bundle's handler in a process of its own: its answer, or the message of the error that ended it. */
const answerOf = async ({ directory }: Bundle, env: NodeJS.ProcessEnv = {}): Promise<unknown> => {
  const { href } = pathToFileURL(join(directory, 'index.mjs'));
  const code = `
    const answer = await import('${href}').then(({ handler }) => handler())
      .catch(({ message }) => ({ thrown: message }));
    process.stdout.write('\\n' + JSON.stringify(answer), () => process.exit());`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
    cwd: directory,
    env: { AWS_REGION: 'us-east-1', ...env },
  });
  // The libraries may have written something of their own before.
  return JSON.parse(stdout.split('\n').at(-1) ?? '');
};

const textOf = ({ directory }: Bundle): string =>
  readdirSync(directory)
    .map((file) => readFileSync(join(directory, file), 'utf8'))
    .join('\n');

describe('a bundle that omits nothing', () => {
  it.each(Object.entries({ ...entries, ...untouched }))(
    'runs %s',
    async (_name, [code, answer]) => {
      const bundled = await build(code, undefined);
      expect(textOf(bundled)).not.toMatch(omitted);
      expect(await answerOf(bundled)).toEqual(answer);
    },
  );

  it.each([
    'kysely',
    'kysely/migration',
    'kysely/helpers/postgres',
    'pg',
    'pg-pool',
    '@aws-sdk/dsql-signer',
  ])('reaches every export of %s', async (name) => {
    const { called, omitted: missing } = (await answerOf(await build(everyExport(name), []))) as {
      readonly called: number;
      readonly omitted: readonly string[];
    };
    expect(called).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });

  it("runs Kysely's Migrator", async () => {
    const code = `${kysely} import { Migrator } from 'kysely/migration';
      export const handler = async () => {
        const provider = { getMigrations: async () => ({ one: { up: async () => {} } }) };
        const { error } = await new Migrator({ db, provider }).migrateToLatest();
        return String(error?.message ?? 'none');
      };`;
    expect(await answerOf(await build(code, undefined))).not.toMatch(omitted);
  });

  it('loads the chain of credential sources where the environment names a profile', async () => {
    const code = `import { DSQLClient } from '@aws-sdk/client-dsql';
      export const handler = () => new DSQLClient({ region: 'us-east-1' }).config.credentials();`;
    writeFileSync(
      join(folder, 'credentials'),
      '[other]\naws_access_key_id = FROMFILE\naws_secret_access_key = secret\n',
    );
    const bundled = await build(code, undefined);
    const files = {
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_PROFILE: 'other',
    };
    const keys = { AWS_ACCESS_KEY_ID: 'FROMENV', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(await answerOf(bundled, files)).toMatchObject({ accessKeyId: 'FROMFILE' });
    expect(await answerOf(bundled, keys)).toMatchObject({ accessKeyId: 'FROMENV' });
    expect(await answerOf(bundled, { ...keys, AWS_ACCOUNT_ID: '123' })).toMatchObject({
      accessKeyId: 'FROMENV',
      accountId: '123',
    });
  });

  it('loads the chain of credential sources for a client that names a profile', async () => {
    const code = `import { DSQLClient } from '@aws-sdk/client-dsql';
      const client = new DSQLClient({ region: 'us-east-1', profile: 'other' });
      export const handler = () => client.config.credentials();`;
    const file = join(folder, 'named-credentials');
    writeFileSync(file, '[other]\naws_access_key_id = FROMFILE\naws_secret_access_key = secret\n');
    const environment = {
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_ACCESS_KEY_ID: 'FROMENV',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    expect(await answerOf(await build(code, undefined), environment)).toMatchObject({
      accessKeyId: 'FROMFILE',
    });
  });

  it('leaves an entry every export of the chain of credential sources', async () => {
    const code = `
      // Not import { defaultProvider } from "@aws-sdk/credential-provider-node";
      import { credentialsWillNeedRefresh, defaultProvider } from '@aws-sdk/credential-provider-node';
      export const handler = async () => {
        const credentials = await defaultProvider()();
        return [credentials.accessKeyId, credentialsWillNeedRefresh(credentials)];
      };`;
    const keys = { AWS_ACCESS_KEY_ID: 'FROMENV', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(await answerOf(await build(code, undefined), keys)).toEqual(['FROMENV', false]);
  });

  it("gives an entry the whole manifest of an SDK's client", async () => {
    const code = `import manifest from '@aws-sdk/client-dsql/package.json' with { type: 'json' };
      import { DSQLClient } from '@aws-sdk/client-dsql';
      export const handler = () => [manifest.name, typeof DSQLClient];`;
    expect(await answerOf(await build(code, undefined))).toEqual([
      '@aws-sdk/client-dsql',
      'function',
    ]);
  });
});

describe('a bundle that omits a part', () => {
  it.each(Object.entries(entries))(
    'names the part when it runs %s',
    async (_name, [code, , part]) => {
      expect(await answerOf(await build(code, [part]))).toEqual({
        thrown: `bundle() omits ${part}: change omit`,
      });
    },
  );

  it.each(Object.entries(entries))(
    'runs %s when it omits every other part',
    async (_name, [code, answer, part]) => {
      const omit = omittableParts.filter((one) => one !== part);
      expect(await answerOf(await build(code, omit))).toEqual(answer);
    },
  );

  it.each(Object.entries(untouched))('runs %s when it omits all', async (_name, [code, answer]) => {
    expect(await answerOf(await build(code, omittableParts))).toEqual(answer);
  });

  it('holds nothing of what it omits', async () => {
    const code = `${kysely} import pg from 'pg'; export const handler = () => [db, pg.Client];`;
    const { metafile } = await build(code, omittableParts);
    const left = Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.keys(inputs))
      .filter((module) =>
        /native\/client|split2|alter-table-builder|operation-node-transformer/.test(module),
      );
    expect(left).toEqual([]);
  });

  it('is refused for a part that nobody knows', async () => {
    const unknown = 'kysely/everything' as OmittablePart;
    await expect(build('export const handler = 1;', [unknown])).rejects.toThrow(
      /^bundle\(\) cannot omit 'kysely\/everything': it knows kysely\/schema-builder, /,
    );
  });
});

const replaced = Object.entries(replacementsByPart).flatMap(([part, files]) =>
  files.map((one) => [part as OmittablePart, one.package, one.file] as const),
);

/** A project with a package of which there is the manifest, the files of a part, and another that an entry can import. */
const projectWith = (part: OmittablePart, name: string, file: string) => {
  const project = join(folder, `project-${Math.random().toString(36).slice(2)}`);
  const copy = join(project, 'node_modules', name);
  const files = replacementsByPart[part].map((one) => one.file);
  for (const path of ['package.json', ...files]) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(packages, name, path), join(copy, path));
  }
  writeFileSync(join(copy, 'other.js'), 'export const other = 1;');
  const code = `import { other } from '${join(copy, 'other.js')}'; export const handler = () => other;`;
  return { path: join(copy, file), build: (omit: OmittablePart[]) => build(code, omit, project) };
};

describe('a library that has changed', () => {
  it.each(replaced)('fails a build that omits %s (%s, %s)', async (part, name, file) => {
    const project = projectWith(part, name, file);
    const manifest = readFileSync(join(packages, name, 'package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { readonly version: string };
    const failure = `bundle() cannot omit '${part}': in ${name} ${version} the file ${file}`;
    await expect(project.build([part])).resolves.toBeDefined();

    appendFileSync(project.path, '\n// a later version\n');
    const changed = `${failure} has changed. Remove '${part}'`;
    await expect(project.build([part])).rejects.toThrow(changed);

    rmSync(project.path);
    await expect(project.build([part])).rejects.toThrow(`${failure} has moved. Remove '${part}'`);
    await expect(project.build([])).resolves.toBeDefined();
  });

  it('that the build does not contain is not looked at', async () => {
    await expect(build('export const handler = () => 1;', omittableParts)).resolves.toBeDefined();
  });
});
