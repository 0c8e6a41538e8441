import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of this run alone, below the project's `.antipode`. */
export interface RunFolder {
  readonly path: string;
  readonly write: (file: string, content: string) => string;
  readonly remove: () => void;
}

const prefix = 'run-';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of someone else may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** What a run left that was killed before it could clean up. */
const removeLeftovers = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (pid !== process.pid && Number.isInteger(pid) && !isAlive(pid)) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
};

/**
 * Creates the folder of this run.
 *
 * @throws {Error} with one line when the project's folder cannot be written.
 */
export const createRunFolder = (directory: string): RunFolder => {
  const parent = join(directory, '.antipode');
  const path = join(parent, `${prefix}${process.pid}`);
  try {
    mkdirSync(path, { recursive: true });
    removeLeftovers(parent);
  } catch (cause) {
    throw new Error(`cannot write to ${parent}: change its rights, or start in another folder`, {
      cause,
    });
  }
  return {
    path,
    write: (file, content) => {
      // Some of it are keys.
      writeFileSync(join(path, file), content, { mode: 0o600 });
      return join(path, file);
    },
    remove: () => {
      rmSync(path, { recursive: true, force: true });
      try {
        rmdirSync(parent);
      } catch {
        // Another run still has its folder there.
      }
    },
  };
};
