import { basename } from 'node:path';
import { commandOf, parentOf } from '../folders/process-identity.ts';

/**
 * Milliseconds between two looks for npm. A person who ends npm expects the stack to end within a
 * second or two.
 */
const lookMs = 500;

/**
 * Processes between npm and this process, or another npm: a shell, and the launcher that looks for
 * the right Node.
 */
const stepsMax = 3;

const packageManagers = ['npm', 'npm-cli', 'npx', 'npx-cli', 'pnpm', 'yarn'];

/**
 * Whether a command is npm, or another package manager. It may be a program of that name, or a
 * script that Node runs.
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
 * The processes from one up to npm: up to the outermost npm if a script of npm runs another one.
 * Empty if there is no npm.
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
 * Calls back when npm, or a shell between npm and this process, ends without a signal to this
 * process: npm passes on neither a SIGHUP nor a kill, and its shell passes on no SIGTERM. A command
 * that was started in another way may outlive its starter, as with `nohup`.
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
