import { type Frame, frontend } from './protocol.ts';

/** Bytes of messages that wait for their turn before the client is asked to stop sending. */
const waitingBytesMax = 256 * 1024;

/** Messages at which a client waits for answers. */
export const unitEnds: ReadonlySet<number> = new Set([
  frontend.query,
  frontend.sync,
  frontend.flush,
]);

/** Holds the messages of a client that wait for their turn, and the client itself when they are many. */
export const createWaitingRoom = (client: {
  readonly pause: () => void;
  readonly resume: () => void;
}) => {
  const frames: Frame[] = [];
  let bytes = 0;
  let units = 0;
  let paused = false;
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
    take: (): Frame | undefined => {
      const frame = frames.shift();
      if (!frame) return undefined;
      bytes -= frame.bytes.length;
      if (unitEnds.has(frame.type)) units -= 1;
      if (paused && bytes < waitingBytesMax) {
        paused = false;
        client.resume();
      }
      return frame;
    },
  };
};
