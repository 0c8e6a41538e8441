import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDsql, testDsql } from '../support/dsql.ts';
import { adminOptions } from '../support/dsql-adapter.ts';
import { installProject, installMsMax as timeoutMs } from './installing.ts';
import { manifestOf, packageEntries } from './packages.ts';
import { packInto } from './packing.ts';
import { root, run, temporaryFolder } from './tools.ts';

/** The compilers of a stranger, by the names under which the project installs them. */
const compilers = { 'typescript-5': '5.9.3', 'typescript-6': '6.0.3', 'typescript-7': '7.0.2' };

/** The oldest line of Node that the packages name. */
const oldNode = '22.23.5';

const subpaths = [...packageEntries.keys()].filter((path) => !path.endsWith('.json'));

const folder = temporaryFolder();
let project = '';
let dsql: TestDsql;

const versionOf = (name: string): string => {
  const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
};

/** The peers of all packages, as they are tested here, and types of Node and `pg`. */
const peers = (): readonly string[] =>
  [...Object.keys(manifestOf('.').peerDependencies ?? {}), '@types/node', '@types/pg']
    .filter((name) => !name.startsWith('antipode'))
    .map((name) => `${name}@${versionOf(name)}`);

beforeAll(async () => {
  const archives = await packInto(join(folder.path, 'packed'));
  const typescripts = Object.entries(compilers).map(
    ([name, version]) => `${name}@npm:typescript@${version}`,
  );
  const node = `node-22@npm:node-${process.platform}-${process.arch}@${oldNode}`;
  const packages = [...archives, ...peers(), ...typescripts, node];
  project = await installProject(join(folder.path, 'project'), ...packages);
  dsql = await testDsql();
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE accounts (id text PRIMARY KEY, cents int NOT NULL)');
  await admin.query("INSERT INTO accounts VALUES ('one', 1000)");
}, timeoutMs);

afterAll(async () => {
  await dsql?.stop();
  folder.remove();
});

/** A folder of the project with a manifest of its own. */
const part = (name: string, type: 'module' | 'commonjs'): string => {
  const path = join(project, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), JSON.stringify({ type, private: true }));
  return path;
};

const settings = {
  nodenext: ['module', { module: 'nodenext' }],
  bundler: ['module', { module: 'esnext', moduleResolution: 'bundler' }],
  commonjs: ['commonjs', { module: 'nodenext' }],
} as const;

const codeOf = (paths: readonly string[]): string =>
  `${paths.map((path, at) => `import * as part${at} from '${path}';`).join('\n')}
export const parts = [${paths.map((_, at) => `Object.keys(part${at}).length`).join(', ')}];
`;

/** Imports the CDK, whose declarations take an older compiler a minute. */
const infra = 'antipode/infra';

/** Each way compiles the CDK with TypeScript 7, and each older compiler does so in one way. */
const withInfra = (compiler: string, way: keyof typeof settings): boolean =>
  ['typescript-7', 'typescript-6 commonjs', 'typescript-5 nodenext'].some((one) =>
    `${compiler} ${way}`.startsWith(one),
  );

const ways = Object.keys(settings) as readonly (keyof typeof settings)[];

describe.each(Object.entries(compilers))('%s (%s)', (compiler) => {
  test.each(ways)(
    'compiles a project that imports the subpaths and checks its libraries: %s',
    async (way) => {
      const [type, options] = settings[way];
      const path = part(`${compiler}-${way}`, type);
      const strict = { strict: true, noEmit: true, skipLibCheck: false, types: ['node'] };
      const compilerOptions = { target: 'es2024', lib: ['es2024'], ...strict, ...options };
      const paths = subpaths.filter((one) => !one.startsWith(infra) || withInfra(compiler, way));
      writeFileSync(join(path, 'main.ts'), codeOf(paths));
      writeFileSync(
        join(path, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: ['main.ts'] }),
      );
      const tsc = join(project, 'node_modules', compiler, 'bin/tsc');
      const { code: exit, output } = await run(path, 'node', tsc, '-p', '.');
      expect(exit, output).toBe(0);
    },
    timeoutMs,
  );
});

const nodes = {
  'the Node of this repository': () => 'node',
  [`Node ${oldNode}`]: () => join(project, 'node_modules/node-22/bin/node'),
};

test.each(Object.entries(nodes))('%s requires every subpath from CommonJS', async (_, node) => {
  const path = part('requires', 'commonjs');
  const script = `const all = ${JSON.stringify(subpaths)}.map((path) => Object.keys(require(path)).length);
    console.log(process.version, Math.min(...all));`;
  writeFileSync(join(path, 'main.js'), script);
  const { code: exit, output } = await run(path, node(), '--no-warnings', 'main.js');
  expect(exit, output).toBe(0);
  expect(output).toMatch(/^v2[24]\.\d+\.\d+ [1-9]\d*\n$/);
});

/** A function that reads a row of DSQL and answers; CommonJS has no `await` outside a function. */
const entry = `
import { DsqlDialect } from 'antipode/dsql';
import { createApiHandler } from 'antipode/handlers';
import { createPowertoolsLogger, createPowertoolsMetrics, createPowertoolsTracer } from 'antipode/powertools';
import { systemClock as clock } from 'antipode/system';
import { Kysely } from 'kysely';
const db = new Kysely<{ accounts: { id: string; cents: number } }>({
  dialect: new DsqlDialect(JSON.parse(process.env['DSQL_OPTIONS'] ?? '')),
});
export const handler = createApiHandler({
  answer: async () => ({ status: 200, body: await db.selectFrom('accounts').selectAll().execute() }),
  clock, logger: createPowertoolsLogger(), metrics: createPowertoolsMetrics(),
  tracer: createPowertoolsTracer(false), traceHeader: () => undefined,
});
`;

