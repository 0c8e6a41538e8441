import { FunctionStopped } from '../errors.ts';
import type { EnvironmentPool } from './environment-pool.ts';

/** The execution environments of a function whose code may change while it runs. */
export interface ReplaceablePool extends EnvironmentPool {
  /** Folder of the code that the next invocation runs. */
  readonly codeDir: () => string;
  /**
   * Runs every later invocation on the code in another folder; those that were accepted before end
   * on the old one.
   *
   * @returns when no process of the old code is left.
   */
  readonly replaceCode: (codeDir: string) => Promise<void>;
  /**
   * Kills every process, in the middle of its invocation too, which fails with `FunctionStopped`.
   * Later invocations run in new processes.
   */
  readonly interrupt: () => Promise<void>;
}

/** The environments of one version of the code. */
type Version = {
  readonly codeDir: string;
  readonly pool: EnvironmentPool;
  readonly work: Set<Promise<unknown>>;
};

/** @param create makes the environments of the code in a folder */
export const createReplaceablePool = (
  codeDir: string,
  create: (codeDir: string) => EnvironmentPool,
): ReplaceablePool => {
  const open = (folder: string): Version => ({
    codeDir: folder,
    pool: create(folder),
    work: new Set(),
  });
  let current = open(codeDir);
  let stopped = false;
  const versions = new Set([current]);

  const retire = async (version: Version): Promise<void> => {
    await Promise.allSettled(version.work);
    await version.pool.stop();
    versions.delete(version);
  };

  return {
    codeDir: () => current.codeDir,
    run: (invocation) => {
      const { pool, work } = current;
      const running = pool.run(invocation);
      const end = (): void => void work.delete(running);
      work.add(running);
      running.then(end, end);
      return running;
    },
    warmUp: () => current.pool.warmUp(),
    hasProcess: (accessKeyId) => [...versions].some(({ pool }) => pool.hasProcess(accessKeyId)),
    crash: (accessKeyId) => {
      for (const { pool } of versions) pool.crash(accessKeyId);
    },
    pids: () => [...versions].flatMap(({ pool }) => pool.pids()),
    replaceCode: async (folder) => {
      if (stopped) throw new FunctionStopped();
      const old = current;
      current = open(folder);
      versions.add(current);
      await retire(old);
    },
    interrupt: async () => {
      if (stopped) return;
      const killed = [...versions];
      current = open(current.codeDir);
      versions.add(current);
      await Promise.all(killed.map(({ pool }) => pool.stop()));
      for (const version of killed) versions.delete(version);
    },
    stop: async () => {
      stopped = true;
      await Promise.all([...versions].map(({ pool }) => pool.stop()));
    },
  };
};
