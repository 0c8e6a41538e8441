import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build as buildWithEsbuild } from 'esbuild';
import { beforeAll } from 'vitest';
import { type Bundle, bundle } from '../../../infra/bundling/bundle.ts';
import { bundlePlugin } from '../../../infra/bundling/bundle-plugin.ts';
import type { OmittablePart } from '../../../infra/bundling/parts/bundle-parts.ts';
import { kysely, kyselyEntries } from './kysely-bundles.ts';
import type { OmittedUse } from './omitted-use.ts';
import { pgEntries, pgUntouched } from './pg-bundles.ts';
import { powertoolsEntries, powertoolsUntouched } from './powertools-bundles.ts';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);

/** The packages of this repository. */
export const packages = join(import.meta.dirname, '../../../node_modules');

/** Bundling is fast, but the machine may have more to do. */
export const bundleMsMax = 60_000;

/**
 * Each uses one thing of a library as its documents show it; the value that it returns is the proof
 * that it ran.
 */
export const entries: Readonly<Record<string, OmittedUse>> = {
  ...kyselyEntries,
  ...pgEntries,
  ...powertoolsEntries,
  pool: [
    `import pg from 'pg';
     export const handler = async () => {
       const pool = new pg.Pool({ host: '127.0.0.1', port: 1, user: 'u', database: 'd', password: 'p', ssl: false });
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
       const db = new Kysely({ dialect: new PostgresDialect({
         pool: new Pool({ host: '127.0.0.1', port: 1, user: 'u', database: 'd', password: 'p', ssl: false }) }) });
       const { code } = await db.selectFrom('a').selectAll().execute().catch((error) => error);
       await db.destroy();
       return code;
     };`,
    'ECONNREFUSED',
    'pg/pool',
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
  'signed events of a stream': [
    `import { SignatureV4 } from '@smithy/signature-v4';
     import { Sha256Node } from '@smithy/core/checksum';
     const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
     export const handler = async () => {
       const signer = new SignatureV4({ service: 's', region: 'us-east-1', credentials, sha256: Sha256Node });
       const event = { headers: new Uint8Array(), payload: new Uint8Array([1]) };
       return (await signer.sign(event, { signingDate: new Date(0), priorSignature: '' })).length;
     };`,
    64,
    'aws-sdk/event-streams',
  ],
  'a signer with its defaults': [
    `import { DsqlSigner } from '@aws-sdk/dsql-signer';
     export const handler = async () => {
       Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
       const token = await new DsqlSigner({ hostname: 'h' }).getDbConnectAuthToken();
       return token.startsWith('h/?Action=DbConnect');
     };`,
    true,
    'aws-sdk/signer-defaults',
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
export const untouched: Readonly<Record<string, readonly [code: string, answer: unknown]>> = {
  ...pgUntouched,
  ...powertoolsUntouched,
  "Lambda's store of an invocation": [
    `import { InvokeStore } from '@aws/lambda-invoke-store';
     export const handler = async () => {
       const store = await InvokeStore.getInstanceAsync();
       return store.run({ a: 1 }, () => [store.hasContext(), globalThis.awslambda.InvokeStore === store]);
     };`,
    [true, true],
  ],
  'checksums and ids of the SDK': [
    `import { Crc32, Sha256 } from '@smithy/core/checksum';
     import { Uint8ArrayBlobAdapter, v4 } from '@smithy/core/serde';
     export const handler = async () => {
       const [sum, hash] = [new Crc32(), new Sha256()];
       sum.update(Buffer.from('a'));
       hash.update('a');
       const blob = Uint8ArrayBlobAdapter.fromString('a').transformToString('base64');
       return [sum.digestSync(), (await hash.digest())[0], v4().length, blob];
     };`,
    [0xe8b7be43, 0xca, 36, 'YQ=='],
  ],
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
       db.selectFrom('s.a').select((of) => of.fn.countAll().as('c')).groupBy('b'),
     ].map((query) => query.compile().sql);`,
    [
      'insert into "s"."a" ("b") values ($1) on conflict ("b") do update set "b" = $2 returning *',
      'update "s"."a" set "b" = $1 where "b" in ($2, $3)',
      'with "c" as (select * from "s"."a") select * from "c" order by "b" limit $1',
      'select count(*) as "c" from "s"."a" group by "b"',
    ],
  ],
};

/**
 * Runs the handlers of files one after the other in a process of their own. Each answer is what the
 * handler returned, or the message of the error that ended it.
 */
const answersOfFiles = async (
  files: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<readonly unknown[]> => {
  const urls = files.map((file) => pathToFileURL(file).href);
  const code = `
    const answers = [];
    for (const url of ${JSON.stringify(urls)}) {
      answers.push(await import(url).then(({ handler }) => handler())
        .catch(({ message }) => ({ thrown: message })));
    }
    process.stdout.write('\\n' + JSON.stringify(answers), () => process.exit());`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
    cwd: dirname(files[0] ?? ''),
    env: { AWS_REGION: 'us-east-1', ...env },
  });
  // The libraries may have written something of their own before.
  return JSON.parse(stdout.split('\n').at(-1) ?? '');
};

/** Runs the handler of one file as `answersOfFiles` does. */
export const answerOfFile = async (file: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> => {
  const [answer] = await answersOfFiles([file], env);
  return answer;
};

/** Runs a bundle's handler as `answerOfFile` does. */
export const answerOf = ({ directory }: Bundle, env: NodeJS.ProcessEnv = {}): Promise<unknown> =>
  answerOfFile(join(directory, 'index.mjs'), env);

/** All code of a bundle. */
export const textOf = ({ directory }: Pick<Bundle, 'directory'>): string =>
  readdirSync(directory)
    .map((file) => readFileSync(join(directory, file), 'utf8'))
    .join('\n');

type Build = (
  code: string,
  omit: readonly OmittablePart[] | undefined,
  at?: string,
) => Promise<Bundle>;

/** The answers of several entries by their names, and all code of their bundles. */
export type Answers = {
  readonly answers: Readonly<Record<string, unknown>>;
  readonly text: string;
};

type Answer = (
  codes: Readonly<Record<string, string>>,
  omit: readonly OmittablePart[] | undefined,
) => Promise<Answers>;

/**
 * A folder that finds the packages, until the end of the file's tests, and how to bundle an entry
 * in it. `answer` bundles and runs many entries at once: they share the modules of the libraries,
 * and one process runs all.
 */
export const bundleFolder = (): {
  readonly folder: string;
  readonly build: Build;
  readonly answer: Answer;
} => {
  const folder = temporaryFolder();
  beforeAll(() => {
    symlinkSync(packages, join(folder, 'node_modules'), 'junction');
  });
  const newName = () => `entry-${Math.random().toString(36).slice(2)}`;
  const build: Build = (code, omit, at = folder) => {
    const name = newName();
    const entry = join(at, `${name}.mjs`);
    writeFileSync(entry, code);
    return bundle({ name: `${name}-bundle`, entry, outdir: at, ...(omit && { omit }) });
  };
  const answer: Answer = async (codes, omit) => {
    const directory = join(folder, newName());
    const named = Object.entries(codes).map(([name, code], at) => {
      const entry = join(folder, `${newName()}.mjs`);
      writeFileSync(entry, code);
      return { name, out: `entry-${at}`, entry };
    });
    await buildWithEsbuild({
      entryPoints: named.map(({ entry, out }) => ({ in: entry, out })),
      outdir: directory,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      plugins: [bundlePlugin(omit && { omit })],
      logLevel: 'silent',
    });
    const answers = await answersOfFiles(named.map(({ out }) => join(directory, `${out}.mjs`)));
    return {
      answers: Object.fromEntries(named.map(({ name }, at) => [name, answers[at]])),
      text: textOf({ directory }),
    };
  };
  return { folder, build, answer };
};
