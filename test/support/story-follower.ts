import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childEnvironment } from './child-environment.ts';
import { needsAws } from './page-commands.ts';
import { openShell } from './page-shell.ts';
import { applyDiff, hasPrinted, isOutput, type StoryStep } from './page-story.ts';

/** A person who follows a page in a project. */
export interface Follower {
  /** @throws {Error} at the first step that does not go as the page says */
  readonly follow: (steps: readonly StoryStep[]) => Promise<void>;
  /** Presses Ctrl-C in the terminal of the stack. */
  readonly stop: () => Promise<void>;
}

/** A synthesis or a start takes seconds, and many times as long on a busy machine. */
const waitMsMax = 180_000;

/** A question starts a process or two. */
const pauseMs = 500;

/** Those of the page, and any free ones in a test. */
const ports = {
  page: ['4100', '4200'],
  options: ['--primary-port', '--secondary-port', '--primary-dsql-port', '--secondary-dsql-port'],
};

type Terminal = { readonly child: ChildProcess; readonly output: () => string };

const until = async (what: string, isThere: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = Date.now() + waitMsMax;
  while (!(await isThere())) {
    if (Date.now() > deadline) throw new Error(`not so within ${waitMsMax} ms: ${what}`);
    await delay(pauseMs);
  }
};

const openTerminal = (
  line: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Terminal => {
  const anyPorts = ports.options.map((option) => `${option} 0`).join(' ');
  const child = spawn('bash', ['-c', `${line} ${anyPorts}`], {
    ...{ cwd: folder, env: { ...childEnvironment(), ...environment } },
    // A group of its own, so that Ctrl-C reaches all of it and nothing else.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return { child, output: () => output };
};

const close = async ({ child }: Terminal): Promise<void> => {
  if (child.exitCode !== null || child.pid === undefined) return;
  const closed = once(child, 'close');
  process.kill(-child.pid, 'SIGINT');
  await closed;
};

/** The text of a page with other ports, and back. */
const replacePorts = (text: string, from: readonly string[], to: readonly string[]): string =>
  from.reduce((so, port, at) => so.replaceAll(port, to[at] ?? port), text);

const isStart = (script: string): boolean => script.startsWith('npm start');

/** @param environment of all commands, and of the stack but for `shellOnly` */
export const createFollower = (
  folder: string,
  environment: Readonly<Record<string, string>>,
  shellOnly: Readonly<Record<string, string>> = {},
): Follower => {
  const shell = openShell(folder, { ...environment, ...shellOnly });
  let terminal: Terminal | undefined;
  let actual: readonly string[] = ports.page;
  let mark = 0;

  const stop = async (): Promise<void> => {
    if (terminal) await close(terminal);
    terminal = undefined;
  };

  const start = async (script: string, shown: string | undefined): Promise<void> => {
    await stop();
    const started = openTerminal(script.trim(), folder, environment);
    terminal = started;
    const isUp = (): boolean => {
      if (started.child.exitCode !== null) throw new Error(`ended:\n${started.output()}`);
      if (!started.output().includes('Ctrl-C ends it.')) return false;
      return shown === undefined || isOutput(started.output(), shown);
    };
    await until(`${script}\n${shown}`, isUp).catch((cause: Error) => {
      throw new Error(`${cause.message}\n${started.output()}`, { cause });
    });
    const found = started.output().matchAll(/ http:\/\/127\.0\.0\.1:(\d+)$/gm);
    actual = [...found].map(([, port = '']) => port);
  };

  const runCommands = async (step: StoryStep & { kind: 'commands' }): Promise<void> => {
    const own = step.script.split('\n').filter((line) => !needsAws(line));
    const script = replacePorts(own.join('\n'), ports.page, actual);
    if (script.trim() === '') return;
    if (isStart(script)) return start(script, step.output);
    let answer = '';
    const isRight = async (): Promise<boolean> => {
      // As a terminal shows it, which has errors in their places.
      const { code, output } = await shell.run(`exec 2>&1\n${script}`);
      answer = `${script}\nhas printed, with exit code ${code}:\n${output}`;
      if (step.output === undefined) return code === 0;
      return isOutput(replacePorts(output, actual, ports.page), step.output);
    };
    const asked = step.isRepeated ? until(script, isRight) : isRight();
    if ((await asked.catch(() => false)) === false) {
      const shown = step.output === undefined ? '' : `the page shows:\n${step.output}`;
      throw new Error(`${answer}\n${shown}\n${terminal?.output() ?? ''}`);
    }
  };

  const runStep = async (step: StoryStep): Promise<void> => {
    if (step.kind === 'commands') return runCommands(step);
    if (step.kind === 'edit') {
      mark = terminal?.output().length ?? 0;
      const path = join(folder, step.file);
      return writeFileSync(path, applyDiff(readFileSync(path, 'utf8'), step.diff));
    }
    const printed = (): string => terminal?.output().slice(mark) ?? '';
    await until(step.output, () => hasPrinted(printed(), step.output));
  };

  return {
    follow: async (steps) => {
      for (const step of steps) await runStep(step);
    },
    stop,
  };
};
