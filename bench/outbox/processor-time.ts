import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second for every process. */
const tickMs = 10;

type Times = { readonly pid: number; readonly parent: number; readonly ms: number };

/** Times of one process and of those of its children that have ended. */
const timesOf = (pid: number): Times | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may have blanks in it.
    const [, parent, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(9, 13).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(parent), ms: ticks * tickMs };
  } catch {
    // It has ended since it was listed.
    return undefined;
  }
};

/**
 * Processor time of this process and of all that it has started, in milliseconds; `undefined` where
 * the system does not tell it.
 */
export const processorMs = (): number | undefined => {
  if (process.platform !== 'linux') return undefined;
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => timesOf(Number(name)) ?? []);
  const children = Map.groupBy(all, ({ parent }) => parent);
  const sumOf = (one: Times): number =>
    (children.get(one.pid) ?? []).reduce((sum, child) => sum + sumOf(child), one.ms);
  const self = all.find(({ pid }) => pid === process.pid);
  return self && sumOf(self);
};
