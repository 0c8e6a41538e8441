/**
 * Transfers through the unit of work while the network between it and DSQL fails, one kind of fault
 * after the other; ends with 1 when a transfer is lost, doubled or torn.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import {
  createLocalCertificate,
  existingPostgres,
  startDsqlEndpoint,
  startPostgres,
} from '../packages/local-dsql/src/index.ts';
import { faultKinds, type NetworkFault } from '../test/support/fault-kinds.ts';
import {
  type Cluster,
  type FaultyCluster,
  startFaultyCluster,
} from '../test/support/faulty-cluster.ts';
import { runTransfers, type TransferRun } from '../test/support/transfer-run.ts';

const regions = ['us-east-1', 'us-west-2'] as const;
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const principalArn = 'arn:aws:iam::000000000000:role/faults';

/**
 * How often a line says how far it is where there is no terminal to write it over. Milliseconds.
 */
const progressMs = 10_000;
const progressOnTerminalMs = 500;

/** Faults that are shown of a run that went wrong. */
const traceLinesShown = 40;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * The endpoints of both Regions run in a process of their own, so that clients and cluster have a
 * core each.
 */
const serve = async (url: string): Promise<void> => {
  const certificate = createLocalCertificate(regions);
  const postgres = existingPostgres(url);
  const endpoints = await Promise.all(
    regions.map(async (region, index) => {
      const { host, port } = await startDsqlEndpoint({
        ...{ region, postgres, certificate, port: 0 },
        clusterId: `faults${index}`.padEnd(26, '0'),
        credentials: (accessKeyId) =>
          accessKeyId === credentials.accessKeyId ? { ...credentials, principalArn } : undefined,
      });
      return { region, host, port, endpoint: `${host}:${port}` };
    }),
  );
  process.send?.({ ca: certificate.ca, credentials, endpoints });
  process.once('disconnect', () => process.exit());
};

/** Shows how far a run is, over itself on a terminal. */
const createProgress = (name: string, transfers: number) => {
  const { isTTY } = process.stderr;
  const everyMs = isTTY ? progressOnTerminalMs : progressMs;
  let shownAt = Date.now();
  return {
    show: (done: number): void => {
      if (Date.now() - shownAt < everyMs) return;
      shownAt = Date.now();
      process.stderr.write(
        `${isTTY ? '\r' : ''}  ${name}: ${done}/${transfers}${isTTY ? '' : '\n'}`,
      );
    },
    clear: (): void => {
      if (isTTY) process.stderr.write('\r\x1b[K');
    },
  };
};

const sumOf = (counts: Iterable<number>): number => [...counts].reduce((sum, one) => sum + one, 0);

/** `Execute COMMIT 12, Sync COMMIT 9`: the direction is the kind's. */
const stepsShown = (injected: TransferRun['injected']): string =>
  [...injected]
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name.replace(/^\w+ /, '')} ${count}`)
    .join(', ');

const line = ({ name }: NetworkFault, transfers: number, run: TransferRun): string =>
  [
    `${run.violations.length === 0 ? 'ok' : 'WRONG'}  ${name}: ${transfers} transfers`,
    `${sumOf(run.injected.values())} faults`,
    `${run.retries} retries`,
    `${run.recalls} sent again`,
    `${run.replayed} replays`,
    `${run.refused} refused`,
    `${run.unknown} left in doubt`,
    `duplicates ${run.verdict.doubled.length}`,
    `lost ${run.verdict.lost.length}`,
    `${run.seconds.toFixed(1)} s`,
  ].join(', ');

type Options = { readonly transfers: number; readonly seed: number; readonly clients: number };

const runKind = async (cluster: FaultyCluster, kind: NetworkFault, options: Options) => {
  const progress = createProgress(kind.name, options.transfers);
  const run = await runTransfers(cluster, kind, { ...options, onProgress: progress.show });
  progress.clear();
  say(line(kind, options.transfers, run));
  say(`      at ${stepsShown(run.injected) || 'no step'}`);
  if (run.landedAfterRefusal > 0) {
    say(`      ${run.landedAfterRefusal} landed after a later call had been refused`);
  }
  for (const violation of run.violations) say(`      ${violation}`);
  if (run.violations.length > 0) {
    for (const step of run.trace.slice(-traceLinesShown)) say(`        ${step}`);
  }
  return run;
};

const report = async (wanted: RegExp, options: Options): Promise<boolean> => {
  const kinds = faultKinds.filter(({ name }) => wanted.test(name));
  if (kinds.length === 0) {
    const names = faultKinds.map(({ name }) => name).join('\n  ');
    process.stderr.write(
      `No kind of fault matches ${wanted}: give --kind a pattern for some of\n  ${names}\n`,
    );
    return false;
  }
  const postgres = await startPostgres();
  const { user, password, port, host } = postgres;
  const url = `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/postgres?host=${encodeURIComponent(host)}`;
  const child = fork(import.meta.filename, ['--serve', url]);
  const [served] = (await once(child, 'message')) as [Cluster];
  const cluster = await startFaultyCluster(served, options.seed);
  say(
    `${options.transfers} transfers for each of ${kinds.length} kinds, ${options.clients} clients, both Regions, seed ${options.seed}`,
  );
  const started = performance.now();
  const runs: TransferRun[] = [];
  for (const kind of kinds) runs.push(await runKind(cluster, kind, options));
  const wrong = runs.filter(({ violations }) => violations.length > 0).length;
  const faults = sumOf(runs.flatMap(({ injected }) => [...injected.values()]));
  say(
    `${options.transfers * kinds.length} transfers, ${faults} faults, ${wrong} of ${kinds.length} kinds wrong, ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  await cluster.stop();
  child.disconnect();
  await once(child, 'exit');
  await postgres.stop();
  return wrong === 0;
};

const { values } = parseArgs({
  options: {
    transfers: { type: 'string', default: '10000' },
    clients: { type: 'string', default: '16' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kind: { type: 'string', default: '' },
    serve: { type: 'string' },
  },
  allowPositionals: true,
});

if (values.serve !== undefined) await serve(values.serve);
else {
  const { kind, transfers, seed, clients } = values;
  const options = { transfers: Number(transfers), seed: Number(seed), clients: Number(clients) };
  process.exitCode = (await report(new RegExp(kind), options)) ? 0 : 1;
}
