import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process as `ps` lists it. */
export type ProcessRow = {
  readonly pid: number;
  readonly parent: number;
  /** Resident memory in megabytes: what processes share counts for each. */
  readonly rssMb: number;
  readonly command: string;
};

/** Bytes of the longest listing that is read: thousands of processes with long command lines. */
const listingBytesMax = 16 * 1024 * 1024;

/** Reads what `ps -axo pid=,ppid=,rss=,args=` prints; it counts memory in units of 1,024 bytes. */
export const readProcessRows = (listing: string): readonly ProcessRow[] =>
  [...listing.matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/gm)].map(
    ([, pid, parent, rss, command = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      rssMb: Number(rss) / 1024,
      command,
    }),
  );

/** The processes of this machine. */
export const listProcesses = async (): Promise<readonly ProcessRow[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,rss=,args='], {
    maxBuffer: listingBytesMax,
  });
  return readProcessRows(stdout);
};

/** A process, which comes first, and all that it started, directly or not. */
export const processTree = (rows: readonly ProcessRow[], root: number): readonly ProcessRow[] => {
  const tree = rows.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...rows.filter(({ parent }) => parent === pid));
  return tree;
};

/**
 * Megabytes that a process has made itself; where the system does not tell, all that is resident.
 */
export const anonymousMb = async ({ pid, rssMb }: ProcessRow): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, anonymous] = /^RssAnon:\s+(\d+) kB/m.exec(status) ?? [];
  return anonymous === undefined ? rssMb : Number(anonymous) / 1024;
};

/**
 * Megabytes of a process with its share of what it shares; where the system does not tell, all of
 * it.
 */
export const shareMb = async ({ pid, rssMb }: ProcessRow): Promise<number> => {
  // A process may have ended meanwhile, and only Linux has this file.
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const [, share] = /^Pss:\s+(\d+) kB/m.exec(rollup) ?? [];
  return share === undefined ? rssMb : Number(share) / 1024;
};
