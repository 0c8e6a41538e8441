import type { Socket } from 'node:net';
import type { Judge, Strike } from './fault-proxy-plan.ts';
import type { Step } from './fault-proxy-steps.ts';

/** A fault's effect on the connection, beyond the message that it strikes. */
export type LaneEvents = {
  /** Ends both sides, in order or at once. */
  readonly breakOff: (how: 'cut' | 'reset') => void;
  /** Lets nothing through in either direction any more. */
  readonly silenceBoth: () => void;
  /** Resets the client's side alone. */
  readonly dropClient: () => void;
  /** The messages that were held have been sent. */
  readonly onReleased: () => void;
};

/** Messages in one direction, in their order. */
export interface Lane {
  readonly pass: (bytes: Buffer, step: Step) => void;
  readonly silence: () => void;
  readonly mode: () => 'open' | 'held' | 'silent';
  /** Something was held: what arrives of it may take effect when its client has gone. */
  readonly hasHeld: () => boolean;
  /** Waits for the rest of a flight that is to arrive late. */
  readonly isGathering: () => boolean;
}

const endsFlight = ({ message }: Step): boolean => message === 'Sync' || message === 'Query';

export const createLane = (out: Socket, judge: Judge, events: LaneEvents): Lane => {
  /** Behind a message that is held, not judged yet. */
  const waiting: { readonly bytes: Buffer; readonly step: Step }[] = [];
  let mode: ReturnType<Lane['mode']> = 'open';
  let hasHeld = false;
  let late: { readonly parts: Buffer[]; readonly heldMs: number } | undefined;

  const silence = (): void => {
    mode = 'silent';
    waiting.length = 0;
  };

  const release = (parts: readonly Buffer[]): void => {
    if (mode !== 'held') return;
    mode = 'open';
    out.cork();
    for (const part of parts) out.write(part);
    // One of them may be held in its turn, and the others behind it.
    while (mode === 'open') {
      const next = waiting.shift();
      if (!next) break;
      pass(next.bytes, next.step);
    }
    out.uncork();
    events.onReleased();
  };

  const holdFor = (ms: number, parts: readonly Buffer[]): void => {
    mode = 'held';
    hasHeld = true;
    setTimeout(() => release(parts), ms);
  };

  /**
   * Adds to a flight that is to arrive late; when it is whole, its client is told that it is lost.
   */
  const gather = ({ parts, heldMs }: NonNullable<typeof late>, bytes: Buffer, step: Step) => {
    parts.push(bytes);
    if (!endsFlight(step)) return;
    late = undefined;
    holdFor(heldMs, parts);
    events.dropClient();
  };

  const strikeAt = (bytes: Buffer, step: Step, { action, part, heldMs }: Strike): void => {
    switch (action) {
      case 'cut':
      case 'reset':
        out.write(bytes.subarray(0, Math.floor(part * bytes.length)));
        // A reset does not wait for what is corked.
        out.uncork();
        events.breakOff(action);
        break;
      case 'delay':
        holdFor(heldMs, [bytes]);
        break;
      case 'black-hole':
        silence();
        break;
      case 'silence':
        events.silenceBoth();
        break;
      case 'late':
        late = { parts: [], heldMs };
        gather(late, bytes, step);
        break;
    }
  };

  const pass = (bytes: Buffer, step: Step): void => {
    if (mode === 'silent') return;
    if (late) gather(late, bytes, step);
    else if (mode === 'held') waiting.push({ bytes, step });
    else {
      const strike = judge(step);
      if (strike) strikeAt(bytes, step, strike);
      else if (!out.destroyed) out.write(bytes);
    }
  };

  return {
    pass,
    silence,
    mode: () => mode,
    hasHeld: () => hasHeld,
    isGathering: () => late !== undefined,
  };
};
