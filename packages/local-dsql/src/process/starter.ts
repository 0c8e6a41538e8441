import { basename } from 'node:path';
import { commandOf, parentOf } from '../folders/process-identity.ts';

/** A person who ends npm looks whether the stack has ended a second or two later. Milliseconds. */
const lookMs = 500;

/**
 * Below npm there may be a shell, and the launcher that found another Node, before this process or
 * another npm.
 */
const stepsMax = 3;

const packageManagers = ['npm', 'npm-cli', 'npx', 'npx-cli', 'pnpm', 'yarn'];

/**
 * Whether a command is npm, which shows itself by its own name, or does what npm does, as a script
 * of Node.
 */
export const isPackageManager = (command: string): boolean => {
  const [program = '', script = ''] = command.split(' ', 2).map((path) => basename(path));
  const name = program.startsWith('node') ? script.replace(/\.c?js$/, '') : program;
  return packageManagers.includes(name);
};

/** Reads the processes of this machine. */
type Processes = {
  readonly commandOf: (pid: number) => string;
  readonly parentOf: (pid: number) => number | undefined;
};

/**
 * The processes from one up to npm, or to the outermost where a script of npm runs another; none
 * where npm is not there.
 */
export const wayToNpm = (
  from: number,
  { commandOf: command, parentOf: parent }: Processes = { commandOf, parentOf },
): readonly number[] => {
  const way: number[] = [];
  let length = 0;
  for (let pid = from; pid > 1 && way.length < length + stepsMax; pid = parent(pid) ?? 0) {
    way.push(pid);
    if (isPackageManager(command(pid))) length = way.length;
  }
  return way.slice(0, length);
};

/** The processes whose end is the end of this one; none where npm did not start it. */
const wayOf = (environment: NodeJS.ProcessEnv): readonly number[] => {
  const { ppid } = process;
  if (environment['npm_lifecycle_event'] === undefined) return [];
  return parentOf(ppid) === undefined ? [ppid] : wayToNpm(ppid);
};

/**
 * Calls back when npm, or a shell between npm and this process, ends without a word: npm passes on
 * neither a SIGHUP nor a kill, and its shell keeps a SIGTERM for itself. A command that was started
 * otherwise may outlive its starter, as with `nohup`.
 */
export const whenStarterEnds = (ended: () => void, environment = process.env): void => {
  const way = wayOf(environment);
  if (way.length === 0) return;
  const timer = setInterval(() => {
    // A process that loses its parent gets another.
    const [first, ...others] = way;
    const isWhole =
      process.ppid === first && others.every((pid, at) => parentOf(way[at] ?? 0) === pid);
    if (isWhole) return;
    clearInterval(timer);
    ended();
  }, lookMs);
  timer.unref();
};
