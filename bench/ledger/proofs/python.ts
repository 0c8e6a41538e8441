/**
 * Synthesizes services by the CDK app in Python, and ends with 1 unless that deploys the same as
 * the CDK app in TypeScript, up to the differences that are listed with a reason, and unless the
 * CDK CLI deploys it to a local stack.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { ledger } from '../../../src/adapters/ledger/service.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';
import { deployPythonApp } from '../../../test/e2e/deploy/ledger/python-app.ts';
import { booking } from '../../../test/infra/support/booking.ts';
import { changedSettings, everySwitch } from '../../../test/infra/support/configurations.ts';
import { anySettings, type Settings } from '../../../test/infra/ways/any-settings.ts';
import { unintended } from '../../../test/infra/ways/compare.ts';
import {
  buildForPython,
  compareWithPython,
  intended,
  ownStackProblems,
  pythonVariables,
} from '../../../test/infra/ways/python.ts';
import { childEnvironment } from '../../../test/support/child-environment.ts';

const { values } = parseArgs({
  options: {
    /** A Python with the packages of `infra/python/requirements.txt`. */
    python: { type: 'string', default: 'python3' },
  },
  // `npm run proofs -- python` leaves its name there.
  allowPositionals: true,
});

/** A path is one from here; a name is looked for where programs are. */
const python = values.python.includes('/') ? resolve(values.python) : values.python;

const apps = join(import.meta.dirname, '../../../infra/python');

type Build = {
  readonly service: DeclaredService;
  readonly options: Settings;
  readonly deployments: readonly Settings[];
};

const { CANARY_MINUTES: _, TRACING: tracing = 'on', ...everyOption } = everySwitch;

/** The settings of a sample are the same in every run, so that a failure can be repeated. */
const samples = fc.sample(anySettings, { seed: 7, numRuns: 2 });

const builds: readonly Build[] = [
  { service: ledger, options: {}, deployments: [{}, ...samples] },
  {
    ...{ service: booking, options: { ...everyOption, ...changedSettings.protectData } },
    deployments: [{ TRACING: tracing }],
  },
  { service: booking, options: changedSettings.importClusters, deployments: [{}] },
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const variablesOf = (built: string, settings: Settings): NodeJS.ProcessEnv => ({
  ...childEnvironment(),
  ...pythonVariables(settings),
  CDK_SERVICE_FOLDER: built,
});

const synthesize = (built: string, settings: Settings, outdir: string): void => {
  execFileSync(python, ['app.py'], {
    env: { ...variablesOf(built, settings), CDK_OUTDIR: outdir },
    cwd: apps,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
};

/** Synthesizes an app as a person does, by the CDK CLI. */
const synthesizeByCli = (app: string, built: string, outdir: string): void => {
  const command = ['synth', '--quiet', '--no-notices', '--output', outdir];
  execFileSync('cdk', [...command, '--app', `${python} ${app}`], {
    env: { ...variablesOf(built, {}), CDK_DISABLE_CLI_TELEMETRY: 'true' },
    cwd: apps,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
};

/** Regions that DSQL does not peer have to end the synthesis, with one line that names its sets. */
const regionProblems = (built: string): readonly string[] => {
  const { status, stderr } = spawnSync(python, ['app.py'], {
    ...{ env: variablesOf(built, { WITNESS_REGION: 'eu-west-1' }), cwd: apps, encoding: 'utf8' },
  });
  const line =
    /^CDK_PRIMARY_REGION=us-east-1 CDK_SECONDARY_REGION=us-west-2 CDK_WITNESS_REGION=eu-west-1: take all three Regions from one of us-east-1, us-east-2, us-west-2 \| .+\n$/;
  return status === 1 && line.test(stderr) ? [] : [`ended with ${status}: ${stderr}`];
};

let [passed, failed] = [0, 0];

const report = (
  title: string,
  lines: readonly string[],
  [good, bad] = ['same ', 'OTHER'],
): void => {
  say(`${lines.length === 0 ? good : bad} ${title}`);
  for (const line of lines) say(`      ${line}`);
  if (lines.length === 0) passed += 1;
  else failed += 1;
};

const folder = mkdtempSync(join(tmpdir(), 'antipode-python-'));
try {
  for (const [at, { service, options, deployments }] of builds.entries()) {
    const built = join(folder, String(at));
    mkdirSync(built);
    await buildForPython(service, options, built);
    for (const [number, settings] of deployments.entries()) {
      const outdir = join(built, `cdk.out-${number}`);
      synthesize(built, settings, outdir);
      const all = { ...options, ...settings };
      const { found, problems } = compareWithPython(service, all, built, outdir);
      report(
        `${service.name}, built with ${JSON.stringify(options)}, deployed with ${JSON.stringify(settings)}`,
        [...unintended(found, intended, 'infra/python'), ...problems],
      );
    }
  }
  const built = join(folder, '0');
  const outdir = join(built, 'cdk.out-own-stacks');
  synthesizeByCli('audit_app.py', built, outdir);
  report("the ledger beside a team's own stacks", ownStackProblems(ledger, built, outdir));
  report('Regions of two sets are refused', regionProblems(built), ['done ', 'WRONG']);
  for (const { command, problems } of await deployPythonApp(python)) {
    report(`cdk ${command}`, problems, ['done ', 'WRONG']);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(` Tests  ${failed === 0 ? '' : `${failed} failed | `}${passed} passed`);
process.exitCode = failed === 0 ? 0 : 1;
