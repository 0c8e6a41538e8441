import { execFile, execFileSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { childEnvironment } from '../../support/child-environment.ts';

/** The root of this repository. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** A program that has ended; one that failed is an outcome too. */
export type Ended = { readonly code: number; readonly output: string };

/** Largest output kept, in bytes; a deployment prints a line for each event. */
const outputBytesMax = 16 * 1024 * 1024;

const run = (
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string = repository,
): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd, env: environment, maxBuffer: outputBytesMax };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, output: stdout + stderr });
    });
  });

/**
 * The variables by which AWS's tools find the local stack, and nothing of the developer's own. The
 * aws command reads its Region by another name than the SDK.
 *
 * @param url the port of any Region; by this name the CDK CLI addresses buckets by their paths
 * @param home where the tools keep what they remember
 */
export const toolEnvironment = (url: string, home: string) => ({
  ...childEnvironment(),
  // The CDK CLI starts apps by `node`: the Node that runs the tests.
  PATH: `${dirname(process.execPath)}${delimiter}${childEnvironment().PATH ?? ''}`,
  HOME: home,
  NO_COLOR: '1',
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  AWS_ENDPOINT_URL: url.replace('127.0.0.1', 'localhost'),
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
});

/** A module by which an app bundles its functions once for all tests: `--import` it. */
export const keptBundles = pathToFileURL(join(repository, 'test/support/kept-bundles.ts')).href;

/** Options of Node by which the CDK CLI looks at its stacks more often. */
export const quickly: readonly string[] = [
  '--import',
  pathToFileURL(join(import.meta.dirname, 'quick-polls.ts')).href,
];

/** AWS's tools, led to a local stack. */
export interface Tools {
  /** The CDK CLI, unchanged but for the pauses between its looks, over a synthesized app. */
  readonly cdk: (assembly: string, ...args: readonly string[]) => Promise<Ended>;
  /** The same in a project, whose `cdk.json` names the app. `settings` are its variables. */
  readonly cdkIn: (
    project: string,
    settings: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ) => Promise<Ended>;
  /** The aws command, likewise. */
  readonly aws: (...args: readonly string[]) => Promise<Ended>;
}

export const toolsFor = (url: string, home: string): Tools => {
  const environment = toolEnvironment(url, home);
  const cdk = join(repository, 'node_modules/aws-cdk/bin/cdk');
  const quiet = ['--no-notices', '--no-color'];
  return {
    cdk: (assembly, command = '', ...args) =>
      run(
        process.execPath,
        [...quickly, cdk, command, '--app', assembly, ...quiet, ...args],
        environment,
      ),
    cdkIn: (project, settings, command = '', ...args) =>
      run(
        process.execPath,
        [...quickly, cdk, command, ...quiet, ...args],
        { ...environment, ...settings },
        project,
      ),
    aws: (...args) => run('aws', args, { ...environment, PYTHONPATH: quickPython }),
  };
};

/** Its module shortens the pauses of the aws command. */
const quickPython = join(import.meta.dirname, 'python');

/** Whether the aws command is installed here. */
export const hasAwsCommand = (): boolean => {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Synthesizes an app by running its file. */
export const synthesizeBy = async (
  file: string,
  outdir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const { code, output } = await run(process.execPath, ['--import', keptBundles, file], {
    ...childEnvironment(),
    ...environment,
    CDK_OUTDIR: outdir,
  });
  if (code !== 0) throw new Error(output);
  return outdir;
};
