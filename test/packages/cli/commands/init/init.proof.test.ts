import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installMsMax, installProject } from '../../../../arch/installing.ts';
import { manifestOf } from '../../../../arch/packages.ts';
import { packInto } from '../../../../arch/packing.ts';
import { type Outcome, root, run, temporaryFolder } from '../../../../arch/tools.ts';
import { freePorts } from '../../../../e2e/local-app/runner.ts';
import { installInto } from '../../../../examples/installed-example.ts';

/** Each step takes a few seconds here, and several times as long on a busy machine. */
const timeoutMs = 300_000;

const folder = temporaryFolder();
let archives: readonly string[] = [];
let command = '';

beforeAll(async () => {
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(folder.path, 0o755);
  archives = await packInto(join(folder.path, 'packed'));
  const tool = await installProject(join(folder.path, 'tool'), '--omit=optional', ...archives);
  command = join(tool, 'node_modules/antipode-cli/bin/antipode.js');
}, installMsMax);
afterAll(folder.remove);

/** The environment of a person: without the programs of this repository, and any Node. */
const personal = (): NodeJS.ProcessEnv => {
  const { PATH = '', HOME } = process.env;
  const places = PATH.split(delimiter).filter((one) => !one.includes('node_modules'));
  const registry = Object.entries(process.env).filter(([name]) => name === 'npm_config_registry');
  return { PATH: places.join(delimiter), HOME, NO_COLOR: '1', ...Object.fromEntries(registry) };
};

const npm = (directory: string, ...args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile('npm', [...args], { cwd: directory, env: personal() }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });

type Lock = { readonly packages: Readonly<Record<string, { readonly resolved?: string }>> };

const succeeds = async (outcome: Promise<Outcome>): Promise<string> => {
  const { code, output } = await outcome;
  expect(code, output).toBe(0);
  return output;
};

/** `order` is a word of SQL, and a name that a stranger gives. */
const names = { service: 'order', minimal: 'web-shop-of-ada' };

describe.each(Object.entries(names))('a new project of the template %s', (template, name) => {
  const project = join(folder.path, name);

  beforeAll(async () => {
    const init = run(folder.path, 'node', command, 'init', name, '--template', template);
    expect(await succeeds(init)).toContain(`of the service ${name} are in`);
    await installInto(project, archives);
    symlinkSync(join(root, 'node_modules/.bin'), join(project, 'node_modules/.bin'), 'junction');
  }, timeoutMs);

  test('compiles', () => succeeds(npm(project, 'run', 'typecheck')), timeoutMs);

  test('passes its own tests', () => succeeds(npm(project, 'test')), timeoutMs);

  test(
    'starts in both Regions on a laptop and passes its self-check',
    async () => {
      const output = await succeeds(npm(project, 'start', '--', '--once', ...freePorts));
      expect(output).toContain('The self-check passed.');
    },
    timeoutMs,
  );
});

test(
  'a new project is synthesized by the CDK',
  () => succeeds(npm(join(folder.path, names.service), 'exec', '--', 'cdk', 'synth', '--quiet')),
  timeoutMs,
);

test(
  'a new project gets the packages from the archives that the command came from, and each once',
  async () => {
    await succeeds(run(folder.path, 'node', command, 'init', 'locked'));
    const project = join(folder.path, 'locked');
    const options = ['--package-lock-only', '--no-audit', '--no-fund'];
    await succeeds(npm(project, 'install', ...options));
    const text = readFileSync(join(project, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as Lock;
    const own = Object.entries(packages).filter(([path]) => /\/antipode[\w-]*$/.test(path));
    const { version } = manifestOf('packages/cli');
    expect(own.map(([path, { resolved }]) => [path, resolved])).toEqual(
      ['antipode', 'antipode-cli', 'antipode-local-dsql'].map((one) => [
        `node_modules/${one}`,
        `file:vendor/${one}-${version}.tgz`,
      ]),
    );
  },
  installMsMax,
);
