import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import {
  type Command,
  launcher,
  leftoversSoon,
  openFolder,
  processLike,
  type Sandbox,
  startCommand,
} from './killing.ts';
import { descendantsOf, survivorsOf } from './leftovers.ts';
import { freePorts, projectFolder } from './runner.ts';

/** A command that a case starts, and the line by which it says that it is up. */
export type Starter = {
  readonly start: (box: Box, ...args: readonly string[]) => Command;
  readonly ready: string;
};

/** Makes this Node say that it is too old for the command, so that another runs it. */
const oldNode = [
  '--import',
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.20.0"}})',
];

/** Cases run beside each other, and share the processor. */
export const caseMsMax = 240_000;

/** Each case has its own, whose end it ends with. */
export type Box = Sandbox & Pick<TestContext, 'onTestFinished'>;

export const sandbox = ({ onTestFinished }: TestContext): Box => {
  const project = projectFolder(onTestFinished);
  const config = join(project, 'cdk.json');
  // No case needs the self-check, which takes a good part of a start.
  const { app } = JSON.parse(readFileSync(config, 'utf8')) as { readonly app: string };
  writeFileSync(config, JSON.stringify({ app }));
  return { project, temporary: openFolder(onTestFinished, 0o1777), onTestFinished };
};

export const start = (box: Box, command: readonly string[]): Command =>
  startCommand(box.onTestFinished, box, command);

export const stack: Starter = {
  start: (box, ...args) => start(box, [process.execPath, launcher, 'local', ...freePorts, ...args]),
  ready: 'Ctrl-C ends it.',
};

/** It starts sooner than the stack, and hears of its PostgreSQL and of signals in the same way. */
export const cluster: Starter = {
  start: (box, ...args) =>
    start(box, [process.execPath, launcher, 'local', 'dsql', '--port', '0', ...args]),
  ready: '"ready":true',
};

/** Lines that the command addresses to the person. */
export const complaints = (command: Command): readonly string[] =>
  command
    .errors()
    .split('\n')
    .filter((line) => line !== '');

/** How a command ended, what it said last, and what it left. */
export const outcome = async (command: Command, box: Box, processes: readonly number[]) => ({
  code: await command.ended,
  complaints: complaints(command),
  survivors: await survivorsOf(processes),
  leftovers: await leftoversSoon(box),
});

/** A case of a process of PostgreSQL that ends: the command says so in one line and ends with 1. */
export const endsWithPostgres =
  ({ start: run, ready }: Starter, look: RegExp, signal: NodeJS.Signals = 'SIGKILL') =>
  async (context: TestContext): Promise<void> => {
    const box = sandbox(context);
    const command = run(box);
    await command.prints(ready);
    const processes = descendantsOf(command.pid);
    process.kill(processLike(command.pid, look), signal);
    expect(await outcome(command, box, processes)).toEqual({
      code: 1,
      complaints: [expect.stringMatching(/^antipode: PostgreSQL has ended: .+/)],
      survivors: [],
      leftovers: [],
    });
  };

/** A case of a signal to the command: it ends with 0, and leaves nothing. */
export const endsOn =
  (signal: NodeJS.Signals) =>
  async (context: TestContext): Promise<void> => {
    const box = sandbox(context);
    const command = cluster.start(box);
    await command.prints(cluster.ready);
    const processes = descendantsOf(command.pid);
    command.child.kill(signal);
    expect(await outcome(command, box, processes)).toEqual({
      code: 0,
      complaints: [],
      survivors: [],
      leftovers: [],
    });
  };

/**
 * The script of this repository, or one of somebody else's package: a shell stays between npm and
 * the command.
 */
const scripts = {
  own: (
    JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      readonly scripts: { readonly start: string };
    }
  ).scripts.start.replace('packages/cli/bin/antipode.js', launcher),
  plain: `node ${launcher} local`,
  nested: 'npm run plain --',
};

export type ScriptName = keyof typeof scripts;

/** The arguments behind `npm start --`. */
export const npmArgs = { stack: freePorts, cluster: ['dsql', '--port', '0'] } as const;

export const npmStart = (box: Box, name: ScriptName, args: readonly string[]): Command => {
  writeFileSync(
    join(box.project, 'package.json'),
    JSON.stringify({ name: 'x', private: true, scripts: { ...scripts, start: scripts[name] } }),
  );
  return start(box, ['npm', 'start', '--', ...args]);
};

/** A case of a signal to npm alone: all that it has started ends. */
export const endsWithNpm =
  (signal: NodeJS.Signals, name: ScriptName, of: keyof typeof npmArgs = 'cluster') =>
  async (context: TestContext): Promise<void> => {
    const box = sandbox(context);
    const npm = npmStart(box, name, npmArgs[of]);
    await npm.prints(of === 'stack' ? stack.ready : cluster.ready);
    const processes = descendantsOf(npm.pid);
    npm.child.kill(signal);
    await npm.ended;
    expect(await survivorsOf(processes)).toEqual([]);
    expect(await leftoversSoon(box)).toEqual([]);
    // npm itself says nothing in its own favour when it is told to end.
    if (signal === 'SIGTERM' && name === 'own') expect(await npm.ended).toBe(0);
  };

/** The cluster, started by a Node that is too old, and the processes below it. */
export const startOnOldNode = async (box: Box) => {
  const words = [launcher, 'local', 'dsql', '--port', '0'];
  const command = start(box, [process.execPath, ...oldNode, ...words]);
  await command.prints(cluster.ready);
  return { command, processes: descendantsOf(command.pid) };
};
