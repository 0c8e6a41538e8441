/** A violation: the folder in which it is planted, its code, and what must be reported for it. */
export type Violation = {
  readonly folder: string;
  readonly code: string;
  readonly reported: readonly string[];
  /** Name of the file; in it, `planted` is made unique. */
  readonly file: string;
};

const inFolder =
  (folder: string, extension = '.ts') =>
  (code: string, ...reported: readonly string[]): Violation => ({
    folder,
    code,
    reported,
    file: `planted${extension}`,
  });

const importing = (target: string): string =>
  `import { planted } from '${target}';\nexport const used: unknown = planted;`;

const using = (expression: string): string => `export const used: unknown = ${expression};`;

const kernel = inFolder('src/domain/kernel');
const ledgerDomain = inFolder('src/domain/ledger');
const dsql = inFolder('src/adapters/dsql');
const ledgerAdapter = inFolder('src/adapters/ledger');
const runtime = inFolder('src/handlers/runtime');
const ledgerHandlers = inFolder('src/handlers/ledger');
const entry = inFolder('src/handlers/ledger', '.lambda.ts');
const kit = inFolder('src/testing');
const constructs = inFolder('infra/constructs');
const local = inFolder('packages/cli/src/local');
const localDsql = inFolder('packages/local-dsql/src');
const exampleDomain = inFolder('examples/booking/src/domain');
const templateDomain = inFolder('packages/cli/templates/service/src/domain');
const bin = inFolder('packages/cli/bin');
const tests = inFolder('test/packages/cli', '.test.ts');

/** Violations that the compiler reports. */
export const compilerViolations: readonly Violation[] = [
  kernel(importing('../../adapters/dsql/fine.ts'), 'TS6059', 'TS6307'),
  ledgerDomain(importing('../../../infra/constructs/fine.ts'), 'TS6059', 'TS6307'),
  kernel(importing('node:fs'), 'TS2591'),
  kernel(using('process'), 'TS2591'),
  kernel(using('setTimeout'), 'TS2304'),
  kernel(using('fetch'), 'TS2304'),
  kernel(using('crypto'), 'TS2304'),
  kernel(using('console'), 'TS2584'),
  kernel('export const used = [1].map((one) => one);', 'TS9010'),
  dsql('export enum Used { One }', 'TS1294'),
  dsql('export namespace Used { export const one = 1; }', 'TS1294'),
  dsql('export class Used { constructor(readonly one: number) {} }', 'TS1294'),
  dsql('export const used: { one?: 1 } = { one: undefined };', 'TS2375'),
  dsql('export const used = (ones: readonly 1[]): 1 => ones[0];', 'TS2322'),
  dsql('export const used = (ones: Record<string, 1>) => ones.one;', 'TS4111'),
  dsql(importing('./fine'), 'TS2835'),
  dsql('export const used = (one?: 1) => one.toFixed();', 'TS18048'),
  dsql('export const used = (one?: 1) => { if (one) return one; };', 'TS7030'),
  dsql(
    'export const used = (one: 1 | 2) => {\n  switch (one) { case 1: used(2); case 2: return; }\n};',
    'TS7029',
  ),
  dsql('class Base { one() {} }\nexport class Used extends Base { one() {} }', 'TS4114'),
  dsql('export const used = (one: 1) => 2;', 'TS6133'),
  dsql("import type { Insertable } from 'kysely';\nexport { Insertable as Used };", 'TS1205'),
];

const restricted = 'noRestrictedImports';

const frameworkAdapters = ['dsql', 'eventbridge', 'powertools', 'memory'].flatMap((name) => {
  const adapter = inFolder(`src/adapters/${name}`);
  return [
    adapter(importing('../ledger/tables.ts'), restricted),
    adapter(importing('../../domain/ledger/money.ts'), restricted),
    adapter(importing('../../handlers/runtime/fine.ts'), restricted),
    adapter(importing('../../../infra/constructs/fine.ts'), restricted),
    adapter(importing('../../../packages/cli/src/local/fine.ts'), restricted),
    adapter(importing('../../../test/support/fine.ts'), restricted),
  ];
});

