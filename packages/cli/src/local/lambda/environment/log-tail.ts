import type { Readable } from 'node:stream';

/**
 * Bytes of an invocation's log that `X-Amz-Log-Result` holds. The log is cut between characters.
 */
const tailBytesMax = 4096;

/** CloudWatch Logs splits an event at 256 KB; here it bounds what is held without a line end. */
const lineCharsMax = 256 * 1024;

/** Whether a byte of UTF-8 is the first of its character. */
const startsCharacter = (byte: number): boolean => (byte & 0b1100_0000) !== 0b1000_0000;

/**
 * The log of one environment: each line goes on at once, and the end of an invocation's log is
 * kept.
 */
export interface LogTail {
  readonly read: (stream: Readable) => void;
  /** Forgets the invocation before, and takes a line of the platform's own. */
  readonly begin: (note: string) => void;
  /** Takes a line that the platform, not the function, writes. */
  readonly note: (line: string) => void;
  /** The last 4 KB since `begin`. */
  readonly text: () => string;
}

export const createLogTail = (onLine: (line: string) => void): LogTail => {
  let tail = '';
  const note = (line: string): void => {
    tail = `${tail}${line}\n`.slice(-tailBytesMax);
    onLine(line);
  };
  // The runtime client writes the line ends inside one message as carriage returns.
  const emit = (raw: string): void => note(raw.replaceAll('\r', '\n'));
  return {
    read: (stream) => {
      let rest = '';
      stream
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          lines.forEach(emit);
          if (rest.length > lineCharsMax) {
            emit(rest);
            rest = '';
          }
        })
        .on('end', () => {
          if (rest) emit(rest);
        });
    },
    begin: (line) => {
      tail = '';
      note(line);
    },
    note,
    text: () => {
      const bytes = Buffer.from(tail).subarray(-tailBytesMax);
      return bytes.subarray(bytes.findIndex(startsCharacter)).toString('utf8');
    },
  };
};
