import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { promisify } from 'node:util';
import { ownUid } from '../folders/private-folder.ts';
import type { ProcessUser } from './postgres-binaries.ts';

export const run = promisify(execFile);

/** Options of a program that runs as a user, without the environment of this process. */
export const asUser = (user: ProcessUser | undefined, cwd = '/') => ({
  ...user,
  cwd,
  env: { LC_ALL: 'C' },
});

const numberFrom = async (...flags: readonly string[]): Promise<number> =>
  Number((await run('id', flags)).stdout);

/**
 * The user that runs PostgreSQL, which refuses to run as root: `nobody`, or the owner of the data
 * folder.
 */
export const unprivilegedUser = async (folder?: Stats): Promise<ProcessUser | undefined> => {
  if (ownUid !== 0) return undefined;
  const name = folder && folder.uid !== 0 ? String(folder.uid) : 'nobody';
  const uid = folder && folder.uid !== 0 ? folder.uid : await numberFrom('-u', name);
  const gid = await numberFrom('-g', name).catch(() => numberFrom('-g', 'nobody'));
  return { uid, gid };
};