/** Violations that Biome reports. */
export const biomeViolations: readonly Violation[] = [
  kernel(importing('kysely'), restricted),
  kernel(importing('@middy/core'), restricted),
  kernel(importing('node:fs'), restricted),
  kernel(importing('../ledger/money.ts'), restricted),
  ledgerDomain(importing('kysely'), restricted),
  ledgerDomain(importing('node:fs'), restricted),
  exampleDomain(importing('kysely'), restricted),
  exampleDomain(importing('antipode/dsql'), restricted),
  exampleDomain(importing('../adapters/tables.ts'), restricted),
  templateDomain(importing('antipode/dsql'), restricted),
  templateDomain(importing('../adapters/tables.ts'), restricted),
  ...frameworkAdapters,
  ledgerAdapter(importing('../../handlers/runtime/fine.ts'), restricted),
  ledgerAdapter(importing('../../../infra/constructs/fine.ts'), restricted),
  ledgerAdapter(importing('../../../packages/cli/src/local/fine.ts'), restricted),
  ledgerAdapter(importing('../../../test/support/fine.ts'), restricted),
  runtime(importing('../ledger/write.ts'), restricted),
  runtime(importing('../../../infra/constructs/fine.ts'), restricted),
  runtime(importing('../../../packages/cli/src/local/fine.ts'), restricted),
  runtime(importing('../../../test/support/fine.ts'), restricted),
  ledgerHandlers(importing('../../../infra/constructs/fine.ts'), restricted),
  ledgerHandlers(importing('../../../packages/cli/src/local/fine.ts'), restricted),
  ledgerHandlers(importing('../../../test/support/fine.ts'), restricted),
  kit(importing('../domain/ledger/money.ts'), restricted),
  kit(importing('../handlers/runtime/fine.ts'), restricted),
  kit(importing('../../infra/constructs/fine.ts'), restricted),
  kit(importing('../../packages/cli/src/local/fine.ts'), restricted),
  kit(importing('../../test/support/fine.ts'), restricted),
  constructs(importing('../ledger/app.ts'), restricted),
  local(importing('../../../../infra/ledger/app.ts'), restricted),
  bin(importing('../../../src/handlers/ledger/write.ts'), restricted),
  tests(importing('../../../src/domain/ledger/money.ts'), restricted),
  dsql('export default 1;', 'noDefaultExport'),
  dsql('export enum Used { One }', 'noEnum'),
  dsql('export namespace Used { export const one = 1; }', 'noNamespace'),
  dsql('export class Used { constructor(readonly one: number) {} }', 'noParameterProperties'),
  dsql(
    "export const used = (run: () => void) => {\n  try { run(); } catch (e) { throw new Error('no'); }\n};",
    'useErrorCause',
  ),
  dsql('export const used = () => { throw 1; };', 'useThrowOnlyError'),
  dsql('const wait = async () => 1;\nexport const used = () => { wait(); };', 'noFloatingPromises'),
  dsql(
    'const wait = async () => true;\nexport const used = () => { if (wait()) used(); };',
    'noMisusedPromises',
  ),
  dsql(
    "export const used = (a: 'x' | 'y') => { switch (a) { case 'x': return 1; } return 2; };",
    'useExhaustiveSwitchCases',
  ),
  dsql(using('process.env'), 'noProcessEnv'),
  constructs(using('process.env'), 'noProcessEnv'),
  local(using('process.env'), 'noProcessEnv'),
  dsql(
    `export const used = (): void => {\n${'  used();\n'.repeat(71)}};`,
    'noExcessiveLinesPerFunction',
  ),
  dsql('export const used: any = 1;', 'noExplicitAny'),
  dsql('export const used = (one?: 1) => one!;', 'noNonNullAssertion'),
  { ...dsql(importing('./circle-b.ts'), 'noImportCycles'), file: 'circle-a.ts' },
  { ...dsql(importing('./circle-a.ts'), 'noImportCycles'), file: 'circle-b.ts' },
  dsql(importing('./fine'), 'useImportExtensions'),
  dsql(importing('fs'), 'useNodejsImportProtocol'),
  dsql(
    "import { Used } from './fine.ts';\nexport const used = (one: Used) => one;",
    'useImportType',
  ),
  dsql("import { now } from './fine.ts';", 'noUnusedImports'),
  dsql('const unused = 1;', 'noUnusedVariables'),
  { ...dsql(using('1'), 'useFilenamingConvention'), file: 'plantedHere.ts' },
  tests("import { test } from 'vitest';\ntest.skip('x', () => {});", 'noSkippedTests'),
  tests("import { test } from 'vitest';\ntest.only('x', () => {});", 'noFocusedTests'),
];

