import { mkdirSync } from 'node:fs';
import { appendFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reasonOf } from 'antipode-local-dsql/folders';
import type { LogLine } from '../../local/stack/region-services.ts';

/**
 * The place of a line: its file, and its number there, from 1. It has no number if lines before it
 * are missing.
 */
export type LogPosition = { readonly file: string; readonly lineNumber: number | undefined };

/** The log files of every function of a run: `<region>/<function>.log`. */
export interface FunctionLogs {
  /** Folder of the files. */
  readonly path: string;
  /** Takes a line at once, and writes it soon. */
  readonly write: (line: LogLine) => LogPosition;
  /** Whether any function has written anything. */
  readonly isEmpty: () => boolean;
  /** Resolves once every line is written, or could not be. */
  readonly close: () => Promise<void>;
}

/**
 * A file that has become so large is renamed to `<function>.1.log` and replaces the one before. So
 * the logs of a function in one Region take twice as much at most.
 */
export const logFileBytesMax = 8 * 1024 * 1024;

/** Lines that wait for a disk that is slower than the functions; more are left out. */
const waitingBytesMax = 16 * 1024 * 1024;

/** Lines that one call writes; `begins` a new file. */
type Batch = { readonly begins: boolean; text: string };

/** A name as a part of a path, whatever a template calls a function. */
const fileName = (name: string): string => encodeURIComponent(name).replace(/^\.+$/, '_');

/** Renames a file that is full; there is nothing to rename where a person has removed it. */
const putAside = async (file: string): Promise<void> => {
  try {
    await rename(file, file.replace(/\.log$/, '.1.log'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};

/** A write that failed may have ended in the middle of a line. */
const gap = '\n(lines are missing here: the disk could not be written)\n';

type FileOptions = {
  readonly bytesMax: number;
  readonly waitingBytesMax: number;
  readonly onFailure: (error: unknown) => void;
};

const createLogFile = (file: string, { bytesMax, onFailure, ...limits }: FileOptions) => {
  const batches: Batch[] = [];
  let bytes = 0;
  let lineNumber = 1;
  let waitingBytes = 0;
  let missing = 0;
  let hasGap = false;
  let areNumbered = true;
  let writing: Promise<void> | undefined;

  const writeBatch = async ({ begins, text }: Batch): Promise<void> => {
    try {
      if (begins) await putAside(file);
      await appendFile(file, hasGap ? `${gap}${text}` : text, { mode: 0o600 });
      hasGap = false;
    } catch (error) {
      hasGap = true;
      areNumbered = false;
      onFailure(error);
    }
    waitingBytes -= Buffer.byteLength(text);
  };

  const writeAll = async (): Promise<void> => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) await writeBatch(batch);
    writing = undefined;
  };

  const append = (text: string): number | undefined => {
    const size = Buffer.byteLength(text);
    if (bytes > 0 && bytes + size > bytesMax) {
      batches.push({ begins: true, text: '' });
      bytes = 0;
      lineNumber = 1;
      areNumbered = true;
    }
    const at = areNumbered ? lineNumber : undefined;
    const last = batches.at(-1);
    if (last) last.text += text;
    else batches.push({ begins: false, text });
    bytes += size;
    waitingBytes += size;
    lineNumber += text.split('\n').length - 1;
    writing ??= writeAll();
    return at;
  };

  return {
    append: (line: string): number | undefined => {
      if (waitingBytes + Buffer.byteLength(line) > limits.waitingBytesMax) {
        missing += 1;
        return undefined;
      }
      if (missing > 0) append(`(${missing} lines are missing here: the disk is too slow)\n`);
      missing = 0;
      return append(`${line}\n`);
    },
    written: (): Promise<void> => writing ?? Promise.resolve(),
  };
};

/**
 * Keeps the log of every function in a file of its own, in a folder that only this user can enter.
 *
 * Nothing waits for the disk. A disk that takes no more costs lines and one warning, never the
 * stack.
 *
 * @param onProblem hears one line, once, when lines cannot be written
 * @throws {Error} as `mkdir` does when the folder cannot be made.
 */
export const createFunctionLogs = (
  path: string,
  onProblem: (line: string) => void,
  limits: Partial<Omit<FileOptions, 'onFailure'>> = {},
): FunctionLogs => {
  const files = new Map<string, ReturnType<typeof createLogFile>>();
  let hasFailed = false;
  const onFailure = (error: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    const lost = 'lines are lost until this is fixed';
    onProblem(`cannot write the logs of functions to ${path}: ${reasonOf(error)}: ${lost}`);
  };
  const fileAt = (file: string) => {
    const opened = createLogFile(file, {
      bytesMax: logFileBytesMax,
      waitingBytesMax,
      ...limits,
      onFailure,
    });
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    } catch (error) {
      onFailure(error);
    }
    files.set(file, opened);
    return opened;
  };
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return {
    path,
    write: ({ region, functionName, line }) => {
      const file = join(path, fileName(region), `${fileName(functionName)}.log`);
      return { file, lineNumber: (files.get(file) ?? fileAt(file)).append(line) };
    },
    isEmpty: () => files.size === 0,
    close: async () => {
      await Promise.all([...files.values()].map((file) => file.written()));
    },
  };
};
