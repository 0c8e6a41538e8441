import { copyMessages, type Frame, frontend, type ServiceError } from '../protocol/protocol.ts';

/** Bytes of queued messages above which the session stops reading from the client. */
const queuedBytesMax = 256 * 1024;

/** Messages that make the server send its answers. */
export const flushingTypes: ReadonlySet<number> = new Set([
  frontend.query,
  frontend.sync,
  frontend.flush,
]);

const batchTooLarge = (bytesMax: number): ServiceError => ({
  code: '54000',
  message: `more than ${bytesMax} bytes without a Sync: send one more often`,
});

/** The client's messages that PostgreSQL has not got yet. Many of them pause the client. */
export interface MessageQueue {
  readonly frames: readonly Frame[];
  /** Whether the messages up to the next Flush, Sync or simple Query have come. */
  readonly hasWholeBatch: () => boolean;
  /** Whether the client asks for answers with a Flush before it ends the batch. */
  readonly flushesAmidBatch: () => boolean;
  readonly add: (frame: Frame, mayPause: boolean) => void;
  /** Puts back the message that was taken last. */
  readonly putBack: (frame: Frame) => void;
  readonly take: () => Frame | undefined;
  /**
   * Resumes the client although many messages wait: they cannot be sent before the rest has come.
   */
  readonly readOn: () => void;
  /** Drops the messages that follow a failed COPY, at the start of a batch, as PostgreSQL does. */
  readonly dropCopyData: () => void;
  /** The error of a batch that is larger than the queue may be. */
  readonly overflow: () => ServiceError | undefined;
}

export const createMessageQueue = (
  client: { readonly pause: () => void; readonly resume: () => void },
  batchBytesMax: number,
): MessageQueue => {
  const frames: Frame[] = [];
  let bytes = 0;
  let batches = 0;
  let paused = false;

  const readOn = (): void => {
    if (!paused) return;
    paused = false;
    client.resume();
  };

  const take = (): Frame | undefined => {
    const frame = frames.shift();
    if (!frame) return undefined;
    bytes -= frame.bytes.length;
    if (flushingTypes.has(frame.type)) batches -= 1;
    if (bytes < queuedBytesMax) readOn();
    return frame;
  };

  return {
    frames,
    hasWholeBatch: (): boolean => batches > 0,
    flushesAmidBatch: (): boolean =>
      frames.find(({ type }) => flushingTypes.has(type))?.type === frontend.flush,
    add: (frame: Frame, mayPause: boolean): void => {
      frames.push(frame);
      bytes += frame.bytes.length;
      if (flushingTypes.has(frame.type)) batches += 1;
      if (mayPause && bytes > queuedBytesMax && !paused) {
        paused = true;
        client.pause();
      }
    },
    putBack: (frame: Frame): void => {
      frames.unshift(frame);
      bytes += frame.bytes.length;
      if (flushingTypes.has(frame.type)) batches += 1;
    },
    take,
    readOn,
    dropCopyData: (): void => {
      while (copyMessages.has(frames[0]?.type ?? 0)) take();
    },
    overflow: (): ServiceError | undefined =>
      batches === 0 && bytes > batchBytesMax ? batchTooLarge(batchBytesMax) : undefined,
  };
};