/** Violations that the rules of this folder report; `reported` is part of the message. */
export const ownViolations: readonly Violation[] = [
  kernel('export const used = new Date();', 'uses new Date'),
  kernel('export const used = new Date;', 'uses new Date'),
  kernel('export const used = Date();', 'uses Date('),
  kernel('export const used = Date.now();', 'uses Date.now'),
  kernel('export const used = Math.random();', 'uses Math.random'),
  kernel(`export const used = \`\${Math.random()}\`;`, 'uses Math.random'),
  ledgerDomain('export const used = crypto.randomUUID();', 'uses randomUUID'),
  entry(`${'// wiring\n'.repeat(40)}export const handler = 1;`, 'has 41 lines'),
  entry('export const handler = 1;\nexport const helper = 1;', 'must export handler'),
  entry('const handler = 1;\nexport { handler };', 'must export handler'),
  entry('export const main = 1;', 'must export handler'),
  kernel("import type { Used } from '../ledger/money.ts';", 'the reference service'),
  dsql("const used = await import('../ledger/tables.ts');", 'the reference service'),
  dsql("export * from '../../handlers/runtime/fine.ts';", 'adapters may not import src/handlers'),
  ledgerAdapter(importing('../../handlers/runtime/fine.ts'), 'adapters may not import'),
  runtime(importing('../../../infra/constructs/fine.ts'), 'handlers may not import'),
  kernel("import type { Used } from '../../adapters/dsql/fine.ts';", 'domain may not import'),
  kit(importing('../handlers/runtime/fine.ts'), 'testing may not import'),
  kit(importing('./simulation/fine.ts'), 'testing may not import'),
  kernel("import type { Used } from '../../testing/fine.ts';", 'domain may not import'),
  dsql(importing('../../testing/fine.ts'), 'adapters may not import'),
  runtime(importing('../../testing/fine.ts'), 'handlers may not import'),
  constructs(importing('../../src/testing/fine.ts'), 'infra may not import'),
  local(importing('antipode/testing'), 'cli may not import'),
  constructs(importing('../../src/adapters/dsql/fine.ts'), 'infra may not import'),
  local(importing('antipode/handlers'), 'cli may not import'),
  local(importing('antipode/dsql'), 'cli may not import'),
  localDsql(importing('antipode/domain'), 'local-dsql may not import'),
  localDsql(importing('antipode-cli'), 'local-dsql may not import'),
  inFolder('packages/cli/templates/service/src')(
    importing('antipode/internal/dsql'),
    'templates may not import',
  ),
  dsql(importing('antipode/internal/dsql'), 'adapters may not import'),
  dsql(importing('antipode-local-dsql'), 'adapters may not import'),
  local(importing('../../../../src/domain/kernel/fine.ts'), 'of another package'),
  local(importing('../../../local-dsql/src/fine.ts'), 'of another package'),
  localDsql(importing('../../../src/domain/kernel/fine.ts'), 'of another package'),
  constructs(importing('../../packages/cli/src/local/fine.ts'), 'of another package'),
  inFolder('packages/cli/src/commands')(
    importing('antipode/handlers'),
    'cli may not import src/handlers',
  ),
  dsql("import '../../../elsewhere/planted.ts';", 'of no layer'),
  dsql(importing('aws-cdk-lib/aws-lambda'), 'may not import aws-cdk-lib'),
  dsql(importing('@middy/core'), 'may not import @middy/core'),
  inFolder('src/adapters/eventbridge')(importing('kysely'), 'may not import kysely'),
  inFolder('src/adapters/memory')(importing('pg'), 'may not import pg'),
  inFolder('src/adapters/memory')(importing('valibot'), 'may not import valibot'),
  local(
    "import { createServer } from 'node:http';\nexport const used = createServer;",
    'listens by',
  ),
  local(
    "import * as http from 'node:http';\nexport const used = http.createServer();",
    'listens by',
  ),
  local(
    "import http2 from 'node:http2';\nexport const used = http2.createSecureServer();",
    'listens',
  ),
  local("import net from 'node:net';\nexport const used = new net.Server();", 'listens by new'),
  bin("import { Server } from 'node:http';\nexport const used = new Server();", 'listens by new'),
  local(
    "import { tmpdir } from 'node:os';\nimport { join } from 'node:path';\nexport const used = join(tmpdir(), 'x');",
    'uses tmpdir',
  ),
  constructs("export const used = '/tmp/antipode';", "uses '/tmp"),
  local("import { chmod } from 'node:fs/promises';\nawait chmod('x', 0o755);", 'uses chmod('),
  bin("import { chownSync } from 'node:fs';\nchownSync('x', 1, 1);", 'uses chownSync('),
  tests(
    "import { tmpdir } from 'node:os';\nimport { join } from 'node:path';\nexport const used = join(tmpdir(), 'x-1');",
    'uses tmpdir()',
  ),
  local(
    'export const used = (one: Promise<1>, died: Promise<1>) => Promise.race([one, died]);',
    'has Promise.race, and may have 0',
  ),
  kernel('export const used = (ones: Promise<1>[]) => Promise\n  .any(ones);', 'outlives it?'),
  dsql(
    'export const used = (one: AbortSignal, other: AbortSignal) => AbortSignal.any([one, other]);',
    'has AbortSignal.any',
  ),
  inFolder('bench')(using('Promise.race([])'), 'has Promise.race'),
  runtime(
    "export const used = (one: AbortSignal, end: () => void) => one.addEventListener('abort', end);",
    'never removes the listener end',
  ),
  constructs(
    "export const used = (one: AbortSignal) => one.addEventListener('abort', () => undefined, { once: true });",
    'never removes the listener addEventListener',
  ),
  local(
    "export const used = (one: AbortSignal, end: () => void, other: () => void) => {\n  one.addEventListener('abort', end, { once: true });\n  one.removeEventListener('abort', other);\n};",
    'never removes the listener end',
  ),
  local(
    'export const used = (one: AbortSignal) => { one.onabort = () => undefined; };',
    'never removes the listener .onabort',
  ),
  local(
    "import { setMaxListeners } from 'node:events';\nsetMaxListeners(0);",
    'calls setMaxListeners(',
  ),
  local("process.once('exit', () => undefined);", 'calls process.once('),
];

