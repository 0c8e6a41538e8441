import { basename } from 'node:path';
import { commandOf, parentOf } from '../process-identity.ts';

/** A person who ends npm looks whether the stack has ended a second or two later. Milliseconds. */
const lookMs = 500;

/** Between this process and npm there may be a shell, and the launcher that found another Node. */
const stepsMax = 3;

const packageManagers = ['npm', 'npm-cli', 'npx', 'npx-cli', 'pnpm', 'yarn'];

/** Whether a command is npm, which shows itself by its own name, or does what npm does, as a script of Node. */
export const isPackageManager = (command: string): boolean => {
  const [program = '', script = ''] = command.split(' ', 2).map((path) => basename(path));
  const name = program.startsWith('node') ? script.replace(/\.c?js$/, '') : program;
  return packageManagers.includes(name);
};

/** The processes from the one that started this one up to npm; none where npm did not start it. */
const wayToNpm = (environment: NodeJS.ProcessEnv): readonly number[] => {
  if (environment['npm_lifecycle_event'] === undefined) return [];
  const way: number[] = [];
  for (let pid = process.ppid; way.length < stepsMax; pid = parentOf(pid) ?? 0) {
    if (pid <= 1) break;
    way.push(pid);
    if (isPackageManager(commandOf(pid))) return way;
  }
  return parentOf(process.ppid) === undefined ? [process.ppid] : [];
};

/**
 * Calls back when npm, or a shell between npm and this process, ends without a word: npm passes on neither a SIGHUP nor a kill,
 * and its shell keeps a SIGTERM for itself. A command that was started otherwise may outlive its starter, as with `nohup`.
 */
export const whenStarterEnds = (ended: () => void, environment = process.env): void => {
  const way = wayToNpm(environment);
  if (way.length === 0) return;
  const timer = setInterval(() => {
    // Whoever loses its parent gets another.
    const [first, ...others] = way;
    const isWhole =
      process.ppid === first && others.every((pid, at) => parentOf(way[at] ?? 0) === pid);
    if (isWhole) return;
    clearInterval(timer);
    ended();
  }, lookMs);
  timer.unref();
};
