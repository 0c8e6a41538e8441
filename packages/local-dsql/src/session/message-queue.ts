import { copyMessages, type Frame, frontend, type ServiceError } from '../protocol/protocol.ts';

/** Bytes of messages that wait for their turn before the client is asked to stop sending. */
const queuedBytesMax = 256 * 1024;

/** Messages at which a client waits for answers. */
export const flushingTypes: ReadonlySet<number> = new Set([
  frontend.query,
  frontend.sync,
  frontend.flush,
]);

const batchTooLarge = (bytesMax: number): ServiceError => ({
  code: '54000',
  message: `more than ${bytesMax} bytes without a Sync: send one more often`,
});

/** Holds the messages of a client that wait for their turn, and the client itself when they are many. */
export const createMessageQueue = (
  client: { readonly pause: () => void; readonly resume: () => void },
  batchBytesMax: number,
) => {
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
    /** Whether the client asks for answers before it ends the batch. */
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
    /** Puts back what was taken last. */
    putBack: (frame: Frame): void => {
      frames.unshift(frame);
      bytes += frame.bytes.length;
      if (flushingTypes.has(frame.type)) batches += 1;
    },
    take,
    /** Lets the client go on although much waits: what waits cannot go before the rest has come. */
    readOn,
    /** Drops at the start of a batch what follows a COPY that has failed, as PostgreSQL does. */
    dropCopyData: (): void => {
      while (copyMessages.has(frames[0]?.type ?? 0)) take();
    },
    /** Why no more can wait. */
    overflow: (): ServiceError | undefined =>
      batches === 0 && bytes > batchBytesMax ? batchTooLarge(batchBytesMax) : undefined,
  };
};
