import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../support/child-environment.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const localApp = join(repository, 'test/e2e/local-app');

/** Tests run beside each other, so each takes whatever ports are free. */
export const freePorts = [
  ...['--primary-port', '0', '--secondary-port', '0'],
  ...['--primary-dsql-port', '0', '--secondary-dsql-port', '0'],
];

/** A running `antipode local` of the small app, in a project folder of its own. */
export type Runner = {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The text that it has printed so far, errors included. */
  readonly output: () => string;
  /** Waits for a text in the output. */
  readonly prints: (text: string | RegExp) => Promise<string>;
  readonly exited: Promise<number | null>;
};

/** Starts and syntheses take seconds, and several times as long on a busy machine. */
const waitMsMax = 90_000;

/**
 * A project folder with the small app as its own; removed at the end of the test that it is given
 * to.
 */
export const projectFolder = (
  onTestFinished: (end: () => void) => void,
  name = 'project',
): string => {
  const parent = mkdtempSync(join(tmpdir(), 'antipode-runner-'));
  const folder = join(parent, name);
  mkdirSync(folder);
  // PostgreSQL runs as another user where the tests run as root.
  for (const path of [parent, folder]) chmodSync(path, 0o755);
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const context = { 'antipode:check': join(localApp, 'self-check.ts') };
  const app = `node ${join(localApp, 'app.ts')}`;
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app, context }));
  return folder;
};

/** Starts the command as a person does. */
export const antipodeLocal = (
  directory: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Runner => {
  const launcher = join(repository, 'packages/cli/bin/antipode.js');
  const child = spawn(
    process.execPath,
    [launcher, 'local', ...args],
    // A group of its own, so that a test can press Ctrl-C on all of it.
    { cwd: directory, env: { ...childEnvironment(), ...environment }, detached: true },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const prints = async (text: string | RegExp): Promise<string> => {
    const deadline = Date.now() + waitMsMax;
    while (!(typeof text === 'string' ? output.includes(text) : text.test(output))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`not printed: ${text}\n${output}`);
      await delay(20);
    }
    return output;
  };
  return { pid: child.pid ?? 0, child, output: () => output, prints, exited };
};
