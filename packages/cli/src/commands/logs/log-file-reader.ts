import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** Reads the lines that are added to a log file, also after it has been renamed and begun anew. */
export interface LogFileReader {
  /** The whole lines that were added since the last call. */
  readonly read: () => readonly string[];
  readonly close: () => void;
}

const chunkBytes = 64 * 1024;

/** How far from the end of a file its last lines are looked for. */
const tailBytesMax = 256 * 1024;

const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

type Open = { readonly descriptor: number; readonly inode: number; position: number };

const inodeAt = (path: string): number | undefined =>
  statSync(path, { throwIfNoEntry: false })?.ino;

const openFile = (path: string): Open => {
  const descriptor = openSync(path, flags);
  return { descriptor, inode: fstatSync(descriptor).ino, position: 0 };
};

/**
 * Opens a log file, and reads its last lines first.
 *
 * The file stays open, so that what was written at the end can be read when the stack has removed
 * it.
 *
 * @param lastLines how many of the lines that it has now are read; all of them unless given
 * @throws {Error} as `open` does
 */
export const openLogFile = (path: string, lastLines?: number): LogFileReader => {
  const buffer = Buffer.alloc(chunkBytes);
  let file = openFile(path);
  let decoder = new StringDecoder('utf8');
  let rest = '';

  const readToEnd = (): readonly string[] => {
    const lines: string[] = [];
    for (;;) {
      const bytes = readSync(file.descriptor, buffer, 0, chunkBytes, file.position);
      if (bytes === 0) return lines;
      file.position += bytes;
      const texts = (rest + decoder.write(buffer.subarray(0, bytes))).split('\n');
      rest = texts.pop() ?? '';
      lines.push(...texts);
    }
  };

  /**
   * Goes on with the file that has taken the place of this one, if one has; returns the lines of
   * both.
   */
  const renew = (): readonly string[] => {
    const inode = inodeAt(path);
    if (inode === undefined || inode === file.inode) return [];
    // Some may have been written after the last look, and before it was renamed.
    const lines = readToEnd();
    const next = openFile(path);
    closeSync(file.descriptor);
    file = next;
    decoder = new StringDecoder('utf8');
    rest = '';
    return [...lines, ...readToEnd()];
  };

  const readLast = (count: number): readonly string[] => {
    file.position = Math.max(0, fstatSync(file.descriptor).size - tailBytesMax);
    // The beginning of the first line is cut off.
    const whole = file.position > 0 ? 1 : 0;
    return readToEnd().slice(whole).slice(-count);
  };
  let ahead = lastLines === undefined ? [] : readLast(lastLines);

  return {
    read: () => {
      const lines = [...ahead, ...readToEnd()];
      ahead = [];
      return [...lines, ...renew()];
    },
    close: () => closeSync(file.descriptor),
  };
};