/**
 * Files without a violation. A tool that reports one of them reports everything, and its red means
 * nothing.
 */
export const permitted: Readonly<Record<string, string>> = {
  'src/domain/kernel/fine.ts':
    'export const fine: number = new Date(0).getTime();\n// not Date.now()\nexport const text: string = `Date.now()`;\n',
  'src/domain/kernel/finer.ts': "export { fine as finer } from './fine.ts';\n",
  'src/domain/ledger/fine.ts': "export { fine as other } from '../kernel/fine.ts';\n",
  'src/adapters/dsql/fine.ts':
    "import { sql } from 'kysely';\nimport { fine } from '../../domain/kernel/fine.ts';\n\nexport const now: unknown = [sql, fine];\n",
  'src/adapters/ledger/fine.ts': "export { other } from '../../domain/ledger/fine.ts';\n",
  'src/handlers/runtime/fine.ts': "export { now } from '../../adapters/dsql/fine.ts';\n",
  // The compiler looks at a project only after those that it refers to.
  'packages/local-dsql/src/fine.ts': 'export const fine = 1;\n',
  'src/testing/fine.ts': "export { now } from '../adapters/dsql/fine.ts';\n",
  'packages/cli/src/local/removed.ts':
    "/** Not Promise.race. */\nexport const used = (one: AbortSignal, end: () => void): void => {\n  one.addEventListener('abort', end);\n  one.removeEventListener('abort', end);\n};\n",
  'src/handlers/runtime/config.ts': 'export const env: unknown = process.env;\n',
  'src/handlers/ledger/fine.lambda.ts':
    "import { now } from '../runtime/fine.ts';\n\nexport const handler = () => now;\n",
  'infra/constructs/fine.ts': 'export const fine = 1;\n',
  'test/packages/cli/fine.ts':
    "import { mkdtempSync } from 'node:fs';\nimport { tmpdir } from 'node:os';\nimport { join } from 'node:path';\n\nexport const folder = mkdtempSync(join(tmpdir(), 'fine-'));\n",
  'infra/ledger/fine.ts': "export { fine } from '../constructs/fine.ts';\n",
  'packages/cli/src/local/fine.ts':
    "export type { EventHandlerOptions } from 'antipode/handlers';\n",
  'test/ledger/fine.ts': "export { fine } from '../../infra/ledger/fine.ts';\n",
};
