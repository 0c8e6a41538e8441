/** A line of a function, in the order in which they came. */
export type StoredLine = { readonly id: number; readonly at: number; readonly text: string };

/** The last lines of each function of all Regions. */
export interface LogStore {
  readonly add: (line: {
    readonly region: string;
    readonly functionName: string;
    readonly line: string;
  }) => void;
  /** The functions of a Region that have written something. */
  readonly functions: (region: string) => readonly string[];
  /** The lines of a function, the oldest first. */
  readonly lines: (region: string, functionName: string) => readonly StoredLine[];
}

/** Characters that are kept of each function; the file of its log has more. */
const lengthMax = 4 * 1024 * 1024;

type Log = { readonly lines: StoredLine[]; length: number };

/** Keeps lines in memory, so that asking for them does not wait for a disk. */
export const createLogStore = (now: () => number): LogStore => {
  const regions = new Map<string, Map<string, Log>>();
  let last = 0;
  return {
    add: ({ region, functionName, line }) => {
      const logs = regions.get(region) ?? new Map<string, Log>();
      regions.set(region, logs);
      const log = logs.get(functionName) ?? { lines: [], length: 0 };
      logs.set(functionName, log);
      last += 1;
      log.lines.push({ id: last, at: now(), text: line });
      log.length += line.length;
      while (log.length > lengthMax && log.lines.length > 1) {
        log.length -= log.lines.shift()?.text.length ?? 0;
      }
    },
    functions: (region) => [...(regions.get(region)?.keys() ?? [])].toSorted(),
    lines: (region, functionName) => regions.get(region)?.get(functionName)?.lines ?? [],
  };
};
