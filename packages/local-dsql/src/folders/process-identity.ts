import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told apart from a later one of the same number. */
export type ProcessIdentity = {
  readonly pid: number;
  /** When it began, in a unit of the system's own. */
  readonly startedAt: string;
  /** Where its number counts: a machine, or a container of it. */
  readonly place: string;
};

/** Numbers of processes count within a container; its name and its namespace tell it apart. */
const readPlace = (): string => {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
};

/**
 * The state, the parent and the start of a process where `/proc` shows them: fields 3, 4 and 22 of
 * proc(5).
 */
const fromProc = (pid: number) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program comes before, in brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1]), startedAt: fields[19] ?? '' };
};

const fromPs = (pid: number) => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
  });
  const [state = '', ...date] = (stdout ?? '').trim().split(/\s+/);
  return { state, startedAt: date.join(' ') };
};

/**
 * When a process of this place began; `undefined` where it has ended, also while its parent has not
 * waited for it.
 */
const startOf = (pid: number): string | undefined => {
  let seen: { readonly state: string; readonly startedAt: string };
  try {
    seen = process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
  const { state, startedAt } = seen;
  return state === '' || /^[ZX]/.test(state) ? undefined : startedAt;
};

/** The process that asks. */
export const ownIdentity = (): ProcessIdentity => ({
  pid: process.pid,
  startedAt: startOf(process.pid) ?? '',
  place: readPlace(),
});

/** Whether some process of this place has the number. */
export const isRunning = (pid: number): boolean => startOf(pid) !== undefined;

/**
 * Whether a process has ended for certain: one of another machine or container cannot be judged.
 */
export const hasEnded = ({ pid, startedAt, place }: ProcessIdentity): boolean =>
  place === readPlace() && startOf(pid) !== startedAt;

/** Whether a process runs in this place for certain. */
export const isAlive = ({ pid, startedAt, place }: ProcessIdentity): boolean =>
  place === readPlace() && startOf(pid) === startedAt;

/**
 * The command that a process of this place runs, its arguments separated by blanks; empty where it
 * has ended.
 */
export const commandOf = (pid: number): string => {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    }
  } catch {
    return '';
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
};

/** The process that started a process of this place; `undefined` where that cannot be seen. */
export const parentOf = (pid: number): number | undefined => {
  try {
    return fromProc(pid).parent;
  } catch {
    return undefined;
  }
};
