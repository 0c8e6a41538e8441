import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../support/child-environment.ts';
import { processesBelow } from './leftovers.ts';

/** The `antipode` command of this checkout. */
export const launcher = fileURLToPath(
  new URL('../../../packages/cli/bin/antipode.js', import.meta.url),
);

type OnTestFinished = (end: () => void | Promise<void>) => void;

/**
 * A folder that every user may enter, because PostgreSQL runs as another user where the tests run
 * as root.
 */
export const openFolder = (onTestFinished: OnTestFinished, mode = 0o755): string => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-kill-'));
  chmodSync(folder, mode);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A project and a temporary folder of a test's own: whatever stays behind is in one of them. */
export type Sandbox = { readonly project: string; readonly temporary: string };

/**
 * The logs of a run that failed stay until the next start, with two files that say whose they are.
 */
const areLogs = (runFolder: string): boolean =>
  readdirSync(runFolder).sort().join() === 'logs,owner.json,stack.json';

/** Files that earlier runs have left in a sandbox, without logs, of which a person is told. */
export const leftoversIn = ({ project, temporary }: Sandbox): readonly string[] => {
  const runs = join(project, '.antipode');
  return [
    ...readdirSync(temporary),
    ...(existsSync(runs) ? readdirSync(runs) : []).filter((name) => !areLogs(join(runs, name))),
  ];
};

/** The same, after a moment for what supervises PostgreSQL: it outlives the command. */
export const leftoversSoon = async (box: Sandbox): Promise<readonly string[]> => {
  const roundsMax = 200;
  for (let round = 0; round < roundsMax && leftoversIn(box).length > 0; round += 1) await delay(50);
  return leftoversIn(box);
};

/** A command under test, and what it has printed on each stream. */
export type Command = {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  readonly prints: (text: string | RegExp) => Promise<void>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
};

/** A start takes seconds on a machine that does nothing else, and several run beside each other. */
const waitMsMax = 180_000;

/** Starts a command in a sandbox; it and all that it has started end with the test. */
export const startCommand = (
  onTestFinished: OnTestFinished,
  { project, temporary }: Sandbox,
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Command => {
  const child = spawn(program, args, {
    cwd: project,
    env: { ...childEnvironment(), HOME: project, TMPDIR: temporary, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a shell gives each command.
    detached: true,
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      texts[name] += chunk;
    });
  }
  const output = () => texts.stdout + texts.stderr;
  // All that it has said is read by then.
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  onTestFinished(async () => {
    for (const { pid } of processesBelow(child.pid ?? 0)) killQuietly(pid);
    child.kill('SIGKILL');
    await ended;
  });
  return {
    pid: child.pid ?? 0,
    child,
    output,
    errors: () => texts.stderr,
    prints: async (text) => {
      const deadline = Date.now() + waitMsMax;
      while (!(typeof text === 'string' ? output().includes(text) : text.test(output()))) {
        if (child.exitCode !== null || Date.now() > deadline)
          throw new Error(`not printed: ${text}\n${output()}`);
        await delay(20);
      }
    },
    ended,
  };
};

const killQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
};

/** The one process below another whose command looks so; throws where there is none. */
export const processLike = (pid: number, command: RegExp): number => {
  const found = processesBelow(pid).find((one) => command.test(one.command));
  if (!found) throw new Error(`no process like ${command}`);
  return found.pid;
};

/** How the processes of a stack look. */
export const looks = {
  /** The shell that ends PostgreSQL with the runner. */
  supervisor: /^\/bin\/sh -c .*signal=/s,
  postmaster: /^\S+native\/bin\/postgres -D/,
  checkpointer: /^postgres: checkpointer/,
  connection: /^postgres: postgres postgres/,
  function: /aws-lambda-ric/,
} as const;

/** Kills everything at once, so that nothing can clean up. */
export const killAll = (pid: number): void => {
  const below = processesBelow(pid).map((one) => one.pid);
  // The supervisor first; then nobody hears of the death of the server.
  for (const one of [pid, ...below]) process.kill(one, 'SIGSTOP');
  for (const one of [pid, ...below]) killQuietly(one);
};
