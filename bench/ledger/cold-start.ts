import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle } from '../../infra/bundling/bundle.ts';
import { apiStartBytesMax, ledgerEntries, ledgerOmissions } from '../../infra/ledger/entries.ts';
import { ledgerSchema } from '../../src/adapters/ledger/index.ts';
import { deployedMigrations } from '../../test/support/ledger/migrations.ts';
import { benchmark, type Report } from '../support/report.ts';
import { interleave, median, range, ratioRange, ratios, type Series } from '../support/rounds.ts';
import { type BenchServer, connectPg, startServer } from '../support/server.ts';
import { serverCredentials, serverRegion } from '../support/server-constants.ts';

const roundsDefault = 15;
/** A process that has not answered by then is broken. */
const answerMsMax = 20_000;

const ownName = 'antipode';
const byHandName = 'composed by hand';

/** The most that our own may take of the time that the packages composed by hand take. */
const shareMax = 0.5;

const tracedName = 'antipode, traced by OpenTelemetry';

/** The most that tracing may add to the time that our own takes without it. */
const tracedShareMax = 1.15;

/** A collector of spans that answers at once. */
const startCollector = async () => {
  let exports = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      exports += 1;
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    exports: () => exports,
    stop: () => void server.close(),
  };
};

/** One bundle in one environment. */
type Variant = {
  readonly name: string;
  readonly entry: string;
  readonly env?: Readonly<Record<string, string>>;
};

type FirstResponse = {
  readonly importMs: number;
  readonly firstResponseMs: number;
  /** Of all the process's threads. */
  readonly cpuMs: number;
  readonly status: number;
  readonly body: string;
};

const tables = { ours: `${ledgerSchema}.transactions`, byHand: 'by_hand.transactions' } as const;

const createTables = async (server: BenchServer): Promise<void> => {
  const admin = await connectPg(server.dsql);
  await admin.query(`CREATE SCHEMA ${ledgerSchema}`);
  for (const { ddl } of deployedMigrations) await admin.query(ddl);
  await admin.query('CREATE SCHEMA by_hand');
  await admin.query(`CREATE TABLE by_hand.transactions (
    id text PRIMARY KEY, amount numeric NOT NULL, currency text NOT NULL, recorded_at timestamptz NOT NULL)`);
  await admin.query(`CREATE TABLE by_hand.idempotency (
    id text PRIMARY KEY, status text NOT NULL, expires_at bigint NOT NULL, data text)`);
  await admin.end();
};

/**
 * Bundles the handler that is composed by hand with esbuild's defaults, as far as they make a file
 * that runs.
 */
const bundleByHand = async (folder: string): Promise<string> => {
  const outfile = join(folder, 'by-hand', 'index.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../cold-start/by-hand.ts')],
    ...{ bundle: true, minify: true, platform: 'node', target: 'node24', format: 'cjs' },
    ...{ outfile, external: ['pg-native'], logLevel: 'silent' },
  });
  return outfile;
};

const bytesAtStart = ({ outputs }: Awaited<ReturnType<typeof bundle>>['metafile']): number => {
  const found = new Set(Object.keys(outputs).filter((path) => path.endsWith('/index.mjs')));
  for (const path of found) {
    for (const { kind, external, path: imported } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external) found.add(imported);
    }
  }
  return [...found].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
};

const lambdaEnvironment = (server: BenchServer, caFile: string) => ({
  PATH: process.env['PATH'] ?? '',
  AWS_REGION: serverRegion,
  AWS_ACCESS_KEY_ID: serverCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: serverCredentials.secretAccessKey,
  AWS_LAMBDA_FUNCTION_NAME: 'cold-start',
  AWS_ENDPOINT_URL_EVENTBRIDGE: server.busUrl,
  NODE_EXTRA_CA_CERTS: caFile,
  DSQL_ENDPOINT: `localhost:${server.dsql.port}`,
  DSQL_USER: 'admin',
  OUTBOX_GRACE_MS: '60000',
  OUTBOX_TAKEOVER_AGE_MS: '60000',
  OUTBOX_REPLAY_WINDOW_MS: '60000',
  EVENT_BUS_NAME: 'bench',
  POWERTOOLS_SERVICE_NAME: 'cold-start',
  POWERTOOLS_METRICS_NAMESPACE: 'bench',
  POWERTOOLS_TRACE_ENABLED: 'false',
});