/** Loads a bundle as Lambda does, and invokes its handler once. */
const invoke = async (file: string): Promise<unknown> => {
  const path = part('invoking', 'module');
  const script = `
    process.env.DSQL_OPTIONS = ${JSON.stringify(JSON.stringify(adminOptions(dsql)))};
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 20_000 };
    const { handler } = await import(${JSON.stringify(file)});
    const { body, statusCode } = await handler({}, context);
    process.stdout.write('\\n' + JSON.stringify([statusCode, JSON.parse(body)]), () => process.exit());`;
  writeFileSync(join(path, 'invoke.mjs'), script);
  const { code: exit, output } = await run(path, 'node', 'invoke.mjs');
  expect(exit, output).toBe(0);
  return JSON.parse(output.split('\n').at(-1) ?? '');
};

const answer = [200, [{ id: 'one', cents: 1000 }]];

const sst =
  "import { createRequire as topLevelCreateRequire } from 'module';const require = topLevelCreateRequire(import.meta.url);";

/** Options of esbuild, as a stranger writes them; `own` is the plugin. */
const builds: Readonly<Record<string, readonly [outfile: string, options: string]>> = {
  'CommonJS, by the defaults': ['index.cjs', `platform: 'node', external: ['pg-native']`],
  'CommonJS, with the plugin': ['index.cjs', `platform: 'node', minify: true, plugins: [own]`],
  'an ES module, with the plugin': ['index.mjs', `platform: 'node', format: 'esm', plugins: [own]`],
  'an ES module, as SST makes one': [
    'index.mjs',
    `platform: 'node', format: 'esm', target: 'esnext', mainFields: ['module', 'main'], keepNames: true,
     external: ['sharp', 'pg-native'], banner: { js: ${JSON.stringify(sst)} }`,
  ],
  'an ES module, as SST makes one, with the plugin': [
    'index.mjs',
    `platform: 'node', format: 'esm', target: 'esnext', mainFields: ['module', 'main'], keepNames: true,
     banner: { js: ${JSON.stringify(sst)} }, plugins: [own]`,
  ],
};

describe("a bundle by a stranger's esbuild", () => {
  test.each(Object.entries(builds))('%s, answers', async (name, [outfile, options]) => {
    const path = part(name.replaceAll(/\W+/g, '-'), 'module');
    writeFileSync(join(path, 'entry.ts'), entry);
    const script = `
      import { bundlePlugin, omittableParts } from 'antipode/bundling';
      import { build } from 'esbuild';
      const own = bundlePlugin({ omit: omittableParts });
      await build({ entryPoints: ['entry.ts'], bundle: true, outfile: 'out/${outfile}', ${options} });`;
    writeFileSync(join(path, 'build.mjs'), script);
    const { code: exit, output } = await run(path, 'node', 'build.mjs');
    expect(exit, output).toBe(0);
    expect(await invoke(join(path, 'out', outfile))).toEqual(answer);
  });
});

describe("a bundle by CDK's NodejsFunction", () => {
  /** The folder that CDK would upload. */
  const assetOf = async (name: string, props: string): Promise<string> => {
    const path = part(name, 'module');
    writeFileSync(join(path, 'entry.ts'), entry);
    const script = `
      import { App, Stack } from 'aws-cdk-lib';
      import { Runtime } from 'aws-cdk-lib/aws-lambda';
      import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
      const app = new App({ outdir: 'cdk.out', analyticsReporting: false, builtinCloudFormationValidation: false });
      const stack = new Stack(app, 'Stack');
      new NodejsFunction(stack, 'Function', { entry: 'entry.ts', runtime: Runtime.NODEJS_24_X,
        projectRoot: ${JSON.stringify(project)}, depsLockFilePath: ${JSON.stringify(join(project, 'package-lock.json'))}, ${props} });
      app.synth();`;
    writeFileSync(join(path, 'app.mjs'), script);
    const { code: exit, output } = await run(path, 'node', 'app.mjs');
    expect(exit, output).toBe(0);
    const asset = readdirSync(join(path, 'cdk.out')).find((file) => /^asset\.[^.]+$/.test(file));
    // Lambda's folder has no manifest: a file `.js` is CommonJS there.
    const deployed = part(`${name}-deployed`, 'commonjs');
    cpSync(join(path, 'cdk.out', asset ?? ''), deployed, { recursive: true });
    return deployed;
  };

  test('answers with its defaults, in CommonJS', async () => {
    const deployed = await assetOf('nodejs-function', '');
    expect(await invoke(join(deployed, 'index.js'))).toEqual(answer);
  });

  test('answers as a small ES module', async () => {
    const banner = JSON.stringify(sst);
    const bundling = `bundling: { minify: true, format: OutputFormat.ESM, mainFields: ['module', 'main'], banner: ${banner} }`;
    const deployed = await assetOf('nodejs-function-esm', bundling);
    expect(await invoke(join(deployed, 'index.mjs'))).toEqual(answer);
  });
});
