import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process of this machine, as `/proc` shows it. */
export type Process = { readonly pid: number; readonly parent: number; readonly command: string };

const readProcess = (pid: number): Process | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return state === 'Z' ? undefined : { pid, parent: Number(parent), command };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
};

const allProcesses = (): readonly Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);

/** The processes that a process has started, theirs included. */
export const processesBelow = (pid: number): readonly Process[] => {
  const processes = allProcesses();
  const childrenOf = (parent: number): readonly Process[] =>
    processes
      .filter((one) => one.parent === parent)
      .flatMap((one) => [one, ...childrenOf(one.pid)]);
  return childrenOf(pid);
};

/** Their numbers. */
export const descendantsOf = (pid: number): readonly number[] =>
  processesBelow(pid).map((one) => one.pid);

/** Those of the processes that still run after a moment: what was told to end may need one. */
export const survivorsOf = async (pids: readonly number[]): Promise<readonly string[]> => {
  const roundsMax = 100;
  for (let round = 0; round < roundsMax; round += 1) {
    const alive = pids.filter((pid) => existsSync(`/proc/${pid}`) && readProcess(pid));
    if (alive.length === 0) return [];
    await delay(50);
  }
  return pids.flatMap((pid) => readProcess(pid)?.command ?? []);
};