/** Loads a bundle in a new process and sends it one request. */
const respond = async (
  { name, entry, env }: Variant,
  environment: NodeJS.ProcessEnv,
): Promise<FirstResponse> => {
  const child = fork(join(import.meta.dirname, '../cold-start/first-response.mjs'), [entry], {
    env: { ...environment, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  const errors: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
  const timer = setTimeout(() => child.kill(), answerMsMax);
  const answer = await Promise.race([
    once(child, 'message').then(([message]) => message as FirstResponse),
    once(child, 'exit').then(() => undefined),
  ]);
  if (answer) await once(child, 'exit');
  clearTimeout(timer);
  if (answer?.status === 200) return answer;
  throw new Error(`${name} has not answered: ${answer?.body ?? Buffer.concat(errors).toString()}`);
};

/**
 * Prints a line per variant.
 *
 * @returns how our own compares, by round
 */
const summarize = (
  report: Report,
  totals: Readonly<Record<string, Series>>,
  results: ReadonlyMap<string, readonly FirstResponse[]>,
): Series => {
  const baseline = totals[byHandName] ?? [];
  const cpuOf = (name: string): Series => (results.get(name) ?? []).map(({ cpuMs }) => cpuMs);
  for (const [name, values] of Object.entries(totals)) {
    const imports = (results.get(name) ?? []).map(({ importMs }) => importMs);
    const share = ratioRange(ratios(values, baseline));
    const cpuShare = median(ratios(cpuOf(name), cpuOf(byHandName))).toFixed(2);
    report.say(
      `  ${name.padEnd(30)} import ${range(imports, 0)} ms, with the first response ${range(values, 0)} ms, CPU ${range(cpuOf(name), 0)} ms`,
    );
    report.say(`  ${''.padEnd(30)} of composed by hand: time ${share}, CPU ${cpuShare}`);
    report.keep(`${name}: import`, 'ms', imports);
    report.keep(`${name}: import and first response`, 'ms', values);
    report.keep(`${name}: CPU`, 'ms', cpuOf(name));
  }
  return ratios(totals[ownName] ?? [], baseline);
};

const countRows = async ({ superuser }: BenchServer, table: string): Promise<number> => {
  const { rows } = await superuser.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
  return Number(rows[0]?.count);
};

await benchmark(
  'cold-start',
  ['@middy/core', '@aws-lambda-powertools/logger', '@aws-sdk/client-eventbridge', 'kysely', 'pg'],
  async (report, { rounds = roundsDefault }) => {
    const folder = await mkdtemp(join(tmpdir(), 'antipode-cold-start-'));
    const server = await startServer();
    const collector = await startCollector();
    await createTables(server);
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, server.dsql.ca);
    const environment = lambdaEnvironment(server, caFile);

    const entry = join(ledgerEntries, 'ledger-api.lambda.ts');
    const lean = { outdir: folder, omit: ledgerOmissions };
    const own = await bundle({ ...lean, entry, name: 'ledger-api' });
    const byHand = await bundleByHand(folder);
    const floorEntry = join(import.meta.dirname, '../cold-start/floor.ts');
    // It sends its INSERT by `client.query`, and leaves the signer its defaults.
    const needed = ['pg/queries', 'aws-sdk/signer-defaults'];
    const floorOmits = ledgerOmissions.filter((part) => !needed.includes(part));
    const floor = await bundle({ ...lean, entry: floorEntry, omit: floorOmits, name: 'floor' });
    const ours = { name: ownName, entry: join(own.directory, 'index.mjs') };
    const variants: readonly Variant[] = [
      ours,
      { ...ours, name: 'antipode, traced', env: { POWERTOOLS_TRACE_ENABLED: 'true' } },
      { ...ours, name: tracedName, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } },
      { name: byHandName, entry: byHand },
      {
        ...{ name: 'composed by hand, warm cache', entry: byHand },
        env: { NODE_COMPILE_CACHE: join(folder, 'cache') },
      },
      { name: 'pg and the signer alone', entry: join(floor.directory, 'index.mjs') },
      { ...ours, name: 'antipode, warm cache', env: { NODE_COMPILE_CACHE: join(folder, 'cache') } },
    ];
    report.judge('loaded at start by the write handler', 'bytes', [bytesAtStart(own.metafile)], {
      atMost: apiStartBytesMax,
    });
    report.say(`composed by hand: ${(await stat(byHand)).size} bytes`);

    for (const variant of variants) await respond(variant, environment);
    const results = new Map<string, FirstResponse[]>(variants.map(({ name }) => [name, []]));
    const byName = new Map(variants.map((variant) => [variant.name, variant]));
    const totals = await interleave([...byName.keys()], rounds, async (name) => {
      const result = await respond(byName.get(name) as Variant, environment);
      results.get(name)?.push(result);
      return result.importMs + result.firstResponseMs;
    });
    const shares = summarize(report, totals, results);
    report.judge('import and first response, share of composed by hand', '×', shares, {
      atMost: shareMax,
    });
    const traced = ratios(totals[tracedName] ?? [], totals[ownName] ?? []);
    report.judge('tracing by OpenTelemetry on, share of tracing off', '×', traced, {
      atMost: tracedShareMax,
    });
    if (collector.exports() !== rounds + 1) {
      throw new Error(`${rounds + 1} traced answers, ${collector.exports()} exports`);
    }
    collector.stop();

    const answers = (rounds + 1) * 4;
    const committed = await countRows(server, tables.ours);
    if (committed !== answers) throw new Error(`${answers} answers, ${committed} transactions`);
    await server.stop();
    await rm(folder, { recursive: true });
  },
);
