import { chmodSync, statfsSync } from 'node:fs';
import { createRunFolder, removeRunFolder } from './run-folder.ts';

const { env } = process;

/** A file system in memory, which Linux has; in a container it may be small. */
const memory = '/dev/shm';

/** A run needs 1 GiB at most; the rest stays free for others. */
const bytesMin = 4 * 1024 ** 3;

const hasRoom = (): boolean => {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= bytesMin;
  } catch {
    return false;
  }
};

// Short: the path of a socket below it holds 107 bytes at most.
const name = 'antipode';

let folder: string | undefined;

/**
 * Keeps the temporary files of a run in memory where there is room. A PostgreSQL creates a thousand
 * files, and each one costs 0.7 ms of processor time on a disk's file system.
 */
export const setup = (): void => {
  if (env['TMPDIR'] !== undefined || !hasRoom()) return;
  folder = createRunFolder(memory, name);
  // Like the system's own: PostgreSQL runs as another user when root starts it.
  chmodSync(folder, 0o1777);
  env['TMPDIR'] = folder;
};

export const teardown = (): void => {
  if (folder !== undefined) removeRunFolder(folder);
};
