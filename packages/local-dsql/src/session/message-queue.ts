import { copyMessages, type Frame, frontend, type ServiceError } from '../protocol/protocol.ts';

/** Bytes of messages that wait for their turn before the client is asked to stop sending. */
const waitingBytesMax = 256 * 1024;

/** Messages at which a client waits for answers. */
export const unitEnds: ReadonlySet<number> = new Set([
  frontend.query,
  frontend.sync,
  frontend.flush,
]);

const unitTooLarge = (bytesMax: number): ServiceError => ({
  code: '54000',
  message: `more than ${bytesMax} bytes without a Sync: send one more often`,
});

/** Holds the messages of a client that wait for their turn, and the client itself when they are many. */
export const createWaitingRoom = (
  client: { readonly pause: () => void; readonly resume: () => void },
  unitBytesMax: number,
) => {
  const frames: Frame[] = [];
  let bytes = 0;
  let units = 0;
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
    if (unitEnds.has(frame.type)) units -= 1;
    if (bytes < waitingBytesMax) readOn();
    return frame;
  };

  return {
    frames,
    hasWholeUnit: (): boolean => units > 0,
    /** Whether the client asks for answers before it ends the unit. */
    stopsAmidUnit: (): boolean =>
      frames.find(({ type }) => unitEnds.has(type))?.type === frontend.flush,
    add: (frame: Frame, mayPause: boolean): void => {
      frames.push(frame);
      bytes += frame.bytes.length;
      if (unitEnds.has(frame.type)) units += 1;
      if (mayPause && bytes > waitingBytesMax && !paused) {
        paused = true;
        client.pause();
      }
    },
    /** Puts back what was taken last. */
    putBack: (frame: Frame): void => {
      frames.unshift(frame);
      bytes += frame.bytes.length;
      if (unitEnds.has(frame.type)) units += 1;
    },
    take,
    /** Lets the client go on although much waits: what waits cannot go before the rest has come. */
    readOn,
    /** Drops at the start of a unit what follows a COPY that has failed, as PostgreSQL does. */
    dropCopyData: (): void => {
      while (copyMessages.has(frames[0]?.type ?? 0)) take();
    },
    /** Why no more can wait. */
    overflow: (): ServiceError | undefined =>
      units === 0 && bytes > unitBytesMax ? unitTooLarge(unitBytesMax) : undefined,
  };
};
