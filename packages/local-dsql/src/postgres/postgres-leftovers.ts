import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { leftFolder, leftFolders, removeLeftFolder } from '../folders/owned-folder.ts';
import { commandOf, isRunning } from '../folders/process-identity.ts';

/** Milliseconds that a server has to end after each signal. The supervisor waits as long. */
const endMsMax = { SIGINT: 3_000, SIGQUIT: 6_000, SIGKILL: 2_000 } as const;
const lookMs = 20;

/** The lines of a lock file. The first line is the number of the server's process. */
const readLines = (path: string): readonly string[] => {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
};

/** The names in a folder; none if another start has removed it. */
const entriesOf = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const socketLock = /^\.s\.PGSQL\.\d+\.lock$/;

/**
 * The server whose socket lies in a run folder; its command must name the folder, because the
 * number may belong to another process by now.
 */
const serverIn = (runFolder: string): number | undefined => {
  const lock = entriesOf(runFolder).find((name) => socketLock.test(name));
  const pid = lock === undefined ? 0 : Number(readLines(join(runFolder, lock))[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  const command = commandOf(pid);
  return command.includes(`-k ${runFolder} `) && command.includes('postgres -D ') ? pid : undefined;
};

/**
 * The process that the lock of a kept database names, if it is no PostgreSQL. The server was killed
 * then: the number belongs to another process now, or the server's parent has not waited for it.
 * PostgreSQL would take that process for its server.
 */
export const staleHolderOf = (dataFolder: string): number | undefined => {
  const pid = Number(readLines(join(dataFolder, 'data', 'postmaster.pid'))[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  return commandOf(pid).includes('postgres') ? undefined : pid;
};

const untilEnded = async (pid: number, msMax: number): Promise<boolean> => {
  const deadline = performance.now() + msMax;
  while (isRunning(pid)) {
    if (performance.now() > deadline) return false;
    await delay(lookMs);
  }
  return true;
};

/**
 * Ends the server of a run folder, if one still runs.
 *
 * @param keep whether it is to write its data first
 */
export const endServerOf = async (runFolder: string, keep: boolean): Promise<void> => {
  const pid = serverIn(runFolder);
  if (pid === undefined) return;
  for (const signal of keep
    ? (['SIGINT', 'SIGQUIT', 'SIGKILL'] as const)
    : (['SIGQUIT', 'SIGKILL'] as const)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended, or it belongs to another user.
      return;
    }
    if (await untilEnded(pid, endMsMax[signal])) return;
  }
};

/**
 * Ends and removes what starts have left in the temporary folder that were killed together with
 * their supervisors.
 */
export const removeLeftServers = async (temporary: string, name: string): Promise<void> => {
  for (const left of leftFolders(temporary, name)) {
    // A fast shutdown does no harm to data that is removed, and writes data that lies elsewhere.
    await endServerOf(left.path, true);
    removeLeftFolder(left);
  }
};

/**
 * Ends the server that still uses a kept database whose start was killed; its temporary folder may
 * have been another one.
 */
export const endLeftServerOf = async (dataFolder: string): Promise<void> => {
  // Line 5 of `postmaster.pid` is the folder of the socket.
  const runFolder = readLines(join(dataFolder, 'data', 'postmaster.pid'))[4];
  if (!runFolder || dirname(runFolder) === runFolder) return;
  const left = leftFolder(runFolder);
  if (!left) return;
  await endServerOf(left.path, true);
  removeLeftFolder(left);
};
