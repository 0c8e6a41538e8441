import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { openFolder } from './killing.ts';

const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0;

/** Why no file system can be mounted here; `undefined` where one can. */
export const noMounts = ((): string | undefined => {
  if (process.platform !== 'linux') return 'file systems are mounted on Linux only';
  if (process.geteuid?.() !== 0) return 'only root may mount a file system';
  const probe = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return probe.status === 0 ? undefined : 'this root may not mount a file system';
})();

if (noMounts !== undefined) console.warn(`SKIPPED: full and read-only disks: ${noMounts}`);

type OnTestFinished = (end: () => void | Promise<void>) => void;

/** A disk of this size of its own, which every user may write to. */
export const smallDisk = (onTestFinished: OnTestFinished, size: string): string => {
  const folder = openFolder(onTestFinished);
  if (!mount('-t', 'tmpfs', '-o', `size=${size},mode=1777`, 'tmpfs', folder)) {
    throw new Error(`cannot mount ${folder}`);
  }
  onTestFinished(() => void spawnSync('umount', ['--lazy', folder]));
  return folder;
};

/** Makes a disk read-only. */
export const makeReadOnly = (disk: string): void => {
  chmodSync(disk, 0o755);
  if (!mount('-o', 'remount,ro', disk)) throw new Error(`cannot make ${disk} read-only`);
};
